"""The newest build, published; or the last publication, taken back."""

from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing import rollback
from streaming_analytics.publishing.publisher import Publication
from streaming_analytics.publishing.publisher import publish as publish_newest
from streaming_analytics.warehouse.roles import Reader, ensure_reader
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock


def publish(
    project: Project, selection: Selection, progress: Progress
) -> tuple[Publication | None, Reader]:
    """Publish the newest build and return what changed, and who may read it.

    There is no publication when the newest build is published already.

    Raises:
        UserError: The newest build did not pass, or another job is running.
    """
    with work_lock(selection.connection, "publish") as lock:
        reader = ensure_reader(selection, project.warehouse)
        return publish_newest(lock, reader, progress), reader


def roll_back(selection: Selection, progress: Progress) -> rollback.Rollback:
    """Let readers see the set that was published before the present one.

    Raises:
        UserError: There is none, its rows are not kept, or another job is running.
    """
    with work_lock(selection.connection, "publish") as lock:
        return rollback.roll_back(lock, progress)
