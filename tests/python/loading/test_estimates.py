"""What the planner knows of rows that were loaded."""

import io
import re
from pathlib import Path

from dbt_sample import Built

from streaming_analytics.jobs.load import load_files
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

TABLES = {
    "users": "user_id,country_code,channel_code,signed_up_at\n"
    "ana,DE,organic,2024-01-01T10:00:00Z\n",
    "content": "content_id,title,content_type,is_original,runtime_seconds\n"
    "there,There,film,false,6000\n",
}
HEADER = (
    "play_id,user_id,content_id,device_code,play_type,started_at,watched_seconds,"
    "paused_seconds,start_position_seconds,is_autoplayed"
)
DAYS, PLAYS_A_DAY = 5, 400


def test_the_planner_knows_of_how_many_days_the_plays_are(
    built: Built, database: Connection, tmp_path: Path
) -> None:
    """Else it adds up millions of plays by one process, and expects as many days."""
    plays = [
        f"{day}-{play},ana,there,tv,main,"
        f"2024-03-0{day}T{play // 60:02}:{play % 60:02}:00Z,60,0,0,false"
        for day in range(1, DAYS + 1)
        for play in range(PLAYS_A_DAY)
    ]
    for name, text in (TABLES | {"viewing": "\n".join([HEADER, *plays])}).items():
        (tmp_path / f"{name}.csv").write_text(text)
    with work_lock(database, "load") as lock:
        load_files(lock, own_checkout(), tmp_path, Progress(io.StringIO()))

    node = built.manifest["nodes"][
        "model.streaming_analytics.stg_streaming_app__viewing_days"
    ]
    # The sample's plays come from seeds.
    query = re.sub(
        r"source as \(.*?\n\),",
        "source as (select * from raw.viewing),",
        node["compiled_code"],
        flags=re.DOTALL,
    )
    with database.connect() as session:
        ((plans,),) = session.execute(
            trusted(f"explain (format json) {query}")
        ).fetchall()
    assert plans[0]["Plan"]["Plan Rows"] == DAYS
