"""Numbers that people meet in several places, each read where they meet it.

Every reader returns numbers by name, so that two places that show the same thing can be
held to each other. None of them knows how another comes to its number.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asked_numbers import Asked
from dax import Context, Model
from report.oracle import shown
from superset_bundle import Bundle
from tableau_sql import Fields, as_sql, last_dates, table_of, whole

from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.marts import ALL, Marts

Query = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Reading:
    """A number as it stands somewhere, and how far rounding may have moved it."""

    value: float | None
    slack: float = 0.0

    def agrees(self, other: "Reading") -> bool:
        """Return whether both may be roundings of one number."""
        if self.value is None or other.value is None:
            return self.value is other.value
        tolerance = self.slack + other.slack + 1e-9 * max(1.0, abs(self.value))
        return abs(self.value - other.value) <= tolerance


Readings = dict[str, Reading]


def read(text: str) -> Reading:
    """Read a number as pages write it; a percentage becomes a share."""
    found = shown(text.removesuffix(" h"))
    scale = 100 if text.endswith("%") else 1
    return Reading(found.value / scale, found.slack / scale)


# --- The readers ---


def in_power_bi(model: Model, numbers: Iterable[Asked]) -> Readings:
    """Return the numbers as Power BI computes them from the model."""
    found = {}
    for one in numbers:
        context = Context()
        for (table, column), value in one.filters:
            context = context.only((table, model.caption(table, column)), [value])
        if one.label is not None:
            value = model.value(one.label, context)
        else:
            assert one.column is not None
            table, column = one.column
            value = model.total(table, model.caption(table, column), context)
        found[one.name] = Reading(None if value is None else float(value))
    return found


def in_tableau(
    ask: Query,
    contract: MartContract,
    sources: Sequence[Fields],
    numbers: Iterable[Asked],
) -> Readings:
    """Return the numbers as Tableau computes them from the data sources.

    Those of one table and choice of rows are asked for together.
    """
    together: dict[tuple[str, str], list[tuple[str, str]]] = {}
    windows: dict[tuple[str, str], set[str]] = {}
    for one in numbers:
        fields, formula = _formula(sources, one)
        table = table_of(fields, formula)
        place = (table, one.where)
        together.setdefault(place, []).append((one.name, as_sql(fields, formula)))
        windows.setdefault(place, set()).update(last_dates(fields, formula))
    found = {}
    for (table, where), wanted in together.items():
        values = ", ".join(f"({value})::double precision" for _, value in wanted)
        last = "".join(
            f", max({day}) over () as last_{day}"
            for day in sorted(windows[table, where])
        )
        (row,) = ask(
            f"select {values} from (select *{last} "
            f"from dev_{contract[table].schema}.{table} where {where}) as rows"
        )
        for (name, _), value in zip(wanted, row, strict=True):
            found[name] = Reading(value)
    return found


def in_superset(ask: Query, bundle: Bundle, numbers: Iterable[Asked]) -> Readings:
    """Return the numbers as Superset asks its datasets for them."""
    together: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in numbers:
        if one.column is not None:
            table, column = one.column
            metric = f"sum_{column}"
        else:
            assert one.field is not None
            table, metric = _dataset(bundle, one.field)
        expression = bundle.metrics(table)[metric]
        together.setdefault((table, one.where), []).append((one.name, expression))
    found = {}
    for (table, where), wanted in together.items():
        values = ", ".join(f"({value})::double precision" for _, value in wanted)
        (row,) = ask(
            f"select {values} from {bundle.rows(table)} as dataset where {where}"
        )
        for (name, _), value in zip(wanted, row, strict=True):
            found[name] = Reading(value)
    return found


def _dataset(bundle: Bundle, field: str) -> tuple[str, str]:
    """Return the dataset that has what Tableau's field is, and its metric's name."""
    for table in bundle.datasets:
        metric = field.replace(f"measure_{table}_", "measure_")
        if metric in bundle.metrics(table) and (metric != field or "metric_" in field):
            return table, metric
    raise ValueError(f"no dataset has {field}")


def _formula(sources: Sequence[Fields], one: Asked) -> tuple[Fields, str]:
    if one.field is not None:
        fields = next(source for source in sources if one.field in source.formulas)
        return fields, whole(fields, one.field)
    for fields in sources:
        for name, place in fields.columns.items():
            if place == one.column:
                return fields, f"SUM([{name}])"
    raise ValueError(f"no data source has {one.column}")


# How many decimals the page's tables show of a kind, in the value's own unit.
_DECIMALS = {"integer": 0, "hours": 1, "stars": 2, "ratio": 3, "rate": 3, "usd": 0}


def on_the_dashboard(content: Mapping[str, Any]) -> Readings:
    """Return the numbers of the page: its key figures and the tables of its charts."""
    found = {
        f"{figure['key']} {code}": read(figure["value"])
        for code, figures in content["figures"].items()
        for figure in figures
    }
    panels = {
        panel["key"]: panel
        for section in content["sections"]
        for panel in section["panels"]
    }

    def add(panel: str, names: Mapping[str, str], told: Callable[[Any], str]) -> None:
        kinds = {one["field"]: one["kind"] for one in panels[panel]["columns"]}
        for row in panels[panel]["rows"]:
            for field, name in names.items():
                digits = _DECIMALS[kinds[field]]
                value = row[field]
                found[name.format(told(row))] = Reading(
                    None if value is None else round(value, digits), 0.5 * 10**-digits
                )

    by_risk = {
        "standardised_churn_rate": "risk {}",
        "churn_rate": "risk as observed {}",
    }
    add("churn_risk", by_risk, lambda row: row["region_code"])
    titles = panels["titles"]
    titles["rows"] = [row for row in titles["rows"] if row["region_code"] == ALL]
    by_title = {"watched_hours": "hours of {}", "completion_rate": "completion of {}"}
    add("titles", by_title, lambda row: row["title"])
    by_genre = {"shrunk_rating": "rating of {}", "watched_share": "watched share of {}"}
    add("genres", by_genre, lambda row: row["genre_name"])
    by_bin = {
        "users_share": "accounts share of {}",
        "watched_share": "hours share of {}",
    }
    add("watch_time", by_bin, lambda row: row["bin_label"])
    add(
        "seasons",
        {"seasonality_index": "season of {}"},
        lambda row: row["season_name"],
    )
    year = panels["survival"]
    year["rows"] = [row for row in year["rows"] if row["tenure_month"] == 12]
    add("survival", {"survival_rate": "a year on {}"}, lambda row: row["plan_code"])
    return found


def in_the_report(content: Mapping[str, Any]) -> Readings:
    """Return the numbers of the report's first page."""
    keys = {
        "Paid members": "members",
        "Sign-ups": "signups",
        "Recurring revenue": "mrr",
        "Revenue per member": "arm",
        "Monthly churn": "churn",
        "Active in 28 days": "active",
        "Hours watched": "hours",
        "Stickiness": "stickiness",
    }
    return {
        f"{keys[figure['label']]} {ALL}": read(figure["value"])
        for figure in content["figures"]
    }


def in_the_notebooks(notebooks: Mapping[str, Any], marts: Marts) -> Readings:
    """Return the numbers that stand in the notebooks' charts, by their labels."""
    drawings = [
        output["data"]["image/svg+xml"]
        for cell in notebooks["churn"]["cells"]
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]
    regions = {name: code for code, name in marts.regions.items()}
    plans = marts["survival_by_plan"]
    plan_codes = dict(zip(plans["plan_name"], plans["plan_code"], strict=True))
    found = {}
    for drawing in drawings:
        labels = re.findall(r"<!-- (.*?) -->", drawing)
        for name, text in _labelled(labels, regions, r"\d+\.\d%"):
            found[f"risk {regions[name]}"] = read(text)
        for codes in (regions, plan_codes):
            for name, text in _labelled(labels, codes, r"\d+%"):
                found[f"a year on {codes[name]}"] = read(text)
    return found


def _labelled(
    labels: Sequence[str], names: Iterable[str], number: str
) -> Iterable[tuple[str, str]]:
    """Yield the names of an axis with the numbers that are written beside them."""
    known = set(names)
    at = 0
    while at < len(labels):
        if labels[at] not in known:
            at += 1
            continue
        end = at
        while end < len(labels) and labels[end] in known:
            end += 1
        told = labels[end : end + end - at]
        if len(told) == end - at > 1 and all(re.fullmatch(number, x) for x in told):
            yield from zip(labels[at:end], told, strict=True)
        at = end


def in_the_queries(
    ask: Callable[[str], list[dict[str, Any]]],
    analyses: Mapping[str, str],
    marts: Marts,
) -> Readings:
    """Return the numbers of the questions' queries.

    Args:
        ask: Returns the rows of a query, by column.
        analyses: The queries, by name.
        marts: For the month, and the regions by name.
    """
    regions = {name: code for code, name in marts.regions.items()}
    found: dict[str, Any] = {}
    for row in ask(analyses["q2_churn_risk_by_region"]):
        code = regions[row["region_name"]]
        found[f"risk {code}"] = row["standardised_churn_rate"]
        found[f"risk as observed {code}"] = row["churn_rate"]
        found[f"revenue at risk {code}"] = row["mrr_at_risk_usd"]
    for row in ask(analyses["q3_titles_and_genres"]):
        found[f"hours of {row['title_label']}"] = row["watched_hours"]
        found[f"completion of {row['title_label']}"] = row["completion_rate"]
    for row in ask(analyses["q4_signup_seasons_and_growth"]):
        if row["month_start_date"] == marts.month and not row["is_forecast"]:
            found[f"signups {ALL}"] = row["signups"]
            found[f"members {ALL}"] = row["members"]
            found[f"arm {ALL}"] = row["arm_usd"]
    for row in ask(analyses["q5_genre_curation"]):
        found[f"rating of {row['genre_name']}"] = row["shrunk_rating"]
        found[f"watched share of {row['genre_name']}"] = row["watched_share"]
    for row in ask(analyses["q6_retention_by_region_and_plan"]):
        if row["tenure_month"] == 12 and row["segment_type"] != "all":
            found[f"a year on {row['segment_code']}"] = row["survival_rate"]
    # The marts keep six decimals of what the BI tools divide themselves.
    return {
        name: Reading(None if value is None else float(value), 0.51e-6)
        for name, value in found.items()
    }


def disagreements(places: Mapping[str, Readings]) -> list[str]:
    """Return every number that two places show differently."""
    names = dict.fromkeys(name for found in places.values() for name in found)
    wrong = []
    for name in names:
        readings = [
            (place, found[name]) for place, found in places.items() if name in found
        ]
        for at, (place, one) in enumerate(readings):
            for other_place, other in readings[at + 1 :]:
                if not one.agrees(other):
                    wrong.append(
                        f"{name}: {one.value} in {place}, "
                        f"{other.value} in {other_place}"
                    )
    return wrong
