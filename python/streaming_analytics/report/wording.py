"""Numbers as words: signs, plurals, units and intervals, the same everywhere."""

import math
from collections.abc import Sequence
from datetime import date, datetime

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
SYNTHETIC = "It is synthetic: generated, so that its truth is known."


def number(value: float | None, digits: int = 0) -> str:
    r"""Return `value` with separated thousands; a dash for None.

    >>> number(-1234.5, 1)
    '\u22121,234.5'
    """
    if value is None or math.isnan(value):
        return NONE
    # Rounding must not leave a minus in front of a zero.
    text = f"{abs(value):,.{digits}f}"
    is_zero = not any(character in "123456789" for character in text)
    return text if value >= 0 or is_zero else MINUS + text


def signed(value: float | None, digits: int = 0) -> str:
    """Return `value` with its sign, none for zero.

    >>> signed(3)
    '+3'
    """
    text = number(value, digits)
    is_positive = (
        text != NONE and MINUS not in text and any(c in "123456789" for c in text)
    )
    return "+" + text if is_positive else text


def percent(ratio: float | None, digits: int = 0) -> str:
    """Return a ratio in percent.

    >>> percent(0.0512, 1)
    '5.1%'
    """
    return NONE if ratio is None else number(ratio * 100, digits) + "%"


def points(difference: float | None, digits: int = 1) -> str:
    """Return a difference of two ratios in percentage points.

    >>> points(-0.0123)
    '\u22121.2 points'
    """
    if difference is None:
        return NONE
    return f"{signed(difference * 100, digits)} points"


def usd(value: float | None, digits: int = 0) -> str:
    """Return US dollars, the sign in front.

    >>> usd(-1234)
    '\u2212$1,234'
    """
    text = number(value, digits)
    if text == NONE:
        return text
    return f"{MINUS}${text[1:]}" if text.startswith(MINUS) else f"${text}"


def count(value: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    >>> count(1, "title"), count(2, "title")
    ('1 title', '2 titles')
    """
    noun = singular if value == 1 else (plural or f"{singular}s")
    return f"{number(value)} {noun}"


def listing(words: Sequence[str]) -> str:
    """Join words as in a sentence.

    >>> listing(["Crime", "Drama", "War"])
    'Crime, Drama and War'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def the_place(region_name: str) -> str:
    """Return a region's name as it stands within a sentence.

    >>> the_place("United States and Canada"), the_place("Asia-Pacific")
    ('the United States and Canada', 'Asia-Pacific')
    """
    is_union = region_name.startswith(("United ", "Middle ", "Americas"))
    return f"the {region_name}" if is_union else region_name


def month_name(day: date) -> str:
    """Return the month and the year of `day`.

    >>> month_name(date(2025, 12, 1))
    'December 2025'
    """
    return f"{_MONTHS[day.month - 1]} {day.year}"


def month_of_year(month_number: int) -> str:
    """Return the name of a month, counted from 1."""
    return _MONTHS[month_number - 1]


def day_name(day: date) -> str:
    """Return a date in words.

    >>> day_name(date(2025, 12, 31))
    '31 December 2025'
    """
    return f"{day.day} {month_name(day)}"


def moment(at: datetime) -> str:
    """Return a time in words; it is in UTC.

    >>> moment(datetime(2025, 12, 31, 7, 5))
    '31 December 2025, 07:05 UTC'
    """
    return f"{day_name(at.date())}, {at:%H:%M} UTC"


def weekday_name(weekday: int) -> str:
    """Return the name of a weekday, 1 for Monday."""
    return _WEEKDAYS[weekday - 1]


def clock(hour: int) -> str:
    """Return an hour of the day.

    >>> clock(0), clock(21)
    ('midnight', '9 pm')
    """
    if hour in (0, 24):
        return "midnight"
    if hour == 12:
        return "noon"
    return f"{hour % 12} {'am' if hour < 12 else 'pm'}"


def interval(lower: float, upper: float, digits: int = 1) -> str:
    """Return a 95 % interval of a ratio, in percent.

    >>> interval(0.041, 0.0624)
    '95% interval 4.1% to 6.2%'
    """
    return f"95% interval {percent(lower, digits)} to {percent(upper, digits)}"


def interval_points(lower: float, upper: float, digits: int = 1) -> str:
    """Return a 95 % interval of a difference of ratios, in percentage points.

    >>> interval_points(-0.01, 0.02)
    '95% interval \u22121.0 to +2.0 points'
    """
    return (
        f"95% interval {signed(lower * 100, digits)} to "
        f"{signed(upper * 100, digits)} points"
    )


def calibration(slope: float | None, lower: float | None, upper: float | None) -> str:
    """Say how predicted risks lie where they are not right; empty where 1 may be.

    >>> calibration(1.27, 1.02, 1.52)
    'its risks lie too close together (calibration slope 1.27, 1.02 to 1.52)'
    >>> calibration(1.1, 0.9, 1.3)
    ''
    """
    if slope is None or lower is None or upper is None:
        return ""
    if not (lower > 1 or upper < 1):
        return ""
    lie = "too close together" if slope > 1 else "too far apart"
    return (
        f"its risks lie {lie} (calibration slope {number(slope, 2)}, "
        f"{number(lower, 2)} to {number(upper, 2)})"
    )


def capitalised(text: str) -> str:
    """Return `text` with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
