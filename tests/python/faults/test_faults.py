"""Every fault of the catalogue ends as docs/faults.md says, once through everything."""

import pytest

from streaming_analytics.generator.faults.request import FAULTS
from streaming_analytics.warehouse.connection import Connection

from .run import Outcome, as_table, committed, outcomes
from .wanted import WANTED


@pytest.fixture(scope="module")
def found(
    warehouse: Connection, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    return outcomes(warehouse, tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", [*FAULTS, "everything else"])
def test_a_fault_ends_as_wanted(name: str, found: dict[str, Outcome]) -> None:
    assert not found[name].wrong


def test_no_fault_is_left_out() -> None:
    assert WANTED.keys() == FAULTS.keys()


def test_the_documentation_says_what_became_of_each(
    found: dict[str, Outcome],
) -> None:
    """`make faults` writes it anew."""
    assert committed() == as_table(found)
