"""Text to numbers, days and moments: one compiled pass over a column."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.native import native
from streaming_analytics.loading.reasons import Reason

# Globals of a compiled function are constants.
_NOT_A_NUMBER = int(Reason.NOT_A_NUMBER)
_NOT_WHOLE = int(Reason.NOT_WHOLE)
_NOT_FINITE = int(Reason.NOT_FINITE)
_TOO_LARGE = int(Reason.TOO_LARGE)
_TOO_PRECISE = int(Reason.TOO_PRECISE)
_NOT_A_BOOLEAN = int(Reason.NOT_A_BOOLEAN)
_NOT_A_DATE = int(Reason.NOT_A_DATE)
_NO_SUCH_DAY = int(Reason.NO_SUCH_DAY)
_HAS_TIME = int(Reason.HAS_TIME)
_NOT_A_MOMENT = int(Reason.NOT_A_MOMENT)
_NO_OFFSET = int(Reason.NO_OFFSET)
_CUT = int(Reason.CUT_TO_MICROSECONDS)

_MOST_DIGITS = 18
_DAY_MICROSECONDS = 86_400_000_000


@native
def _lower(byte):
    return byte + 32 if 65 <= byte <= 90 else byte


@native
def _is(data, begin, end, word):
    if end - begin != len(word):
        return False
    matching = True
    for at in range(len(word)):
        matching = matching and _lower(data[begin + at]) == word[at]
    return matching


@native
def _trimmed(data, begin, end):
    while begin < end and (data[begin] == 32 or 9 <= data[begin] <= 13):
        begin += 1
    while end > begin and (data[end - 1] == 32 or 9 <= data[end - 1] <= 13):
        end -= 1
    return begin, end


_NAN = np.frombuffer(b"nan", np.uint8)
_INF = np.frombuffer(b"inf", np.uint8)
_INFINITY = np.frombuffer(b"infinity", np.uint8)


@native
def _number(data, begin, end, scale, least, greatest):
    """Return the number times 10^scale, and the reason why it is none."""
    at = begin
    sign = 1
    if data[at] == 45 or data[at] == 43:
        sign = -1 if data[at] == 45 else 1
        at += 1
    if _is(data, at, end, _NAN) or _is(data, at, end, _INF):
        return 0, _NOT_FINITE
    if _is(data, at, end, _INFINITY):
        return 0, _NOT_FINITE
    mantissa = 0
    kept = 0
    shift = scale
    digits = 0
    lost = False
    is_fraction = False
    while at < end:
        byte = data[at]
        if 48 <= byte <= 57:
            digits += 1
            if kept < _MOST_DIGITS:
                mantissa = mantissa * 10 + (byte - 48)
                kept += mantissa > 0
                if is_fraction:
                    shift -= 1
            else:
                lost = lost or byte != 48
                if not is_fraction:
                    shift += 1
        elif byte == 46 and not is_fraction:
            is_fraction = True
        else:
            break
        at += 1
    if digits == 0:
        return 0, _NOT_A_NUMBER
    if at < end:
        if _lower(data[at]) != 101 or at + 1 >= end:
            return 0, _NOT_A_NUMBER
        at += 1
        down = data[at] == 45
        if data[at] == 45 or data[at] == 43:
            at += 1
        if at >= end:
            return 0, _NOT_A_NUMBER
        exponent = 0
        while at < end:
            if not 48 <= data[at] <= 57:
                return 0, _NOT_A_NUMBER
            exponent = min(exponent * 10 + (data[at] - 48), 100_000)
            at += 1
        shift += -exponent if down else exponent
    if mantissa == 0:
        return 0, 0
    precise = _NOT_WHOLE if scale == 0 else _TOO_PRECISE
    while shift < 0:
        if mantissa % 10 != 0:
            lost = True
        mantissa //= 10
        shift += 1
        if mantissa == 0:
            return 0, precise
    while shift > 0:
        if mantissa > 10**_MOST_DIGITS // 10:
            return 0, _TOO_LARGE
        mantissa *= 10
        shift -= 1
    value = sign * mantissa
    if value < least or value > greatest:
        return 0, _TOO_LARGE
    if lost:
        return 0, precise
    return value, 0


@native
def numbers(
    offsets: NDArray[np.int32],
    data: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    scale: int,
    least: int,
    greatest: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return numbers times 10^scale, which are there, and reasons."""
    rows = len(valid)
    values = np.zeros(rows, np.int64)
    there = np.zeros(rows, np.bool_)
    reasons = np.zeros(rows, np.uint8)
    for row in range(rows):
        begin, end = _trimmed(data, offsets[row], offsets[row + 1])
        if valid[row] and end > begin:
            there[row] = True
            value, reason = _number(data, begin, end, scale, least, greatest)
            values[row] = value
            reasons[row] = reason
    return values, there, reasons


# The most frequent ones first; each that is true stands before its opposite.
_WORDS = (
    np.frombuffer(b"true", np.uint8),
    np.frombuffer(b"false", np.uint8),
    np.frombuffer(b"t", np.uint8),
    np.frombuffer(b"f", np.uint8),
    np.frombuffer(b"1", np.uint8),
    np.frombuffer(b"0", np.uint8),
    np.frombuffer(b"yes", np.uint8),
    np.frombuffer(b"no", np.uint8),
    np.frombuffer(b"y", np.uint8),
    np.frombuffer(b"n", np.uint8),
    np.frombuffer(b"1.0", np.uint8),
    np.frombuffer(b"0.0", np.uint8),
)


@native
def booleans(
    offsets: NDArray[np.int32], data: NDArray[np.uint8], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return 0 or 1, which are there, and reasons."""
    rows = len(valid)
    values = np.zeros(rows, np.int64)
    there = np.zeros(rows, np.bool_)
    reasons = np.zeros(rows, np.uint8)
    for row in range(rows):
        begin, end = _trimmed(data, offsets[row], offsets[row + 1])
        if not valid[row] or end == begin:
            continue
        there[row] = True
        reasons[row] = _NOT_A_BOOLEAN
        for word in range(len(_WORDS)):
            if _is(data, begin, end, _WORDS[word]):
                values[row] = 1 - word % 2
                reasons[row] = 0
                break
    return values, there, reasons


@native
def _digits(data, begin, count, end):
    """Return the number that `count` digits spell, or -1."""
    if begin + count > end:
        return -1
    value = 0
    for at in range(begin, begin + count):
        if not 48 <= data[at] <= 57:
            return -1
        value = value * 10 + (data[at] - 48)
    return value


@native
def _day(data, begin, end):
    """Return the day that yyyy-mm-dd spells, and the reason why there is none."""
    year = _digits(data, begin, 4, end)
    month = _digits(data, begin + 5, 2, end)
    day = _digits(data, begin + 8, 2, end)
    if year < 0 or month < 0 or day < 0:
        return 0, _NOT_A_DATE
    if data[begin + 4] != 45 or data[begin + 7] != 45:
        return 0, _NOT_A_DATE
    if year < 1 or month < 1 or month > 12 or day < 1:
        return 0, _NO_SUCH_DAY
    last = 31
    if month in (4, 6, 9, 11):
        last = 30
    elif month == 2:
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        last = 29 if is_leap else 28
    if day > last:
        return 0, _NO_SUCH_DAY
    # Days from the first of March of year 0, whose leap day comes last.
    if month <= 2:
        year -= 1
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468, 0


_UTC = np.frombuffer(b"utc", np.uint8)
_GMT = np.frombuffer(b"gmt", np.uint8)


@native
def _moment(data, begin, end, assume_utc):
    """Return microseconds since 1970, and a reason; a bare date is midnight."""
    day, reason = _day(data, begin, end)
    if reason != 0:
        return 0, _NOT_A_MOMENT if reason == _NOT_A_DATE else reason
    at = begin + 10
    seconds = 0
    micros = 0
    is_cut = False
    if at < end and (_lower(data[at]) == 116 or data[at] == 32):
        hour = _digits(data, at + 1, 2, end)
        minute = _digits(data, at + 4, 2, end)
        if hour < 0 or minute < 0 or data[at + 3] != 58:
            return 0, _NOT_A_MOMENT
        at += 6
        second = 0
        if at < end and data[at] == 58:
            second = _digits(data, at + 1, 2, end)
            if second < 0:
                return 0, _NOT_A_MOMENT
            at += 3
            if at < end and (data[at] == 46 or data[at] == 44):
                at += 1
                first = at
                unit = 100_000
                while at < end and 48 <= data[at] <= 57:
                    micros += (data[at] - 48) * unit
                    if unit == 0 and data[at] != 48:
                        is_cut = True
                    unit //= 10
                    at += 1
                if at == first:
                    return 0, _NOT_A_MOMENT
        if hour > 23 or minute > 59 or second > 59:
            return 0, _NO_SUCH_DAY
        seconds = hour * 3600 + minute * 60 + second
    elif at < end and data[at] != 90 and data[at] != 122:
        return 0, _NOT_A_MOMENT
    while at < end and data[at] == 32:
        at += 1
    offset = 0
    if at == end:
        if not assume_utc:
            return 0, _NO_OFFSET
    elif (
        (_lower(data[at]) == 122 and at + 1 == end)
        or _is(data, at, end, _UTC)
        or _is(data, at, end, _GMT)
    ):
        offset = 0
    elif data[at] == 43 or data[at] == 45:
        sign = -1 if data[at] == 45 else 1
        hours = _digits(data, at + 1, 2, end)
        at += 3
        minutes = 0
        if at < end:
            at += data[at] == 58
            minutes = _digits(data, at, 2, end)
            at += 2
        if hours < 0 or minutes < 0 or at != end:
            return 0, _NOT_A_MOMENT
        if hours > 15 or minutes > 59:
            return 0, _NO_SUCH_DAY
        offset = sign * (hours * 3600 + minutes * 60)
    else:
        return 0, _NOT_A_MOMENT
    moment = day * _DAY_MICROSECONDS + (seconds - offset) * 1_000_000 + micros
    return moment, _CUT if is_cut else 0


@native
def moments(
    offsets: NDArray[np.int32],
    data: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    assume_utc: bool,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return microseconds since 1970 in UTC, which are there, and reasons."""
    rows = len(valid)
    values = np.zeros(rows, np.int64)
    there = np.zeros(rows, np.bool_)
    reasons = np.zeros(rows, np.uint8)
    for row in range(rows):
        begin, end = _trimmed(data, offsets[row], offsets[row + 1])
        if valid[row] and end > begin:
            there[row] = True
            value, reason = _moment(data, begin, end, assume_utc)
            values[row] = value
            reasons[row] = reason
    return values, there, reasons


@native
def days(
    offsets: NDArray[np.int32], data: NDArray[np.uint8], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return days since 1970, which are there, and reasons; midnight is a day."""
    rows = len(valid)
    values = np.zeros(rows, np.int64)
    there = np.zeros(rows, np.bool_)
    reasons = np.zeros(rows, np.uint8)
    for row in range(rows):
        begin, end = _trimmed(data, offsets[row], offsets[row + 1])
        if not valid[row] or end == begin:
            continue
        there[row] = True
        day, reason = _day(data, begin, end)
        if reason == 0 and end - begin > 10:
            moment, reason = _moment(data, begin, end, True)
            if reason != 0:
                reason = _NOT_A_DATE
            elif moment != day * _DAY_MICROSECONDS:
                reason = _HAS_TIME
        values[row] = day
        reasons[row] = reason
    return values, there, reasons


@native
def clean_text(
    offsets: NDArray[np.int32], data: NDArray[np.uint8], valid: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return by row what is about its blanks and case, as bits.

    1: empty; 2: blanks before or after; 4: has capitals; 8: has small letters; 16: a
    character beyond ASCII.
    """
    rows = len(valid)
    found = np.zeros(rows, np.uint8)
    for row in range(rows):
        begin, end = offsets[row], offsets[row + 1]
        if not valid[row]:
            continue
        if begin == end:
            found[row] = 1
            continue
        bits = 0
        first, last = data[begin], data[end - 1]
        if first == 32 or 9 <= first <= 13 or last == 32 or 9 <= last <= 13:
            bits = 2
        for at in range(begin, end):
            byte = data[at]
            if 65 <= byte <= 90:
                bits |= 4
            elif 97 <= byte <= 122:
                bits |= 8
            elif byte >= 128:
                bits |= 16
        found[row] = bits
    return found
