"""Prices and payments in other currencies and periods, and their exchange rates."""

import io
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.jobs.load import load_files
from streaming_analytics.loading.parts import require_columns
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

PLANS = "plan_code,plan_name,has_ads\nannual,Annual,false\n"
USERS = """\
user_id,country_code,channel_code,signed_up_at
ana,DE,organic,2025-01-01T10:00:00Z
"""
SUBSCRIPTIONS = """\
subscription_id,user_id,plan_code,started_date
s1,ana,annual,2025-01-15
"""
RATES = """\
currency_code,rate_date,usd_per_unit
eur,2025-01-15,1.10
EUR,2025-02-01,1.08
GBP,2025-02-09,1.25
"""
PRICE_COLUMNS = """\
plan_code,region_code,valid_from_date,\
monthly_price_usd,price_amount,currency_code,billing_interval,billing_interval_count
"""
# By day of February 2025: the price, and what is wrong with it.
PRICES = {
    1: ("9.99,,,,", None),
    2: (",120,,year,", None),
    3: (",120,EUR,month,3", None),
    4: (",120,usd,,", None),
    5: (",120,CHF,,", ("currency_code", "no_rate")),
    # The first rate comes the day after.
    8: (",120,GBP,,", ("currency_code", "no_rate")),
    9: (",120,GBP,,", None),
    10: ("10,120,,,", ("monthly_price_usd", "both")),
    11: (",,EUR,,", ("monthly_price_usd", "neither")),
    12: ("10,,EUR,,", ("currency_code", "in_dollars")),
    13: (",10,,quarter,", ("billing_interval", "not_allowed")),
    14: (",10,,,0", ("billing_interval_count", "too_small")),
}
BILL_COLUMNS = """\
payment_id,subscription_id,billed_date,status,\
amount_usd,amount,currency_code,period_from_date,period_until_date,refunded_date
"""
BILLS = {
    "dollars": ("9.99,,,,,", None),
    "euros_for_a_year": (",120,EUR,2025-01-15,2026-01-15,", None),
    "no_rate": (",120,CHF,,,", ("currency_code", "no_rate")),
    "both": ("120,120,,,,", ("amount_usd", "both")),
    "neither": (",,,,,", ("amount_usd", "neither")),
    "no_end": ("120,,,2025-01-15,,", ("period_until_date", "apart")),
    "no_days": (
        "120,,,2025-01-15,2025-01-15,",
        ("period_until_date", "not_after"),
    ),
    "refunded_before": ("120,,,,,2025-01-14", ("refunded_date", "too_early")),
}


def load(
    database: Connection, folder: Path, *, append: bool = False, **texts: str
) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    with work_lock(database, "load") as lock:
        progress = Progress(io.StringIO())
        load_files(lock, own_checkout(), folder, progress, append=append)


def set_aside(database: Connection, table: str, key: str) -> dict[str, tuple[str, str]]:
    query = f"select row->>'{key}', column_name, reason from raw_quarantine.{table}"
    with database.connect() as session:
        return {
            name: (column, reason)
            for name, column, reason in session.execute(trusted(query))
        }


def test_amounts_are_in_one_of_two_columns_and_currencies_have_rates(
    database: Connection, tmp_path: Path
) -> None:
    load(
        database,
        tmp_path,
        plans=PLANS,
        users=USERS,
        subscriptions=SUBSCRIPTIONS,
        exchange_rates=RATES,
        plan_prices=PRICE_COLUMNS
        + "".join(
            f"annual,EMEA,2025-02-{day:02},{row}\n" for day, (row, _) in PRICES.items()
        ),
        payments=BILL_COLUMNS
        + "".join(
            f"{key},s1,2025-01-15,paid,{row}\n" for key, (row, _) in BILLS.items()
        ),
    )

    assert set_aside(database, "plan_prices", "valid_from_date") == {
        f"2025-02-{day:02}": wrong for day, (_, wrong) in PRICES.items() if wrong
    }
    assert set_aside(database, "payments", "payment_id") == {
        key: wrong for key, (_, wrong) in BILLS.items() if wrong
    }


def test_what_an_older_version_loaded_is_told_before_it_is_built(
    database: Connection, tmp_path: Path
) -> None:
    load(database, tmp_path, plans=PLANS)
    tables = read_raw_contract(own_checkout().raw_contract)
    with database.connect() as session:
        require_columns(session, tables)
        session.execute("alter table raw.plan_prices drop column currency_code")

        with pytest.raises(UserError, match=r"plan_prices .* load your files again"):
            require_columns(session, tables)


def test_rates_that_were_loaded_before_count_for_what_is_appended(
    database: Connection, tmp_path: Path
) -> None:
    load(database, tmp_path / "rates", plans=PLANS, exchange_rates=RATES)
    later = PRICE_COLUMNS + "".join(
        f"annual,EMEA,2025-02-{day:02},{PRICES[day][0]}\n" for day in (3, 5, 8, 9)
    )

    load(database, tmp_path / "prices", append=True, plan_prices=later)

    assert set_aside(database, "plan_prices", "valid_from_date") == {
        "2025-02-05": PRICES[5][1],
        "2025-02-08": PRICES[8][1],
    }
