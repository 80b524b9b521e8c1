"""The report in Power BI's format PBIR: a file for each page and each visual."""

import json

from streaming_analytics import palette
from streaming_analytics.bi.pages import (
    PAGES,
    REGION,
    Field,
    Mark,
    Measured,
    Page,
    Total,
    Value,
    Visual,
    knows_regions,
)
from streaming_analytics.bi.powerbi.layout import (
    GAP,
    HEIGHT,
    REPORT,
    TITLE_HEIGHT,
    WIDTH,
    Json,
    alternative_text,
    in_words,
    literal,
    on_a_phone,
    places_of,
)
from streaming_analytics.bi.powerbi.model import MEASURES, Model
from streaming_analytics.bi.powerbi.names import lineage

THEME = "streaming_analytics_theme.json"
_SLICER_WIDTH = 200
_TYPES = {
    Mark.BAR: "clusteredBarChart",
    Mark.COLUMN: "clusteredColumnChart",
    Mark.LINE: "lineChart",
    Mark.TABLE: "tableEx",
}
_SUM = 0
_ASCENDING, _DESCENDING = 1, 2


class ReportWriter:
    """Writes the pages over one model."""

    def __init__(self, model: Model) -> None:
        """Look names up in `model`."""
        self._model = model

    def files(self) -> dict[str, str]:
        """Return the report's files, by their path in its folder."""
        files: dict[str, Json] = {
            "definition/version.json": {
                "$schema": f"{REPORT}/versionMetadata/1.0.0/schema.json",
                "version": "2.0.0",
            },
            "definition/report.json": _report(),
            "definition/pages/pages.json": {
                "$schema": f"{REPORT}/pagesMetadata/1.0.0/schema.json",
                "pageOrder": [page.name for page in PAGES],
                "activePageName": PAGES[0].name,
            },
            f"StaticResources/RegisteredResources/{THEME}": {
                "name": palette.NAME,
                "dataColors": list(palette.SERIES),
                "background": "#ffffff",
                "foreground": palette.INK,
                "tableAccent": palette.SERIES[0],
            },
        }
        for page in PAGES:
            files |= self._page(page)
        return {name: text(content) for name, content in files.items()}

    def _page(self, page: Page) -> dict[str, Json]:
        folder = f"definition/pages/{page.name}"
        files: dict[str, Json] = {
            f"{folder}/page.json": {
                "$schema": f"{REPORT}/page/2.0.0/schema.json",
                "name": page.name,
                "displayName": page.title,
                "displayOption": "FitToPage",
                "height": HEIGHT,
                "width": WIDTH,
            }
        }
        has_slicer = knows_regions(page)
        visuals = [("title", _title(page))]
        if has_slicer:
            visuals.append(("region", self._slicer(page)))
        places = places_of(len(page.visuals), _SLICER_WIDTH if has_slicer else 0)
        for visual, place in zip(page.visuals, places, strict=True):
            visuals.append((visual.name, self._visual(visual, place)))
        for order, (name, content) in enumerate(visuals):
            content["position"] |= {"z": order * 1000, "tabOrder": order * 1000}
            content["name"] = f"{page.name}_{name}"
            files[f"{folder}/visuals/{page.name}_{name}/visual.json"] = {
                "$schema": f"{REPORT}/visualContainer/2.4.0/schema.json",
                "name": content["name"],
                "position": content["position"],
            } | {
                key: value
                for key, value in content.items()
                if key not in ("name", "position")
            }
            files[f"{folder}/visuals/{page.name}_{name}/mobile.json"] = on_a_phone(
                order, [one for one, _ in visuals]
            )
        return files

    def _slicer(self, page: Page) -> Json:
        return {
            "position": {
                "x": GAP,
                "y": TITLE_HEIGHT + GAP,
                "width": _SLICER_WIDTH - GAP,
                "height": HEIGHT - TITLE_HEIGHT - 2 * GAP,
            },
            "visual": {
                "visualType": "slicer",
                "query": {
                    "queryState": {"Values": {"projections": [self._field(REGION)]}}
                },
                "objects": {"data": [{"properties": {"mode": literal("'Basic'")}}]},
                "visualContainerObjects": _title_object("Region")
                | alternative_text("Filter of the page by region."),
                "drillFilterOtherVisuals": True,
            },
        }

    def _visual(self, visual: Visual, place: Json) -> Json:
        roles: dict[str, list[Json]] = {}
        rows = [self._field(self._by_calendar(visual, field)) for field in visual.rows]
        if visual.mark is Mark.TABLE:
            told = [self._value(value) for value in visual.beside]
            roles["Values"] = [*rows[:1], *told, *rows[1:]]
        else:
            roles["Category"] = rows
            assert visual.value is not None
            roles["Y"] = [self._value(visual.value)]
            if visual.series is not None:
                roles["Series"] = [self._field(visual.series)]
        query: Json = {
            "queryState": {
                role: {"projections": projections}
                for role, projections in roles.items()
            }
        }
        if visual.mark is not Mark.TABLE:
            ordered, direction = rows[0]["field"], "Ascending"
            if visual.sort_by is None:
                ranked = visual.top_by or visual.value
                assert ranked is not None
                ordered, direction = self._value(ranked)["field"], "Descending"
            query["sortDefinition"] = {
                "sort": [{"field": ordered, "direction": direction}]
            }
        content: Json = {
            "position": place,
            "visual": {
                "visualType": _TYPES[visual.mark],
                "query": query,
                "objects": _objects(visual),
                "visualContainerObjects": _title_object(visual.title)
                | alternative_text(in_words(visual)),
                "drillFilterOtherVisuals": True,
            },
        }
        filters = []
        if visual.only is not None:
            filters.append(self._only(visual))
        if visual.top is not None:
            filters.append(self._top(visual))
        if filters:
            content["filterConfig"] = {"filters": filters}
        return content

    def _by_calendar(self, visual: Visual, field: Field) -> Field:
        """Return the calendar's month for a day that is to be taken to its month."""
        column = field.column
        if not field.by_month or column.startswith("month_"):
            return field
        if not any(
            key.table == "dim_dates" and key.columns == (column,)
            for key in self._model.contract[field.table].foreign_keys
        ):
            raise ValueError(f"{visual.name}: {column} does not name a calendar day")
        return Field("dim_dates", "month_start_date")

    def _field(self, field: Field) -> Json:
        caption = self._caption(field.table, field.column)
        return {
            "field": _column(field.table, caption),
            "queryRef": f"{field.table}.{caption}",
            "nativeQueryRef": caption,
        }

    def _value(self, value: Value) -> Json:
        if isinstance(value, Total):
            caption = self._caption(value.table, value.column)
            return {
                "field": _sum(_column(value.table, caption)),
                "queryRef": f"Sum({value.table}.{caption})",
                "nativeQueryRef": caption,
            }
        if isinstance(value, Measured):
            table = value.table
            label = self._model.captions.measures[table, value.column]
        else:
            table = MEASURES
            label = self._model.metrics.by_name[value.metric].label
        return {
            "field": {
                "Measure": {
                    "Expression": {"SourceRef": {"Entity": table}},
                    "Property": label,
                }
            },
            "queryRef": f"{table}.{label}",
            "nativeQueryRef": label,
        }

    def _caption(self, table: str, column: str) -> str:
        return self._model.captions.columns[table, column]

    def _only(self, visual: Visual) -> Json:
        assert visual.only is not None
        caption = self._caption(visual.table, visual.only)
        return {
            "name": lineage("filter", visual.name, "only").replace("-", "")[:20],
            "field": _column(visual.table, caption),
            "type": "Categorical",
            "filter": {
                "Version": 2,
                "From": [{"Name": "t", "Entity": visual.table, "Type": 0}],
                "Where": [
                    {
                        "Condition": {
                            "In": {
                                "Expressions": [_column_of("t", caption)],
                                "Values": [[{"Literal": {"Value": "true"}}]],
                            }
                        }
                    }
                ],
            },
        }

    def _top(self, visual: Visual) -> Json:
        ranked = visual.top_by or visual.value
        if not isinstance(ranked, Total):
            raise ValueError(f"{visual.name}: the largest are those of a total")
        field = visual.rows[0]
        caption = self._caption(field.table, field.column)
        measured = _column_of("t", self._caption(ranked.table, ranked.column))
        return {
            "name": lineage("filter", visual.name, "top").replace("-", "")[:20],
            "field": _column(field.table, caption),
            "type": "TopN",
            "filter": {
                "Version": 2,
                "From": [
                    {
                        "Name": "subquery",
                        "Expression": {
                            "Subquery": {
                                "Query": {
                                    "Version": 2,
                                    "From": [
                                        {"Name": "t", "Entity": field.table, "Type": 0}
                                    ],
                                    "Select": [
                                        _column_of("t", caption) | {"Name": "field"}
                                    ],
                                    "OrderBy": [
                                        {
                                            "Direction": _DESCENDING,
                                            "Expression": _sum(measured),
                                        }
                                    ],
                                    "Top": visual.top,
                                }
                            }
                        },
                        "Type": 2,
                    },
                    {"Name": "t", "Entity": field.table, "Type": 0},
                ],
                "Where": [
                    {
                        "Condition": {
                            "In": {
                                "Expressions": [_column_of("t", caption)],
                                "Table": {"SourceRef": {"Source": "subquery"}},
                            }
                        }
                    }
                ],
            },
        }


def _sum(column: Json) -> Json:
    return {"Aggregation": {"Expression": column, "Function": _SUM}}


def text(content: Json) -> str:
    """Return JSON as the files hold it."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _report() -> Json:
    version = {"visual": "2.4.0", "report": "3.0.0", "page": "2.0.0"}
    return {
        "$schema": f"{REPORT}/report/3.0.0/schema.json",
        "themeCollection": {
            "customTheme": {
                "name": THEME,
                "reportVersionAtImport": version,
                "type": "RegisteredResources",
            }
        },
        "resourcePackages": [
            {
                "name": "RegisteredResources",
                "type": "RegisteredResources",
                "items": [{"name": THEME, "path": THEME, "type": "CustomTheme"}],
            }
        ],
        "settings": {"useStylableVisualContainerHeader": True},
    }


def _title(page: Page) -> Json:
    bold = {"fontWeight": "bold", "fontSize": "20pt"}
    runs = [
        {"textRuns": [{"value": page.title, "textStyle": bold}]},
        {"textRuns": [{"value": page.subtitle, "textStyle": {"fontSize": "11pt"}}]},
    ]
    width = WIDTH - 2 * GAP
    return {
        "position": {"x": GAP, "y": 0, "width": width, "height": TITLE_HEIGHT},
        "visual": {
            "visualType": "textbox",
            "objects": {"general": [{"properties": {"paragraphs": runs}}]},
        },
    }


def _objects(visual: Visual) -> Json:
    if visual.mark is Mark.TABLE:
        return {}
    labels = visual.mark is not Mark.LINE
    return {
        "labels": [{"properties": {"show": literal("true" if labels else "false")}}],
        "legend": [
            {"properties": {"show": literal("true" if visual.series else "false")}}
        ],
    }


def _title_object(title: str) -> Json:
    escaped = title.replace("'", "''")
    return {
        "title": [
            {"properties": {"show": literal("true"), "text": literal(f"'{escaped}'")}}
        ]
    }


def _column(table: str, caption: str) -> Json:
    return {
        "Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": caption}
    }


def _column_of(source: str, caption: str) -> Json:
    return {
        "Column": {"Expression": {"SourceRef": {"Source": source}}, "Property": caption}
    }
