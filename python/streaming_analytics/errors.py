"""Errors that a user can act on."""


class UserError(Exception):
    """A mistake or a condition that the user can put right.

    The message is one line that names the thing and the next step; the command
    line prints it without a traceback and exits with 1.
    """
