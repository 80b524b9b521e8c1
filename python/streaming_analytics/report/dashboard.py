"""The dashboard: one file that opens from disk and asks the network for nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

from streaming_analytics.report.drawing import as_script, vega
from streaming_analytics.report.figures import key_figures
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import PANELS
from streaming_analytics.report.panels.panel import Panel, whole_span
from streaming_analytics.report.theme import region_colours
from streaming_analytics.report.wording import SYNTHETIC, moment, month_name

_TEMPLATES = Path(__file__).parent / "templates"

# The questions of the project, in the order of the page.
_SECTIONS = (
    ("Growth", ("growth", "movements", "signups", "seasons")),
    ("Churn and retention", ("churn_risk", "risk_drivers", "retention", "survival")),
    ("Engagement", ("watch_time", "signals", "viewing_hours")),
    ("Content", ("titles", "recommender", "genres")),
)


def dashboard(marts: Marts, runtime: Callable[[], str]) -> str:
    """Return the page.

    Args:
        marts: What the page shows.
        runtime: Returns the script that draws; asked last, since it takes a while.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    content = page_content(marts)
    return environment.get_template("dashboard.html.jinja").render(
        content=content,
        style=_text("dashboard.css"),
        data=as_script(content),
        script=_text("dashboard.js"),
        vega=runtime().replace("</script", "<\\/script"),
    )


def page_content(marts: Marts) -> dict[str, Any]:
    """Return all that the page holds, as JSON."""
    names = marts.regions
    choices = [ALL, *names] if len(names) > 1 else [ALL]
    labels = {ALL: "All regions"} | names
    by_key = {panel.key: panel for panel in PANELS}
    return {
        "regions": [{"code": code, "name": labels[code]} for code in choices],
        "colours": region_colours(names),
        "period": whole_span(marts),
        "origin": SYNTHETIC if marts.is_synthetic else "",
        "scope": _scope(marts),
        "warnings": _warnings(marts),
        "month": "" if marts.month is None else month_name(marts.month),
        "figures": {
            code: [figure.as_row() for figure in key_figures(marts, code)]
            for code in choices
        },
        "sections": [
            {
                "title": title,
                "panels": [_panel(by_key[key], marts, choices) for key in keys],
            }
            for title, keys in _SECTIONS
        ],
    }


def _panel(panel: Panel, marts: Marts, choices: list[str]) -> dict[str, Any]:
    missing = panel.missing_tables(marts)
    rows = [] if missing else panel.rows(marts)
    if missing:
        findings = dict.fromkeys(choices, "Not published yet")
        notes = dict.fromkeys(
            choices, f"Missing: {', '.join(missing)}. Run the whole build."
        )
    else:
        findings = {code: panel.finding(marts, code) for code in choices}
        notes = {code: panel.note(marts, code) if rows else "" for code in choices}
    return {
        "key": panel.key,
        "topic": panel.topic,
        "subtitle": panel.subtitle(marts),
        "period": panel.period(marts) if rows else "",
        "reading": panel.reading,
        "region": panel.region,
        "height": panel.height,
        "isWide": panel.is_wide,
        "columns": [
            {"field": column.field, "heading": column.heading, "kind": column.kind}
            for column in panel.columns
        ],
        "legend": [
            {"name": name, "colour": colour}
            for name, colour in (panel.legend(marts).items() if rows else ())
        ],
        "findings": findings,
        "notes": notes,
        "rows": rows,
        "vega": vega(panel, marts) if rows else None,
    }


def _warnings(marts: Marts) -> list[str]:
    """Return how many warnings the build gave, and then each; nothing if unknown."""
    if marts.build is None:
        return []
    warnings = marts.build.warnings
    published = moment(marts.build.published_at)
    begin = f"The build behind these figures was published on {published} and gave"
    if not warnings:
        return [f"{begin} no warning."]
    told = "a warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return [f"{begin} {told}:", *warnings]


def _scope(marts: Marts) -> str:
    """Return what the reader must know before all numbers; may be empty."""
    if marts.as_of_date is None:
        return (
            "The warehouse is empty: no day of data has been published yet. "
            "Run `streaming build`."
        )
    if not marts.regions:
        return "Nobody has signed up yet."
    if len(marts.regions) == 1:
        (name,) = marts.regions.values()
        return f"All accounts are in one region, {name}; nothing to compare it with."
    if marts.month is None:
        return "No month is complete yet; key figures follow with the first."
    return ""


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
