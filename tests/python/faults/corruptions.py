"""Rows with one wrong value each, drawn over all columns of all raw tables."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from streaming_analytics.generator.faults.known import table_files

from .platform import HERE, START, Row, rows_of_file, write_rows
from .plausible import CODES

#: What people, programs and spreadsheets write by mistake.
STRANGE = (
    *("", " ", "NULL", "null", "None", "NaN", "inf", "-inf", "1e309", "0", "-1", "1.5"),
    *("007", "+5", "1,5", "1 000", "99999999999", "0.001", "many", "true", "yes", "NA"),
    *("2024-02-30", "01/02/2024", "2024-13-01", "1970-01-01", "9999-12-31", "now"),
    *("1970-01-01T00:00:00Z", "2024-04-01T12:00:00", "2024-04-01T25:00:00Z"),
    *("2031-01-01T00:00:00Z", "2024-04-01T12:00:00+02:00", "infinity", "20240401"),
    *("=1+1", "\u202e123", "e\u0301", "\U0001f3ac", "\u0001", "\ufeff", "x" * 5_000),
)
#: What other tables refer to: one of these values may concern a third of all rows.
REFERRED = {
    ("users", "user_id"),
    ("content", "content_id"),
    ("episodes", "episode_id"),
    ("genres", "genre_code"),
    ("plans", "plan_code"),
    ("subscriptions", "subscription_id"),
    *((table, column) for table in CODES for column in CODES[table]["types"]),
}
#: Every second price of a plan, and every third bill, is in one of these.
FOREIGN = {"EUR": "1.0813", "GBP": "1.2650"}


@dataclass(frozen=True)
class Corruption:
    """A row of a file of which one value became another.

    `line` is the line of the delivered file on which the row ends.
    """

    table: str
    file: str
    line: int
    column: str
    before: Row
    value: str

    @property
    def after(self) -> Row:
        """The row as it is delivered."""
        return self.before | {self.column: self.value}


def use_every_column(folder: Path, days: int) -> None:
    """Bring tables of codes, other currencies and periods, which no platform has.

    A column without a value cannot be corrupted as it would be where it has them.
    """
    for table in CODES:
        shutil.copy(HERE.reference_seeds / f"{table}.csv", folder)
    first = date(1970, 1, 1) + timedelta(days=START)
    write_rows(
        folder / "exchange_rates.csv",
        [
            {
                "currency_code": currency,
                "rate_date": f"{day}",
                "usd_per_unit": rate,
                "loaded_at": f"{day + timedelta(days=1)}T03:00:00Z",
            }
            for currency, rate in FOREIGN.items()
            for day in (first + timedelta(days=age) for age in range(-1, days))
        ],
    )
    currencies = list(FOREIGN)
    prices = rows_of_file(folder / "plan_prices.csv")
    for number, price in enumerate(prices[::2]):
        price |= {
            "monthly_price_usd": "",
            "price_amount": price["monthly_price_usd"],
            "currency_code": currencies[number % 2],
            "billing_interval": "month",
            "billing_interval_count": "1",
        }
    write_rows(folder / "plan_prices.csv", prices)
    payments = rows_of_file(folder / "payments.csv")
    for number, bill in enumerate(payments):
        if number % 3 and bill["status"] != "refunded":
            continue
        billed = date.fromisoformat(bill["billed_date"])
        bill |= {
            "amount_usd": "",
            "amount": bill["amount_usd"],
            "currency_code": currencies[number % 2],
            "period_from_date": f"{billed}",
            "period_until_date": f"{billed + timedelta(days=30)}",
            "status": "refunded" if number % 9 == 0 else bill["status"],
        }
        if bill["status"] == "refunded":
            bill |= {"refunded_date": f"{billed}", "refunded_amount": bill["amount"]}
    write_rows(folder / "payments.csv", payments)


def another(draw: Random, value: str, others: list[str]) -> str:
    """Return what may stand where a value should."""
    at = draw.randrange(len(value) + 1)
    digit = draw.choice("0123456789")
    return draw.choice(
        [
            draw.choice(STRANGE),
            draw.choice(STRANGE),
            draw.choice(others),
            value[:at] + value[at + 1 :],
            value[:at] + digit + value[at:],
            value[:at] + draw.choice(" -.:ZT+\t\u00e9\u0661") + value[at:],
            value[:at] + digit + value[at + 1 :],
            value.swapcase(),
            f" {value} ",
            value + value,
            value + "000",
            "-" + value,
            value[::-1],
        ]
    )


def corrupted(
    folder: Path, tables: list[str], draw: Random, count: int
) -> list[Corruption]:
    """Corrupt so many rows of a folder's files in place, each in one column.

    Columns take turns by chance alike, whatever the number of their table's rows. Keys
    that others refer to are left out: see `REFERRED`.
    """
    files = {
        path: rows_of_file(path)
        for table in tables
        for path in table_files(folder, table)
    }
    places = [
        (path, column)
        for path, rows in files.items()
        for column in (rows[0] if rows else ())
        if (path.stem, column) not in REFERRED
    ]
    chosen: dict[tuple[Path, int], tuple[str, str]] = {}
    while len(chosen) < count:
        path, column = draw.choice(places)
        row = draw.randrange(len(files[path]))
        others = [draw.choice(files[path])[column] for _ in range(2)]
        old = files[path][row][column]
        value = another(draw, old, others)
        if value != old and (path, row) not in chosen:
            chosen[path, row] = (column, value)
    found = []
    for path, rows in files.items():
        own = {row: what for (of, row), what in chosen.items() if of == path}
        for row, (column, value) in own.items():
            table = path.stem.rstrip("_0123456789")
            # No value has a line break, so a row is a line.
            found.append(
                Corruption(table, path.name, row + 2, column, rows[row], value)
            )
            rows[row] = rows[row] | {column: value}
        if own:
            write_rows(path, rows)
    return found
