"""Great Expectations: suites held to small tables, and what came of each."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from streaming_analytics.quality.suites import Expectation, Suite

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["passed", "warned", "stopped", "accepted", "not compared"]
_SUBJECTS_SHOWN = 5


@dataclass(frozen=True)
class Result:
    """What came of one expectation.

    Attributes:
        suite: Its suite.
        expectation: What was expected.
        outcome: passed; warned or stopped by its level; accepted by a person; or
            not compared, when there was nothing to compare with.
        subjects: Rows that broke it, each with its number.
    """

    suite: Suite
    expectation: Expectation
    outcome: Outcome
    subjects: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return one line: what broke it, and why that matters."""
        shown = ", ".join(self.subjects[:_SUBJECTS_SHOWN])
        more = len(self.subjects) - _SUBJECTS_SHOWN
        more_text = f" and {more} more" if more > 0 else ""
        return f"{self.expectation.name}: {shown}{more_text}"


@dataclass(frozen=True)
class Checked:
    """What came of a suite; `page` is Great Expectations' own, empty without one."""

    suite: Suite
    results: tuple[Result, ...]
    page: str


def load_library() -> None:
    """Load Great Expectations: some seconds, which other commands do without."""
    # Set before the import, which reads it: nothing is reported to anybody.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations  # noqa: F401


def hold(
    suites: Sequence[tuple[Suite, "pd.DataFrame"]],
    accepted: frozenset[str],
    *,
    is_first: bool,
) -> tuple[Checked, ...]:
    """Hold each suite to its table.

    Args:
        suites: Suites with their tables; an empty table has nothing to compare.
        accepted: Names of expectations that may be broken this time.
        is_first: Nothing was published yet that could be compared with.
    """
    load_library()
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
    )

    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(
                init_temp_docs_sites=False
            )
        ),
    )
    variables: Any = context.variables
    variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("measures")
    checked = []
    for suite, frame in suites:
        levels = {
            one.name: one.level_now(is_first=is_first) for one in suite.expectations
        }
        is_held = {
            one.name: levels[one.name] is not None
            and _columns(one) <= set(frame.columns)
            and bool(frame[sorted(_columns(one))].notna().all(axis=1).any())
            for one in suite.expectations
        }
        held = [one for one in suite.expectations if is_held[one.name]]
        validation = _validate(context, source, suite, held, frame) if held else None
        found = {} if validation is None else _found(validation)
        results = []
        for one in suite.expectations:
            if not is_held[one.name]:
                results.append(Result(suite, one, "not compared"))
                continue
            is_kept, subjects = found[one.name]
            outcome: Outcome = "warned" if levels[one.name] == "warn" else "stopped"
            if is_kept:
                outcome = "passed"
            elif outcome == "stopped" and one.name in accepted:
                outcome = "accepted"
            results.append(Result(suite, one, outcome, subjects))
        page = "" if validation is None else _page(validation)
        checked.append(Checked(suite, tuple(results), page))
    return tuple(checked)


def _page(validation: Any) -> str:
    from great_expectations.render.renderer.page_renderer import (
        ValidationResultsPageRenderer,
    )
    from great_expectations.render.view import DefaultJinjaPageView

    document = ValidationResultsPageRenderer().render(validation)
    return DefaultJinjaPageView().render(document)


def _columns(expectation: Expectation) -> set[str]:
    """Return the columns that an expectation reads."""
    return {
        str(value)
        for name, value in expectation.arguments.items()
        if name.startswith("column")
    }


def _validate(
    context: Any,
    source: Any,
    suite: Suite,
    expectations: Sequence[Expectation],
    frame: "pd.DataFrame",
) -> Any:
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity

    batch = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe(
        "now"
    )
    # All at once: added one by one, two on the same column replace each other.
    wanted = gx.ExpectationSuite(
        name=suite.name,
        expectations=[
            ExpectationConfiguration(
                type=one.kind,
                kwargs=one.arguments,
                meta={"name": one.name},
                severity=(
                    FailureSeverity.CRITICAL
                    if one.level == "stop"
                    else FailureSeverity.WARNING
                ),
            )
            for one in expectations
        ],
    )
    definition = gx.ValidationDefinition(
        name=suite.name, data=batch, suite=context.suites.add(wanted)
    )
    return definition.run(
        batch_parameters={"dataframe": frame},
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["subject"],
        },
    )


def _found(validation: Any) -> dict[str, tuple[bool, tuple[str, ...]]]:
    """Return by expectation whether it is kept, and the rows that break it.

    Raises:
        RuntimeError: Great Expectations could not evaluate one.
    """
    found = {}
    for result in validation.results:
        raised = result.exception_info or {}
        if raised.get("raised_exception"):
            raise RuntimeError(
                f"{result.expectation_config.meta['name']}: "
                f"{raised['exception_message']}"
            )
        broken = result.result.get("unexpected_index_list") or []
        subjects = tuple(
            f"{row['subject']} "
            + " and ".join(f"{row[key]:.4g}" for key in row if key != "subject")
            for row in broken
        )
        found[result.expectation_config.meta["name"]] = (
            bool(result.success),
            subjects,
        )
    return found
