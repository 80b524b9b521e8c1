"""Objects of a Stripe export: the names of its API and of the Fivetran schema alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.tables import find_table, read_table

# Amounts are in the smallest unit, which most currencies have a hundred of.
_NO_DECIMALS = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
}
_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}


@dataclass(frozen=True)
class Row:
    """A row of an export, by column name in small letters with `_` between words."""

    place: str
    fields: dict[str, str]

    def text(self, *names: str) -> str:
        """Return the first of these columns that has a value, else nothing."""
        return next((self.fields[n] for n in names if self.fields.get(n)), "")

    def key(self, *names: str) -> str:
        """Return a column's value.

        Raises:
            UserError: None of the columns has one.
        """
        found = self.text(*names)
        if not found:
            raise UserError(f"{self.place}: there is no {' or '.join(names)}")
        return found

    def moment(self, *names: str) -> datetime | None:
        """Return a moment in seconds since 1970, or as text in UTC.

        Raises:
            UserError: It is neither.
        """
        text = self.text(*names)
        if not text:
            return None
        try:
            if re.fullmatch(r"\d+(\.0+)?", text):
                return datetime.fromtimestamp(int(text.split(".")[0]), UTC)
            moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        except (ValueError, OverflowError) as error:
            raise UserError(f"{self.place}: {text!r} is no moment") from error
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)

    def day(self, *names: str) -> date | None:
        """Return the day (UTC) of a moment."""
        moment = self.moment(*names)
        return moment.date() if moment else None

    def number(self, *names: str) -> int | None:
        """Return a whole number.

        Raises:
            UserError: It is none.
        """
        text = self.text(*names)
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise UserError(f"{self.place}: {text!r} is no number") from error
        if number != number.to_integral_value():
            raise UserError(
                f"{self.place}: {text!r} is no whole number; amounts are in cents"
            )
        return int(number)

    def is_true(self, *names: str) -> bool:
        """Tell whether a column says so."""
        return self.text(*names).lower() in ("true", "t", "1", "yes")


def read_objects(directory: Path, *names: str) -> Iterator[Row]:
    """Yield the rows of the file of one of these names; none where there is no file.

    Headers may be written as `Plan Interval`, `plan.interval` or `plan_interval`.
    """
    path = find_table(directory, *(f"{name}.csv" for name in names))
    if path is None:
        return
    for place, fields in read_table(path, ()):
        yield Row(place, {_column(name): value for name, value in fields.items()})


def money(amount: int, currency: str) -> Decimal:
    """Return an amount in whole units of its currency.

    >>> money(1999, "EUR"), money(1999, "JPY")
    (Decimal('19.99'), Decimal('1999'))
    """
    decimals = 0 if currency in _NO_DECIMALS else 2
    if currency in _THREE_DECIMALS:
        decimals = 3
    return Decimal(amount).scaleb(-decimals)


def _column(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
