"""The report as PDF: a summary, then a page for each business question."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import typst

from streaming_analytics.report.drawing import pdf
from streaming_analytics.report.figures import key_figures
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import growth
from streaming_analytics.report.panels.panel import Panel, whole_span
from streaming_analytics.report.questions import (
    QUESTIONS,
    Question,
    decisions,
    unanswered,
)
from streaming_analytics.report.questions.answer import Answer
from streaming_analytics.report.wording import SYNTHETIC, month_name

_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
_WIDTH = 640
# A page holds one chart of full height, or two or three of less.
_HEIGHTS = {1: 490, 2: 208, 3: 134}
_SUMMARY, _SUMMARY_HEIGHT = "summary", 150


def paper(marts: Marts) -> bytes:
    """Return the report as PDF."""
    with _made(marts) as folder:
        return typst.compile(str(folder / _TEMPLATE.name), root=str(folder))


def paper_pictures(marts: Marts, dots_per_inch: int) -> list[bytes]:
    """Return the pages of the report as PNG."""
    with _made(marts) as folder:
        pages = typst.compile(
            str(folder / _TEMPLATE.name),
            root=str(folder),
            format="png",
            ppi=dots_per_inch,
        )
        return [pages] if isinstance(pages, bytes) else list(pages)


class _made:
    """A folder with all that the template reads."""

    def __init__(self, marts: Marts) -> None:
        self._marts = marts
        self._folder = tempfile.TemporaryDirectory(prefix="streaming-report-")

    def __enter__(self) -> Path:
        folder = Path(self._folder.name)
        shutil.copy(_TEMPLATE, folder)
        content = paper_content(self._marts)
        if _grows(self._marts):
            self._draw(folder, _SUMMARY, growth.PANEL, _SUMMARY_HEIGHT)
        for question in QUESTIONS:
            panels = _drawn(question, self._marts)
            for panel in panels:
                self._draw(folder, panel.key, panel, _HEIGHTS[len(panels)])
        (folder / "content.json").write_text(json.dumps(content), encoding="utf-8")
        return folder

    def _draw(self, folder: Path, name: str, panel: Panel, height: int) -> None:
        rows = [
            row
            for row in panel.rows(self._marts)
            if panel.region != "filter" or row["region_code"] == ALL
        ]
        drawn = pdf(panel, self._marts, rows, _WIDTH, height)
        (folder / f"{name}.pdf").write_bytes(drawn)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def paper_content(marts: Marts) -> dict[str, Any]:
    """Return all words of the report, as JSON."""
    answers = [
        unanswered(question, marts) or question.answer(marts) for question in QUESTIONS
    ]
    return {
        "month": "" if marts.month is None else month_name(marts.month),
        "period": whole_span(marts),
        "origin": SYNTHETIC if marts.is_synthetic else "",
        "figures": [
            {
                "label": figure.label,
                "value": figure.value,
                "target": figure.target,
                "change": figure.change,
                "before": figure.before,
                "detail": figure.detail,
            }
            for figure in key_figures(marts, ALL)
        ],
        "growth": {
            "file": f"{_SUMMARY}.pdf" if _grows(marts) else "",
            "title": growth.PANEL.finding(marts, ALL),
            "subtitle": growth.PANEL.subtitle(marts),
            "reading": growth.PANEL.reading,
        },
        "decisions": [
            {
                "question": place + 1,
                "action": answers[place].action,
                "effect": answers[place].effect,
            }
            for place in decisions(answers)
        ],
        "questions": [
            _question(question, answer, marts)
            for question, answer in zip(QUESTIONS, answers, strict=True)
        ],
    }


def _grows(marts: Marts) -> bool:
    """Return whether the first page has something to draw."""
    return not growth.PANEL.missing_tables(marts) and bool(growth.PANEL.rows(marts))


def _question(question: Question, answer: Answer, marts: Marts) -> dict[str, Any]:
    drawn = _drawn(question, marts)
    lead = question.panels[0]
    return {
        "question": question.text,
        "headline": (
            lead.finding(marts, ALL)
            if not lead.missing_tables(marts)
            else "Not published yet"
        ),
        "charts": [
            {
                "file": f"{panel.key}.pdf",
                "title": "" if panel is lead else panel.finding(marts, ALL),
                "subtitle": panel.subtitle(marts),
                "period": panel.period(marts),
                "note": panel.note(marts, ALL),
                "reading": panel.reading,
                "legend": [
                    {"name": name, "colour": colour}
                    for name, colour in panel.legend(marts).items()
                ],
            }
            for panel in drawn
        ],
        "sentences": list(answer.sentences),
        "action": answer.action,
        "effect": answer.effect,
    }


def _drawn(question: Question, marts: Marts) -> list[Panel]:
    """Return the panels of a question that have something to draw."""
    return [
        panel
        for panel in question.panels
        if not panel.missing_tables(marts) and panel.rows(marts)
    ]
