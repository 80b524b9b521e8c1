"""The command line: one module per command, loaded when it is needed."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import sys
from importlib import import_module
from typing import Any

import click

from streaming_analytics.cli.groups import HELP_OPTIONS, TeachingGroup
from streaming_analytics.errors import UserError

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
    "open": "streaming_analytics.cli.open:open_page",
    "advance": "streaming_analytics.cli.advance:advance",
    "bench": "streaming_analytics.cli.bench:bench",
    "report": "streaming_analytics.cli.report:report",
    "docs": "streaming_analytics.cli.docs:docs",
    "bi": "streaming_analytics.cli.bi:bi",
}


class _LazyGroup(TeachingGroup):
    """A group that finds its commands by name and reports user errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        return getattr(import_module(module), attribute)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise click.ClickException(" ".join(str(error).split())) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            # What a shell reports for a command that SIGINT ended.
            sys.exit(130)


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
