"""The command line: one module per command, loaded when it is needed."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from streaming_analytics.cli.groups import HELP_OPTIONS, TeachingGroup
from streaming_analytics.errors import UserError
from streaming_analytics.project import find_project
from streaming_analytics.rare_collections import collect_rarely
from streaming_analytics.run_log import logged_run

# Modules named here import what is heavy (dbt, numpy, psycopg) inside their
# functions: `streaming --help` imports them all.
_COMMANDS = {
    "generate": "streaming_analytics.cli.generate:generate",
    "warehouse": "streaming_analytics.cli.warehouse:warehouse",
    "load": "streaming_analytics.cli.load:load",
    "quarantine": "streaming_analytics.cli.quarantine:quarantine",
    "build": "streaming_analytics.cli.build:build",
    "check": "streaming_analytics.cli.check:check",
    "train": "streaming_analytics.cli.train:train",
    "publish": "streaming_analytics.cli.publish:publish",
    "status": "streaming_analytics.cli.status:status",
    "doctor": "streaming_analytics.cli.doctor:doctor",
    "open": "streaming_analytics.cli.open:open_page",
    "advance": "streaming_analytics.cli.advance:advance",
    "bench": "streaming_analytics.cli.bench:bench",
    "report": "streaming_analytics.cli.report:report",
    "docs": "streaming_analytics.cli.docs:docs",
    "bi": "streaming_analytics.cli.bi:bi",
}
# What these do, and how long it took, is kept.
_LOGGED = frozenset(_COMMANDS) - {"warehouse", "status", "doctor", "open"}
_ARGUMENTS = "streaming_analytics.arguments"


class _LazyGroup(TeachingGroup):
    """A group that finds its commands by name and reports user errors in one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = list(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        return getattr(import_module(module), attribute)

    def invoke(self, ctx: click.Context) -> Any:
        collect_rarely()
        try:
            with _logged(ctx.meta[_ARGUMENTS]):
                return super().invoke(ctx)
        except UserError as error:
            raise click.ClickException(" ".join(str(error).split())) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            # What a shell reports for a command that SIGINT ended.
            sys.exit(130)


@contextmanager
def _logged(arguments: list[str]) -> Generator[None]:
    """Keep a log of a command that does something, with how it ended."""
    asks = set(HELP_OPTIONS["help_option_names"]) & set(arguments)
    if asks or not arguments or arguments[0] not in _LOGGED:
        yield
        return
    try:
        folder = find_project().run_logs
    except UserError:
        # The command says so itself.
        yield
        return
    with logged_run(folder, arguments) as log:
        try:
            yield
        except KeyboardInterrupt:
            log.end("interrupted")
            raise
        except SystemExit as error:
            log.end("well" if not error.code else f"with exit code {error.code}")
            raise
        except Exception as error:
            shown = getattr(error, "message", None) or str(error)
            log.end(f"{type(error).__name__}: {shown}")
            raise
        log.end("well")


@click.group(cls=_LazyGroup, context_settings=HELP_OPTIONS)
@click.version_option(package_name="streaming-analytics")
def main() -> None:
    """Streaming analytics: a platform's data, its warehouse and its marts.

    \b
    The whole job on the committed sample, then on more data:
      streaming build
      streaming open
      streaming build --scale demo

    \b
    The same, step by step:
      streaming warehouse start
      streaming generate --scale demo --out .data/demo
      streaming load .data/demo
      streaming build --loaded
    """
