"""Groups of commands that help who mistypes, and whose summaries are whole."""

import click
from click.exceptions import NoSuchCommand

# `-h` for every command: click passes it on to those below.
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}


class TeachingGroup(click.Group):
    """A group that lists whole sentences and knows what a mistyped name may mean."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant.

        Raises:
            NoSuchCommand: There is none of this name; names that are like it are told,
                also where commands are loaded when they are needed.
        """
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(
                error.command_name, possibilities=self.list_commands(ctx), ctx=ctx
            ) from error

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List each command with the first sentence of its help, not cut."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                # More than any sentence has; click would cut at the line's end.
                rows.append((name, command.get_short_help_str(limit=1000)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)
