"""A Stripe export: what each object becomes, read by hand from the fixture."""

import csv
import shutil
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.stripe import convert

from .adapting import converted

EXPORT = Path(__file__).parent / "exports" / "stripe"
REGIONS = {"UCAN", "EMEA", "LATAM", "APAC"}


def fields(rows: list[dict[str, str]], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_every_object_becomes_what_the_page_says(tmp_path: Path) -> None:
    tables, notes = converted(convert, EXPORT, tmp_path / "raw")

    assert fields(
        tables["users"], "user_id", "country_code", "signed_up_at", "email"
    ) == [
        ("cus_Ada", "DE", "2025-01-15T00:00:00Z", "ada@example.com"),
        ("cus_Bo", "US", "2025-01-15T08:00:00Z", "bo@example.com"),
        ("cus_Cy", "FR", "2025-02-01T00:00:00Z", "cy@example.com"),
    ]
    assert fields(tables["plans"], "plan_code", "plan_name", "has_ads") == [
        ("price_year", "Standard yearly", ""),
        ("price_month", "Premium", ""),
        ("price_quarter", "Standard", ""),
    ]
    price = (
        *("plan_code", "valid_from_date", "price_amount", "currency_code"),
        *("billing_interval", "billing_interval_count", "monthly_price_usd"),
    )
    assert set(fields(tables["plan_prices"], *price)) == {
        ("price_year", "2024-12-01", "120.00", "EUR", "year", "1", ""),
        # Sold before the price was made: it holds from the first day that it is used.
        ("price_month", "2025-01-15", "19.99", "USD", "month", "1", ""),
        # Yen have no smaller unit.
        ("price_quarter", "2024-12-01", "3000", "JPY", "month", "3", ""),
    }
    assert {row["region_code"] for row in tables["plan_prices"]} == REGIONS
    assert len(tables["plan_prices"]) == 3 * len(REGIONS)
    subscription = (
        *("subscription_id", "user_id", "plan_code", "started_date"),
        *("trial_end_date", "cancel_requested_date", "ended_date", "end_reason"),
    )
    assert fields(tables["subscriptions"], *subscription) == [
        ("sub_1", "cus_Ada", "price_year", "2025-01-15", "", "", "", ""),
        (
            *("sub_2", "cus_Bo", "price_month", "2025-01-15", "2025-01-22"),
            *("2025-03-16", "2025-04-01", "voluntary"),
        ),
        # Nothing says why, and its last invoice could not be collected.
        (
            *("sub_3", "cus_Cy", "price_quarter", "2025-02-01", ""),
            *("2025-06-01", "2025-06-01", "involuntary"),
        ),
    ]
    payment = (
        *("payment_id", "billed_date", "amount", "currency_code", "status"),
        *("period_from_date", "period_until_date"),
        *("refunded_date", "refunded_amount"),
    )
    assert fields(tables["payments"], *payment) == [
        # 142.80 with 22.80 of tax; its line is for a year, proration left out.
        (
            *("in_1", "2025-01-15", "120.00", "EUR", "paid"),
            *("2025-01-15", "2026-01-15", "", ""),
        ),
        # The invoice's period is the trial that is over, and not what is paid for.
        (
            *("in_2", "2025-01-22", "19.99", "USD", "paid"),
            *("", "", "2025-02-01", "5.00"),
        ),
        # Two refunds give all of it back.
        (
            *("in_3", "2025-02-22", "19.99", "USD", "refunded"),
            *("2025-02-22", "2025-03-22", "2025-03-16", ""),
        ),
        ("in_4", "2025-02-01", "3000", "JPY", "paid", "", "", "", ""),
        ("in_5", "2025-05-01", "3000", "JPY", "failed", "", "", "", ""),
    ]
    assert fields(
        tables["exchange_rates"], "currency_code", "rate_date", "usd_per_unit"
    ) == [
        ("EUR", "2024-12-01", "1.10"),
        ("EUR", "2025-02-01", "1.08"),
        ("JPY", "2024-12-01", "0.0064"),
    ]
    assert {row["loaded_at"] for row in tables["subscriptions"]} == {
        "2025-06-01T00:00:00Z"
    }
    assert notes[1:] == [
        "1 invoices of no subscription were left out",
        "1 invoices that are not settled were left out",
        "1 subscriptions that never began were left out",
    ]


def refunded(folder: Path, invoices: int) -> Path:
    """Write an export in which each invoice has a charge that was given back."""
    shutil.copytree(EXPORT, folder)
    numbers = range(invoices)
    for name, header, line in (
        (
            *("invoices", "id,subscription,status,currency,total,created"),
            "in_{0},sub_1,paid,usd,{0}9,1740000000",
        ),
        ("charges", "id,invoice", "ch_{0},in_{0}"),
        ("refunds", "charge,amount,status,created", "ch_{0},5,succeeded,1740100000"),
    ):
        lines = [header, *(line.format(number) for number in numbers)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_each_invoice_has_the_refunds_of_its_charges(tmp_path: Path) -> None:
    tables, _ = converted(convert, refunded(tmp_path / "export", 20), tmp_path / "raw")
    assert [row["refunded_amount"] for row in tables["payments"]] == ["0.05"] * 20


def rewritten(folder: Path, name: str, new: str, **headers: str) -> None:
    """Copy a fixture under another name, with other headers."""
    text = (EXPORT / f"{name}.csv").read_text(encoding="utf-8")
    first, rest = text.split("\n", 1)
    columns = [headers.get(column, column) for column in first.split(",")]
    (folder / f"{new}.csv").write_text(",".join(columns) + "\n" + rest)


def test_the_names_of_fivetran_say_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "fivetran"
    folder.mkdir()
    rewritten(folder, "customers", "customer")
    rewritten(folder, "products", "product")
    rewritten(folder, "prices", "price", unit_amount="Unit Amount")
    rewritten(folder, "subscription_items", "subscription_item", price_id="plan_id")
    rewritten(
        folder,
        "subscriptions",
        "subscription_history",
        customer="customer_id",
        **{"cancellation_details.reason": "cancellation_details_reason"},
    )
    rewritten(
        folder,
        "invoices",
        "invoice",
        subscription="subscription_id",
        charge="charge_id",
    )
    rewritten(folder, "invoice_line_items", "invoice_line_item")
    rewritten(folder, "refunds", "refund")
    shutil.copy(EXPORT / "exchange_rates.csv", folder)

    assert converted(convert, folder, tmp_path / "a") == converted(
        convert, EXPORT, tmp_path / "b"
    )


def test_of_a_history_the_newest_state_counts_and_prices_may_be_inline(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "customer.csv").write_text(
        "id,created,address_country\ncus_1,1736899200,DE\n"
    )
    (folder / "subscription_history.csv").write_text(
        "id,customer_id,status,start_date,canceled_at,_fivetran_start,"
        "plan.id,plan.amount,plan.currency,plan.interval,plan.interval_count\n"
        "sub_1,cus_1,active,1736899200,1740000000,2025-02-19T22:00:00Z,"
        "weekly,299,usd,week,1\n"
        "sub_1,cus_1,active,1736899200,,2025-01-15T00:00:00Z,weekly,299,usd,week,1\n"
    )

    tables, _ = converted(convert, folder, tmp_path / "raw")

    assert fields(
        tables["subscriptions"], "plan_code", "cancel_requested_date", "ended_date"
    ) == [("weekly", "2025-02-19", "")]
    assert set(fields(tables["plan_prices"], "price_amount", "billing_interval")) == {
        ("2.99", "week")
    }


@pytest.mark.parametrize(
    ("file", "column", "value", "message"),
    [
        ("customers", "created", "yesterday", "'yesterday' is no moment"),
        ("prices", "unit_amount", "19.99", "no whole number; amounts are in cents"),
        ("invoices", "total", "many", "'many' is no number"),
        ("subscriptions", "customer", "", "there is no customer_id or customer"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(
    tmp_path: Path, file: str, column: str, value: str, message: str
) -> None:
    folder = tmp_path / "export"
    shutil.copytree(EXPORT, folder)
    path = folder / f"{file}.csv"
    with path.open(encoding="utf-8", newline="") as read:
        rows = list(csv.DictReader(read))
    rows[0][column] = value
    with path.open("w", encoding="utf-8", newline="") as written:
        lines = csv.DictWriter(written, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)

    with pytest.raises(UserError, match=rf"{file}.csv, line 2: .*{message}"):
        converted(convert, folder, tmp_path / "raw")


def test_another_folder_is_told_from_an_export(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a Stripe export: expected customers"):
        converted(convert, tmp_path, tmp_path / "raw")
