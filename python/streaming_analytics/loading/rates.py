"""Exchange rates that are known, for the rows whose amounts are in other currencies."""

from collections.abc import Iterable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.cells import Flags, Text, Values
from streaming_analytics.loading.keys import hash_text, text_of
from streaming_analytics.loading.parts import RAW, Session, present_columns
from streaming_analytics.raw_contract import EXCHANGE_RATES, RawTable
from streaming_analytics.warehouse.statements import trusted

DOLLARS = "USD"


class Rates:
    """Since when there are rates of each currency; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._since: dict[int, int] = {}

    def learn(
        self, currency: Text, days: Values, rows: NDArray[np.int64] | slice
    ) -> None:
        """Keep that some rows have a rate of the currency on the day (since 1970)."""
        hashes, dates = hash_text(currency)[rows], days.numbers[rows]
        with self._lock:
            for key in np.unique(hashes):
                first = int(dates[hashes == key].min())
                self._since[int(key)] = min(first, self._since.get(int(key), first))

    def lacking(self, currency: Text, days: Values) -> Flags:
        """Return which rows have a currency without a rate on the day or before."""
        wrong = is_foreign(currency)
        if not wrong.any():
            return wrong
        hashes = hash_text(currency)
        for key in np.unique(hashes[wrong]):
            since = self._since.get(int(key))
            if since is not None:
                # A day that is missing is wrong for a reason of its own.
                wrong &= (hashes != key) | (days.valid & (days.numbers < since))
        return wrong


def is_foreign(currency: Text) -> Flags:
    """Return which rows name another currency than dollars."""
    return currency.valid & (hash_text(currency) != hash_text(text_of([DOLLARS]))[0])


def known_rates(
    session: Session | None, tables: Iterable[RawTable], *, append: bool
) -> Rates:
    """Return the rates of schema raw where rows are appended to it, else none."""
    rates = Rates()
    for table in tables:
        if table.name != EXCHANGE_RATES or not append or session is None:
            continue
        if not present_columns(session, table):
            continue
        rows = session.execute(
            trusted(
                f"""
                select currency_code, min(rate_date) - date '1970-01-01'
                from {RAW}.{EXCHANGE_RATES}
                group by 1
                """
            )
        ).fetchall()
        if rows:
            days = np.array([day for _, day in rows], np.int64)
            rates.learn(
                text_of([code for code, _ in rows]),
                Values(days, np.ones(len(rows), np.bool_)),
                slice(None),
            )
    return rates
