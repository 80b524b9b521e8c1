"""Pages say where their data is from, when it was published, and what was warned of."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt_sample import copied

from streaming_analytics.errors import UserError
from streaming_analytics.loading import audit as loads
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.publishing.builds import (
    PublishedBuild,
    make_audit_tables,
    published_build,
)
from streaming_analytics.report.dashboard import page_content
from streaming_analytics.report.marts import Marts, read_marts
from streaming_analytics.report.paper import paper_content
from streaming_analytics.report.wording import SYNTHETIC
from streaming_analytics.warehouse.connection import Connection

AT = datetime(2026, 3, 1, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("warnings", "said"),
    [
        ((), ["no warning."]),
        (("late: 3 plays",), ["a warning:", "late: 3 plays"]),
        (("late: 3 plays", "dull"), ["2 warnings:", "late: 3 plays", "dull"]),
    ],
)
def test_the_footer_has_the_time_and_each_warning(
    warnings: tuple[str, ...], said: list[str]
) -> None:
    marts = Marts({}, {}, PublishedBuild(warnings, "loaded", AT))
    begin = (
        "The build behind these figures was published on 1 March 2026, 07:05 UTC "
        "and gave "
    )
    assert page_content(marts)["warnings"] == [begin + said[0], *said[1:]]


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_pages_say_that_data_is_synthetic_when_it_is(is_synthetic: bool) -> None:
    marts = Marts({}, {}, PublishedBuild((), "loaded", AT), is_synthetic)
    for content in (page_content(marts), paper_content(marts)):
        assert content["origin"] == (SYNTHETIC if is_synthetic else "")


@pytest.mark.parametrize(
    ("raw_data", "has_truth", "expected"),
    [
        ("sample", False, True),
        ("loaded", True, True),
        ("loaded", False, False),
    ],
)
def test_data_is_synthetic_where_its_truth_lies_beside_it(
    database: Connection, tmp_path: Path, raw_data: str, has_truth: bool, expected: bool
) -> None:
    if has_truth:
        (tmp_path / "truth").mkdir()
    with database.connect() as session:
        make_audit_tables(session)
        loads.make_audit_tables(session)
        session.execute(
            "insert into audit.builds (build_id, raw_data, code_version, status) "
            "values ('b', %s, 'v', 'published')",
            [raw_data],
        )
        session.execute(
            "insert into audit.build_info values "
            "('b', %s, 'v', null, 1, 1, 1, 0, 0, 1, '{}', %s)",
            [raw_data, AT],
        )
        session.execute(
            "insert into audit.loads values "
            "('l', %s, 'replace', 'loaded', '', %s, %s - interval '1 minute')",
            [str(tmp_path), AT, AT],
        )
    with database.reading() as reader:
        assert published_build(reader) == PublishedBuild((), raw_data, AT)
    assert read_marts(database, MartContract({})).is_synthetic is expected


def test_marts_of_another_version_are_told_in_one_line(
    published: Connection, contract: MartContract
) -> None:
    with copied(published, "of_another_version") as older:
        with older.connect() as session:
            session.execute(
                "alter table mart_content.agg_content_performance "
                "drop column title_label"
            )
        with pytest.raises(UserError, match=r"title_label does not exist.*streaming"):
            read_marts(older, contract)
