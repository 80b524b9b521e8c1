"""The server that a command works on, told to the user."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import Project
    from streaming_analytics.warehouse.selection import Selection


def chosen_server(project: "Project", progress: "Progress") -> "Selection":
    """Return the server that `PGHOST` names, else the embedded one, and say which."""
    from streaming_analytics.warehouse.selection import select_server

    selection = select_server(project)
    for note in selection.notes:
        progress.say(note)
    return selection
