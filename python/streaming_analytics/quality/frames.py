"""Small tables to hold expectations to: what was measured, beside what it was before.

Every table has a column `subject` that says what a row is about.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from streaming_analytics.quality.measuring import Measures, Row

# By measure and subject, what was published before.
Baseline = Mapping[str, Mapping[str, float]]
Frame = Callable[[Measures, Baseline, Sequence[str]], pd.DataFrame]

_DAYS = 14
_WEEKS = 8
_KNOWN_DAYS = 56
# Deviations from the median that are the day's own, and a normal one's size in MADs.
_NOISE = 4.0
_MAD = 1.4826
# Facts and dimensions; rows of aggregates come and go with what they are about.
_CORE = "mart_core."
_FEW_ROWS = 100


def as_measured(measures: Measures, _: Baseline, names: Sequence[str]) -> pd.DataFrame:
    """Return the rows as the queries gave them."""
    return _frame(
        [{"subject": subject, **numbers} for subject, numbers in _rows(measures, names)]
    )


def compared(
    measures: Measures, baseline: Baseline, names: Sequence[str]
) -> pd.DataFrame:
    """Return value, before, ratio and change; NULL where there was nothing before.

    `core_ratio` is the ratio of core's tables that had a hundred rows or more.
    """
    rows = []
    for name in names:
        known = dict(baseline.get(name, {}))
        for subject, numbers in measures.get(name, []):
            value, before = numbers["value"], known.get(subject)
            ratio = value / before if before else None
            is_core = subject.startswith(_CORE) and (before or 0) >= _FEW_ROWS
            rows.append(
                {
                    "subject": subject,
                    "value": value,
                    "before": before,
                    "ratio": ratio,
                    "core_ratio": ratio if is_core else None,
                    "change": None if before is None else value - before,
                }
            )
    return _frame(rows)


def against_weekdays(
    measures: Measures, _: Baseline, names: Sequence[str]
) -> pd.DataFrame:
    """Return the last days with the median of their weekday, and how they relate.

    A day without rows counts with none. `to_median` is 1 within what chance does: some
    deviations (MAD, or that of a count where it is larger).
    """
    counts = {
        date.fromisoformat(subject): numbers["value"]
        for subject, numbers in _rows(measures, names)
    }
    if not counts:
        return _frame([])
    first, last = min(counts), max(counts)
    rows = []
    for age in range(_DAYS - 1, -1, -1):
        day = last - timedelta(days=age)
        weekdays = [day - timedelta(weeks=week + 2) for week in range(_WEEKS)]
        past = pd.Series(
            [counts.get(one, 0.0) for one in weekdays if one >= first], dtype=float
        )
        if len(past) < _WEEKS // 2:
            continue
        median = float(past.median())
        deviation = float((past - median).abs().median())
        noise = _NOISE * max(_MAD * deviation, math.sqrt(median), 1.0)
        value = counts.get(day, 0.0)
        is_noise = abs(value - median) <= noise
        rows.append(
            {
                "subject": day.isoformat(),
                "value": value,
                "median": median,
                "deviation": deviation,
                "to_median": 1.0 if is_noise or not median else value / median,
            }
        )
    return _frame(rows)


def known_days(
    measures: Measures, baseline: Baseline, names: Sequence[str]
) -> pd.DataFrame:
    """Return one row: the plays of days that were published before, now and then."""
    (name,) = names
    known = dict(sorted(baseline.get(name, {}).items())[-_KNOWN_DAYS:])
    if not known:
        return _frame([])
    now = {subject: numbers["value"] for subject, numbers in measures.get(name, [])}
    oldest = min(now, default="")
    # Days that the measure no longer reaches back to are not missing.
    known = {day: count for day, count in known.items() if day >= oldest}
    value = sum(now.get(day, 0.0) for day in known)
    before = sum(known.values())
    return _frame(
        [
            {
                "subject": f"{len(known)} days published before",
                "value": value,
                "before": before,
                "ratio": value / before if before else None,
            }
        ]
    )


def divergence(
    measures: Measures, baseline: Baseline, names: Sequence[str]
) -> pd.DataFrame:
    """Return a row per mix with the divergence of its shares from those before."""
    rows = []
    for name in names:
        now = {subject: numbers["value"] for subject, numbers in measures.get(name, [])}
        before = dict(baseline.get(name, {}))
        if sum(now.values()) and sum(before.values()):
            rows.append({"subject": name, "divergence": kl_divergence(now, before)})
    return _frame(rows)


def kl_divergence(now: Mapping[str, float], before: Mapping[str, float]) -> float:
    """Return the Kullback-Leibler divergence of counts from earlier counts, in nats.

    Half a row is added to each count, so that what is new or gone has a share too.
    """
    subjects = sorted(set(now) | set(before))
    total_now = sum(now.values()) + len(subjects) / 2
    total_before = sum(before.values()) + len(subjects) / 2
    return sum(
        share * math.log(share / ((before.get(one, 0.0) + 0.5) / total_before))
        for one in subjects
        for share in [(now.get(one, 0.0) + 0.5) / total_now]
    )


FRAMES: dict[str, Frame] = {
    "as_measured": as_measured,
    "compared": compared,
    "against_weekdays": against_weekdays,
    "known_days": known_days,
    "divergence": divergence,
}


def _rows(measures: Measures, names: Sequence[str]) -> list[Row]:
    return [row for name in names for row in measures.get(name, [])]


def _frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    numbers = [name for name in frame.columns if name != "subject"]
    return frame.astype(dict.fromkeys(numbers, float))
