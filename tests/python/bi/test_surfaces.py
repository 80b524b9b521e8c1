"""One number everywhere: what two places show of one build is the same number."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from asked_numbers import Asked, asked_numbers
from dax import Model
from dbt_sample import Built
from report.oracle import Oracle
from superset_bundle import Bundle
from surfaces import (
    Readings,
    disagreements,
    in_power_bi,
    in_superset,
    in_tableau,
    in_the_notebooks,
    in_the_queries,
    in_the_report,
    on_the_dashboard,
)
from tableau_sql import Fields, whole

from streaming_analytics.bi.powerbi.tmdl import Link, Part, dax_measures
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.dashboard import page_content
from streaming_analytics.report.marts import Marts, read_marts
from streaming_analytics.report.paper import paper_content
from streaming_analytics.warehouse.connection import Connection

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def pages(published: Connection, marts: MartContract) -> Marts:
    """Return what dashboard and report are made of."""
    return read_marts(published, marts)


@pytest.fixture(scope="module")
def asked(pages: Marts, marts: MartContract) -> list[Asked]:
    return asked_numbers(pages, marts)


@pytest.fixture(scope="module")
def told(
    built: Built, pages: Marts, analyses: dict[str, str], notebooks: dict[str, Any]
) -> dict[str, Readings]:
    """Return the numbers of what the project writes itself."""
    return {
        "dashboard": on_the_dashboard(page_content(pages)),
        "report": in_the_report(paper_content(pages)),
        "notebooks": in_the_notebooks(notebooks, pages),
        "queries": in_the_queries(Oracle(built.connection).ask, analyses, pages),
    }


@pytest.fixture(scope="module")
def places(
    told: dict[str, Readings],
    asked: list[Asked],
    model: Model,
    sources: list[Fields],
    bundle: Bundle,
    ask: Query,
    marts: MartContract,
) -> dict[str, Readings]:
    """Return the numbers of every place."""
    return told | {
        "Power BI": in_power_bi(model, asked),
        "Tableau": in_tableau(ask, marts, sources, asked),
        "Superset": in_superset(ask, bundle, asked),
    }


def test_a_number_is_the_same_wherever_it_is_shown(
    places: dict[str, Readings],
) -> None:
    assert disagreements(places) == []
    often = Counter(name for found in places.values() for name in found)
    shared = [name for name, times in often.items() if times > 1]
    assert len(shared) > 120
    assert len([name for name in shared if often[name] > 3]) > 40
    # Each place shares numbers with another, and few of them are blank.
    for place, found in places.items():
        known = [name for name in shared if found.get(name) and found[name].value]
        assert len(known) >= 8, place


# --- What is broken on purpose ---


@dataclass(frozen=True)
class Broken:
    """A measure or field by name, and what of its formula is put wrongly."""

    name: str
    right: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.name}: {self.wrong}"


IN_POWER_BI = (
    Broken("Members", "Closing members", "Opening members"),
    Broken("Cancels", "[Cancels (stored)]", "[Gross adds (stored)]"),
    Broken("Member months", "SUM(", "COUNT("),
    Broken("Gross churn", "[Member months]", "[Members]"),
    Broken("Gross churn", "[Cancels], [Member months]", "[Member months], [Cancels]"),
    Broken("Sign-ups", "'dim_users'[Signup date]", "'dim_users'[First paid date]"),
    Broken("MRR", "Closing MRR", "Opening MRR"),
    Broken("ARM", "[Average member months]", "[Members]"),
    Broken("Revenue", "SUM(", "COUNT("),
    Broken("Seconds viewed", "= FALSE()", "= TRUE()"),
    Broken("Seconds viewed", '"main"', '"trailer"'),
    Broken("Hours viewed", "3600.0", "60.0"),
    Broken("Monthly active users", "Monthly active", "Weekly active"),
    Broken("Stickiness", "28 *", "30 *"),
    Broken("Churn rate", "[Exposure months]", "[Cancels (Churn risk by region)]"),
    Broken(
        "Standardised churn rate", "churn rate (stored)", "churn rate lower (stored)"
    ),
    Broken("Users share", "[Month users]", "[Users (stored)]"),
    Broken("Survival rate", "rate (stored)", "rate upper (stored)"),
    Broken("Seasonality index", "[Seasonality index", "[Raw index"),
)
IN_TABLEAU = (
    Broken("metric_members", "[closing_members]", "[opening_members]"),
    Broken("metric_cancels", "[cancels]", "[gross_adds]"),
    Broken("metric_member_months", "SUM(", "COUNT("),
    Broken("metric_mrr", "[closing_mrr_usd]", "[opening_mrr_usd]"),
    Broken("metric_gross_churn_rate", "[metric_member_months]", "[metric_cancels]"),
    Broken("metric_watched_seconds", "NOT [is_bot]", "[is_bot]"),
    Broken("metric_watched_hours", "3600.0", "60.0"),
    Broken("metric_revenue", "SUM(", "COUNT("),
    Broken("measure_agg_active_users_by_day_stickiness", "28", "30"),
    Broken(
        "measure_agg_churn_risk_by_region_churn_rate", "[exposure_months]", "[members]"
    ),
    Broken("measure_agg_watch_time_distribution_users_share", "month_users", "users"),
    Broken("measure_agg_content_performance_completion_rate", "SUM(", "COUNT("),
)


@pytest.mark.parametrize(
    "broken", IN_POWER_BI, ids=lambda one: f"{one.name}: {one.wrong}"
)
def test_a_broken_measure_of_power_bi_is_seen(
    broken: Broken,
    places: dict[str, Readings],
    asked: list[Asked],
    model: Model,
) -> None:
    changed = {}
    for name, table in model.tables.items():
        measures = []
        for part in table.measures:
            text = part.text
            if part.name == broken.name:
                assert broken.right in text
                text = text.replace(broken.right, broken.wrong)
            measures.append(Part(part.name, text, part.properties, part.is_hidden))
        changed[name] = replace(table, measures=measures)
    touched = [
        one
        for one in asked
        if one.label is not None and broken.name in measures_within(model, one.label)
    ]
    readings = in_power_bi(replace(model, tables=changed), touched)
    assert disagreements(places | {"Power BI": readings})


def measures_within(model: Model, label: str) -> set[str]:
    """Return a measure's name and those of all measures that it is made of."""
    (text,) = (
        part.text
        for table in model.tables.values()
        for part in table.measures
        if part.name == label
    )
    found = {label}
    for other in dax_measures(text.splitlines()[0]):
        found |= measures_within(model, other)
    return found


@pytest.mark.parametrize(
    "broken", IN_TABLEAU, ids=lambda one: f"{one.name}: {one.wrong}"
)
def test_a_broken_field_of_tableau_is_seen(
    broken: Broken,
    places: dict[str, Readings],
    asked: list[Asked],
    sources: list[Fields],
    ask: Query,
    marts: MartContract,
) -> None:
    changed = []
    for fields in sources:
        formulas = dict(fields.formulas)
        if broken.name in formulas:
            assert broken.right in formulas[broken.name]
            formulas[broken.name] = formulas[broken.name].replace(
                broken.right, broken.wrong
            )
        changed.append(replace(fields, formulas=formulas))
    touched = [
        one
        for one in asked
        if one.field is not None and is_touched(sources, changed, one.field)
    ]
    readings = in_tableau(ask, marts, changed, touched)
    assert disagreements(places | {"Tableau": readings})


def is_touched(sources: list[Fields], changed: list[Fields], field: str) -> bool:
    """Return whether a field's formula, those in it written out, is another now."""
    return any(
        whole(right, field) != whole(wrong, field)
        for right, wrong in zip(sources, changed, strict=True)
        if field in right.formulas
    )


# The ways that filters go to the numbers: child and parent.
WAYS = (
    ("agg_churn_by_region_month", "dim_regions"),
    ("agg_churn_by_region_month", "dim_dates"),
    ("agg_platform_growth_by_month", "dim_regions"),
    ("agg_platform_growth_by_month", "dim_dates"),
    ("agg_churn_risk_by_region", "dim_regions"),
    ("agg_active_users_by_day", "dim_dates"),
    ("dim_countries", "dim_regions"),
    ("dim_users", "dim_countries"),
    ("fct_viewing", "dim_users"),
    ("fct_viewing", "dim_dates"),
)


@pytest.mark.parametrize(("child", "parent"), WAYS)
@pytest.mark.parametrize("how", ["gone", "asleep"])
def test_a_broken_relationship_is_seen(
    child: str,
    parent: str,
    how: str,
    places: dict[str, Readings],
    asked: list[Asked],
    model: Model,
) -> None:
    def is_meant(link: Link) -> bool:
        return (link.child[0], link.parent[0]) == (child, parent) and link.is_active

    meant = [link for link in model.links if is_meant(link)]
    assert meant
    links = [link for link in model.links if link not in meant]
    if how == "asleep":
        links += [replace(link, is_active=False) for link in meant]
    # One region says it: each number of a changed model is computed from its rows.
    chosen = [one for one in asked if one.name.endswith(" EMEA")]
    readings = in_power_bi(Model(model.tables, model.rows, links), chosen)
    assert disagreements(places | {"Power BI": readings})
