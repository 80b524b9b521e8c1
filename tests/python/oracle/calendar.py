"""Days and months."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from .raw import Raw, happenings, once


@dataclass(frozen=True)
class Month:
    """A month, the day on which it is read, and whether the data reaches its end."""

    start: date
    closing: date
    is_complete: bool


def month_start(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Return the same day some months on, or the last of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    return first.replace(day=min(day.day, month_end(first).day))


def full_months(start: date, end: date) -> int:
    """Return how many whole months have passed."""
    return (
        (end.year - start.year) * 12
        + end.month
        - start.month
        - (1 if end.day < start.day else 0)
    )


def months_between(start: date, end: date) -> int:
    """Return how many months on the calendar lie between the months of two days."""
    return (end.year - start.year) * 12 + end.month - start.month


def days(first: date, last: date) -> list[date]:
    """Return every day from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@once
def calendar_days(raw: Raw) -> list[date]:
    """Return whole years from the first day to the last, and all of the first week."""
    first = min(happenings(raw))
    monday = first - timedelta(days=first.weekday())
    return days(min(date(first.year, 1, 1), monday), date(raw.as_of.year, 12, 31))


@once
def months(raw: Raw) -> list[Month]:
    """Return the months up to the one that holds the last day of the data."""
    return [
        Month(day, min(month_end(day), raw.as_of), month_end(day) <= raw.as_of)
        for day in calendar_days(raw)
        if day.day == 1 and day <= raw.as_of
    ]
