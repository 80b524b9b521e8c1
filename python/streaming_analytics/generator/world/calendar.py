"""Days, months, release weeks and local time.

Days are counted from 1970-01-01 (UTC), months from January of year 0, so that a
number means the same in every run.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EPOCH = date(1970, 1, 1)
DAY_SECONDS = 86_400
# India's clocks are half an hour off the others': slots of a full hour would blur it.
SLOT_SECONDS = 1_800
FRIDAY = 4
# No day is later than this one; it stands for "has no end".
NEVER = 10**6


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def month_number(day: int) -> int:
    """Return the months since year 0 of the month a day lies in."""
    moment = EPOCH + timedelta(days=day)
    return moment.year * 12 + moment.month - 1


def first_day_of(month: int) -> int:
    """Return the first day of a month."""
    return day_number(date(month // 12, month % 12 + 1, 1))


def days_of_month(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the day of the month, from 1, of each day; same shape."""
    dates = days.astype("datetime64[D]")
    return (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(
        np.int64
    ) + 1


@dataclass(frozen=True)
class Month:
    """A calendar month, cut to begin no earlier than the platform."""

    number: int
    start_day: int

    @property
    def first_day(self) -> int:
        """First day of the month on which the platform runs."""
        return max(first_day_of(self.number), self.start_day)

    @cached_property
    def end_day(self) -> int:
        """First day after the month."""
        return first_day_of(self.number + 1)

    @property
    def days(self) -> int:
        """Days of the month on which the platform runs."""
        return self.end_day - self.first_day

    @property
    def calendar_month(self) -> int:
        """Month of the year, 0 for January."""
        return self.number % 12

    @property
    def label(self) -> str:
        """The month as YYYY-MM."""
        return f"{self.number // 12:04d}-{self.number % 12 + 1:02d}"

    @cached_property
    def slice_days(self) -> NDArray[np.int64]:
        """First days of the month's release weeks: its first day and its Fridays.

        New titles start on these days alone, so within a slice the catalogue stands
        still.
        """
        days = np.arange(self.first_day, self.end_day)
        fridays = days[(days + 3) % 7 == FRIDAY]
        return np.union1d([self.first_day], fridays)


def months_between(start_day: int, end_day: int) -> list[Month]:
    """Return the months that hold the days from start to before the end."""
    first, last = month_number(start_day), month_number(end_day - 1)
    return [Month(number, start_day) for number in range(first, last + 1)]


def utc_offsets(zone: str, month: Month) -> NDArray[np.int64]:
    """Return seconds ahead of UTC at the start of each half-hour slot of a month.

    Args:
        zone: IANA name of the time zone.
        month: Month whose slots are wanted.

    Returns:
        One number per slot, 48 a day, daylight saving time included.
    """
    tz = ZoneInfo(zone)

    def offset(slot: int) -> int:
        seconds = month.first_day * DAY_SECONDS + slot * SLOT_SECONDS
        gap = datetime.fromtimestamp(seconds, tz=UTC).astimezone(tz).utcoffset()
        return int(gap.total_seconds()) if gap is not None else 0

    per_day = DAY_SECONDS // SLOT_SECONDS
    at_midnight = [offset(day * per_day) for day in range(month.days + 1)]
    offsets = np.repeat(np.asarray(at_midnight[:-1]), per_day)
    for day in range(month.days):
        if at_midnight[day] != at_midnight[day + 1]:
            slots = range(day * per_day, (day + 1) * per_day)
            offsets[day * per_day : (day + 1) * per_day] = [offset(s) for s in slots]
    return offsets
