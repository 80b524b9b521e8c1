"""Why a row is set aside, and what is put right on the way."""

from enum import IntEnum


class Reason(IntEnum):
    """What is wrong with a cell or a row; 0 is nothing.

    From `FIRST_REPAIR` on the row is taken: the value was put right, and is counted.
    """

    FINE = 0
    TORN = 1
    QUOTES = 2
    MISSING = 3
    NOT_A_NUMBER = 4
    NOT_WHOLE = 5
    NOT_FINITE = 6
    TOO_LARGE = 7
    TOO_PRECISE = 8
    NOT_A_BOOLEAN = 9
    NOT_A_DATE = 10
    NO_SUCH_DAY = 11
    HAS_TIME = 12
    NOT_A_MOMENT = 13
    NO_OFFSET = 14
    PADDED = 15
    NOT_ALLOWED = 16
    TOO_SMALL = 17
    TOO_GREAT = 18
    OFF_GRID = 19
    TOO_EARLY = 20
    TOO_LATE = 21
    AFTER_LOAD = 22
    NOT_AFTER = 23
    WRONG_DAY = 24
    APART = 25
    UNKNOWN = 26
    OVER_RUNTIME = 27
    OTHER_TITLE = 28
    OVERLAP = 29
    TAKEN = 30
    FROM_FUTURE = 31
    NOT_TEXT = 32
    PARENT_ASIDE = 33
    TRAILER_TOO_LONG = 34
    BEFORE_LAUNCH = 35
    NEITHER = 36
    BOTH = 37
    NO_RATE = 38
    IN_DOLLARS = 39
    PARENT_WAITS = 40
    CUT_TO_MICROSECONDS = 101
    WRITTEN_ALIKE = 102
    CUT_TO_RUNTIME = 103


FIRST_REPAIR = 100
# Nothing is wrong with such a row but that the one it refers to was set aside.
FOLLOWING = (Reason.PARENT_ASIDE, Reason.PARENT_WAITS)

MESSAGES = {
    Reason.TORN: "the row has more or fewer fields than the header",
    Reason.QUOTES: "there is text after the closing quote of a field",
    Reason.MISSING: "the value is missing",
    Reason.NOT_A_NUMBER: "not a number",
    Reason.NOT_WHOLE: "not a whole number",
    Reason.NOT_FINITE: "NaN or infinity is not a number to add up",
    Reason.TOO_LARGE: "too large for its type",
    Reason.TOO_PRECISE: "more decimals than its type holds",
    Reason.NOT_A_BOOLEAN: "not true or false",
    Reason.NOT_A_DATE: "not a date such as 2024-02-29 (ISO 8601)",
    Reason.NO_SUCH_DAY: "there is no such day or time",
    Reason.HAS_TIME: "a time of day where a date should be",
    Reason.NOT_A_MOMENT: "not a moment such as 2024-02-29T20:15:00Z (ISO 8601)",
    Reason.NO_OFFSET: "a moment without Z or an offset such as +02:00",
    Reason.PADDED: "blanks before or after a key",
    Reason.NOT_ALLOWED: "not one of the allowed values",
    Reason.TOO_SMALL: "below the least allowed value",
    Reason.TOO_GREAT: "above the greatest allowed value",
    Reason.OFF_GRID: "between two allowed values",
    Reason.TOO_EARLY: "too early",
    Reason.TOO_LATE: "too late",
    Reason.AFTER_LOAD: "it happened after the row was loaded",
    Reason.NOT_AFTER: "not after the day on which it began",
    Reason.WRONG_DAY: "not the first day of a month",
    Reason.APART: "one of two columns that belong together is missing",
    Reason.UNKNOWN: "no row with this key was loaded",
    Reason.OVER_RUNTIME: "longer than the film or episode that was played",
    Reason.OTHER_TITLE: "the episode belongs to another title",
    Reason.OVERLAP: "overlaps an earlier span of the same owner",
    Reason.TAKEN: "another key has the same values already",
    Reason.FROM_FUTURE: "loaded in the future",
    Reason.NOT_TEXT: "not text that can be stored",
    Reason.PARENT_ASIDE: "the row with this key was set aside, so this one is too",
    Reason.TRAILER_TOO_LONG: "longer than any trailer",
    Reason.BEFORE_LAUNCH: "a play from before the first account signed up",
    Reason.NEITHER: "neither of two columns that may hold the amount has one",
    Reason.BOTH: "two columns hold an amount where only one of them may",
    Reason.NO_RATE: "there is no exchange rate of this currency on the day or before",
    Reason.IN_DOLLARS: "another currency than USD beside an amount in dollars",
    Reason.PARENT_WAITS: (
        "the row with this key was set aside by an earlier load; repair that one, then "
        "this one, by streaming quarantine --export and --repaired"
    ),
    Reason.CUT_TO_MICROSECONDS: "cut to microseconds",
    Reason.WRITTEN_ALIKE: "code trimmed and written in the usual case",
    Reason.CUT_TO_RUNTIME: "cut to the length of the film or episode",
}
