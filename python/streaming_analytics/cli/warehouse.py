"""`streaming warehouse`: the embedded PostgreSQL."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import os
import shlex
import shutil
from typing import TYPE_CHECKING

import click

from streaming_analytics.cli.groups import TeachingGroup

if TYPE_CHECKING:
    from streaming_analytics.warehouse.connection import Connection


@click.group(cls=TeachingGroup)
def warehouse() -> None:
    """Start, stop and reach the embedded PostgreSQL.

    Its data lie in .warehouse/ of the checkout. It listens on this machine only,
    keeps running after the command ends, and is left alone by all other commands
    when PGHOST names a server of your own.

    \b
    Examples:
      streaming warehouse start
      eval "$(streaming warehouse env)" && dbt build
      streaming warehouse psql -- -c 'select count(*) from mart_core.dim_users'
    """


@warehouse.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="STREAMING_WAREHOUSE_PORT",
    show_envvar=True,
    help="Listen on this port; by default the last one, or one that is free.",
)
def start(port: int | None) -> None:
    """Start it, making it first when there is none.

    \b
    Example:
      streaming warehouse start --port 54400
    """
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.server import EmbeddedServer

    has_own_server = bool(os.environ.get("PGHOST"))
    started = EmbeddedServer(find_project()).start(port)
    for note in started.notes:
        click.echo(note, err=True)
    verb = "already running" if started.was_running else "started"
    click.echo(f"embedded PostgreSQL {verb} at {started.connection}")
    if has_own_server:
        click.echo(
            "note: PGHOST is set; other commands use that server where it differs",
            err=True,
        )


@warehouse.command()
def stop() -> None:
    """Stop it; open sessions end and their transactions are rolled back.

    \b
    Example:
      streaming warehouse stop
    """
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.server import EmbeddedServer

    stopped = EmbeddedServer(find_project()).stop()
    click.echo("embedded PostgreSQL " + ("stopped" if stopped else "was not running"))


@warehouse.command()
def status() -> None:
    """Say whether it runs and where; exit code 3 when it does not.

    \b
    Example:
      streaming warehouse status
    """
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.server import EmbeddedServer

    server = EmbeddedServer(find_project())
    running = server.running()
    if running is None:
        known = f"data in {server.data}" if server.exists() else "no data yet"
        click.echo(f"embedded PostgreSQL is not running ({known})")
        # As `pg_ctl status` and service managers have it.
        raise SystemExit(3)
    click.echo(f"embedded PostgreSQL is running at {server.connection()}")
    click.echo(f"process {running.pid}, data {server.data}, log {server.log}")


@warehouse.command()
def url() -> None:
    """Print its address with the password, starting it when needed.

    \b
    Example:
      psql "$(streaming warehouse url)"
    """
    click.echo(_started_connection().url())


@warehouse.command()
def env() -> None:
    """Print PGHOST and its siblings for a shell, starting it when needed.

    Variables of libpq that the shell has for another server, such as PGSSLMODE, are
    unset.

    \b
    Example:
      eval "$(streaming warehouse env)" && dbt build
    """
    from streaming_analytics.warehouse.libpq import libpq_variables

    inherited = libpq_variables(os.environ)
    exported = _started_connection().environment()
    for name in inherited:
        if name not in exported:
            click.echo(f"unset {name}")
    for name, value in exported.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@warehouse.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse, passing ARGUMENTS on to it.

    Works on the server that PGHOST names when it is set.

    \b
    Examples:
      streaming warehouse psql
      streaming warehouse psql -- -c 'select count(*) from mart_core.dim_users'
    """
    from streaming_analytics.errors import UserError
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.binaries import bundled_programs
    from streaming_analytics.warehouse.selection import select_server

    selection = select_server(find_project())
    for note in selection.notes:
        click.echo(note, err=True)
    program = None
    if selection.is_embedded:
        bundled = bundled_programs() / "psql"
        program = str(bundled) if bundled.exists() else None
    program = program or shutil.which("psql")
    if program is None:
        raise UserError(
            "there is no psql on this machine; any SQL client can use the address "
            "that `streaming warehouse url` prints"
        )
    environment = os.environ | selection.connection.environment()
    os.execve(program, [program, *arguments], environment)


@warehouse.command()
@click.option(
    "--region",
    required=True,
    metavar="CODE",
    help="A region_code of mart_core.dim_regions, such as EMEA.",
)
def reader(region: str) -> None:
    """Make a role that reads one region of the marts, and print how it connects.

    The role is bi_reader_<region>. Row-level security shows it the rows of its region,
    in tables that know the region, the account or the country; tables of titles, days,
    plans and the like it sees whole, and figures of all regions together not at all.
    Publications keep it so, for new tables too. bi_reader sees what it saw before.

    \b
    Examples:
      streaming warehouse reader --region EMEA
      streaming warehouse psql -- -c 'drop owned by bi_reader_emea' \\
        -c 'drop role bi_reader_emea'
    """
    from streaming_analytics.project import find_project
    from streaming_analytics.publishing.report import describe_connection
    from streaming_analytics.warehouse.regional_roles import ensure_regional_reader
    from streaming_analytics.warehouse.selection import select_server
    from streaming_analytics.warehouse.work_lock import work_lock

    project = find_project()
    selection = select_server(project)
    for note in selection.notes:
        click.echo(note, err=True)
    with work_lock(selection.connection, "reader"):
        made = ensure_regional_reader(selection, project.warehouse, region)
    for line in describe_connection(selection.connection, made):
        click.echo(line)


@warehouse.command()
@click.confirmation_option(
    prompt="Delete the embedded PostgreSQL with everything in it?"
)
def remove() -> None:
    """Stop it and delete it with everything in it.

    \b
    Example:
      streaming warehouse remove --yes
    """
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.server import EmbeddedServer

    EmbeddedServer(find_project()).remove()
    click.echo("embedded PostgreSQL removed")


def _started_connection() -> "Connection":
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.server import EmbeddedServer

    started = EmbeddedServer(find_project()).start()
    for note in started.notes:
        click.echo(note, err=True)
    return started.connection
