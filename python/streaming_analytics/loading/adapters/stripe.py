"""A Stripe export as raw files: customers, prices, subscriptions and invoices.

docs/adapters.md says what becomes of each column.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.adapters.stripe_objects import (
    Row,
    money,
    read_objects,
)

# Never began: the first payment failed.
_NEVER = {"incomplete", "incomplete_expired"}
_STATUSES = {"paid": "paid", "uncollectible": "failed"}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Price:
    amount: int
    currency: str
    interval: str
    count: int
    name: str
    created: date | None


@dataclass
class _Export:
    """What the files say.

    Attributes:
        prices: By key.
        items: Prices of each subscription, in the order of the file.
        refunds: Amounts and days by the key of the charge.
        charges: Charges by the key of the invoice.
        lines: Days that an invoice pays for, by its key.
        last: When the export was made, at the earliest.
        first_use: First day on each price.
        failed: Subscriptions whose last invoice failed.
        left_out: What was left out, and how often.
    """

    prices: dict[str, _Price] = field(default_factory=dict)
    items: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refunds: dict[str, list[tuple[int, date]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    charges: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: dict[str, tuple[date, date]] = field(default_factory=dict)
    last: datetime = _LONG_AGO
    first_use: dict[str, date] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)


def convert(directory: Path, raw: RawFiles) -> list[str]:
    """Write customers, plans with their prices, subscriptions and bills.

    Raises:
        UserError: The folder is no Stripe export, or a line cannot be read.
    """
    customers = list(read_objects(directory, "customer", "customers"))
    subscriptions = list(
        read_objects(directory, "subscription", "subscriptions", "subscription_history")
    )
    invoices = list(read_objects(directory, "invoice", "invoices"))
    if not customers or not subscriptions:
        raise UserError(
            f"{directory} is not a Stripe export: expected customers.csv and "
            "subscriptions.csv with rows, named as Stripe or Fivetran name them"
        )
    export = _Export(last=_latest([*customers, *subscriptions, *invoices]))
    _read_prices(directory, export)
    _read_money_back(directory, export)
    for invoice in invoices:
        _note_failure(invoice, export)
    _write_customers(customers, export, raw)
    kept = set(_write_subscriptions(_newest(subscriptions), export, raw))
    _write_prices(export, raw)
    _write_invoices(invoices, kept, export, raw)
    _write_rates(directory, export, raw)
    notes = [
        "Stripe knows no channels, so all accounts are organic; a price holds in every "
        "region"
    ]
    return notes + [f"{n:,} {what}" for what, n in sorted(export.left_out.items())]


def _latest(rows: list[Row]) -> datetime:
    """Return the last moment that the export knows of, in none of its futures."""
    names = ("fivetran_synced", "created", "canceled_at", "ended_at", "start_date")
    found = [row.moment(name) for row in rows for name in names]
    return max((moment for moment in found if moment), default=_LONG_AGO)


def _newest(rows: list[Row]) -> Iterator[Row]:
    """Yield the newest state of each subscription; a history has several."""
    by_key: dict[str, Row] = {}
    for row in rows:
        key = row.key("id")
        before = by_key.get(key)
        since = ("fivetran_start", "fivetran_synced")
        if before is None or (row.moment(*since) or _LONG_AGO) >= (
            before.moment(*since) or _LONG_AGO
        ):
            by_key[key] = row
    yield from by_key.values()


def _read_prices(directory: Path, export: _Export) -> None:
    products = {
        row.key("id"): row.text("name")
        for row in read_objects(directory, "product", "products")
    }
    for row in (
        *read_objects(directory, "plan", "plans"),
        *read_objects(directory, "price", "prices"),
    ):
        name = row.text("nickname") or products.get(
            row.text("product_id", "product"), ""
        )
        _add_price(row, row.key("id"), "", name, export)
    for row in read_objects(directory, "subscription_item", "subscription_items"):
        key = row.key("price_id", "plan_id", "price", "plan")
        export.items[row.key("subscription_id", "subscription")].append(key)
        if (row.number("quantity") or 1) != 1:
            export.left_out["quantities that are not 1 were not multiplied"] += 1


def _add_price(row: Row, key: str, prefix: str, name: str, export: _Export) -> None:
    amount = row.number(f"{prefix}unit_amount", f"{prefix}amount")
    interval = row.text(f"{prefix}recurring_interval", f"{prefix}interval").lower()
    if amount is None or not interval:
        return
    export.prices.setdefault(
        key,
        _Price(
            amount,
            row.key(f"{prefix}currency", "currency").upper(),
            interval,
            row.number(f"{prefix}recurring_interval_count", f"{prefix}interval_count")
            or 1,
            name,
            None if prefix else row.day("created"),
        ),
    )


def _read_money_back(directory: Path, export: _Export) -> None:
    invoices = {
        row.key("id"): invoice
        for row in read_objects(directory, "charge", "charges")
        if (invoice := row.text("invoice_id", "invoice"))
    }
    for charge, invoice in invoices.items():
        export.charges[invoice].add(charge)
    for row in read_objects(directory, "refund", "refunds"):
        amount, day = row.number("amount"), row.day("created")
        if amount and day and row.text("status").lower() in ("", "succeeded"):
            export.refunds[row.key("charge_id", "charge")].append((amount, day))
    for row in read_objects(
        directory, "invoice_line_item", "invoice_line_items", "invoice_items"
    ):
        begin = row.day("period_start")
        end = row.day("period_end")
        if begin is None or end is None or begin >= end or row.is_true("proration"):
            continue
        key = row.key("invoice_id", "invoice")
        known = export.lines.get(key, (begin, end))
        export.lines[key] = min(known[0], begin), max(known[1], end)


def _note_failure(invoice: Row, export: _Export) -> None:
    subscription = invoice.text("subscription_id", "subscription")
    if invoice.text("status").lower() == "uncollectible" and subscription:
        export.failed.add(subscription)


def _write_customers(customers: list[Row], export: _Export, raw: RawFiles) -> None:
    for row in customers:
        raw.write(
            "users",
            user_id=row.key("id"),
            full_name=row.text("name") or None,
            email=row.text("email") or None,
            country_code=row.text(
                "address_country", "shipping_address_country", "country"
            ),
            channel_code="organic",
            signed_up_at=row.moment("created"),
            loaded_at=export.last,
        )


def _write_subscriptions(
    rows: Iterator[Row], export: _Export, raw: RawFiles
) -> Iterator[str]:
    """Write subscriptions; yield the keys of those that began."""
    for row in rows:
        key, status = row.key("id"), row.text("status").lower()
        if status in _NEVER:
            export.left_out["subscriptions that never began were left out"] += 1
            continue
        began = row.day("start_date", "start", "created")
        trial_end, ended = row.day("trial_end"), row.day("ended_at")
        plan = _price_of(row, key, export)
        if began and plan:
            first = export.first_use.get(plan, began)
            export.first_use[plan] = min(began, first)
        raw.write(
            "subscriptions",
            subscription_id=key,
            user_id=row.key("customer_id", "customer"),
            plan_code=plan,
            started_date=began,
            trial_end_date=trial_end if trial_end and trial_end != began else None,
            cancel_requested_date=row.day("canceled_at"),
            ended_date=ended,
            end_reason=_end_reason(row, key, export) if ended else None,
            loaded_at=export.last,
        )
        yield key


def _price_of(row: Row, key: str, export: _Export) -> str | None:
    """Return the dearest price of a subscription; it is in its items or in its row."""
    for prefix in ("price_", "plan_", "items_data_0_price_"):
        if named := row.text(f"{prefix}id"):
            _add_price(row, named, prefix, row.text(f"{prefix}nickname"), export)
            export.items[key].append(named)
    items = list(dict.fromkeys(export.items[key]))
    if len(items) > 1:
        export.left_out["further items of subscriptions were left out"] += 1
    known = [item for item in items if item in export.prices]
    if known:
        return max(known, key=lambda item: export.prices[item].amount)
    return items[0] if items else None


def _end_reason(row: Row, key: str, export: _Export) -> str:
    reason = row.text("cancellation_details_reason").lower()
    if reason:
        return "involuntary" if reason == "payment_failed" else "voluntary"
    return "involuntary" if key in export.failed else "voluntary"


def _write_prices(export: _Export, raw: RawFiles) -> None:
    for key, price in export.prices.items():
        each = f"{price.count} {price.interval}s" if price.count > 1 else price.interval
        raw.write(
            "plans",
            plan_code=key,
            plan_name=price.name or f"{key} ({each})",
            loaded_at=export.last,
        )
        days = [price.created, export.first_use.get(key)]
        for region in raw.codes("regions"):
            raw.write(
                "plan_prices",
                plan_code=key,
                region_code=region,
                # A subscription may be older than the price that it was moved to.
                valid_from_date=min(
                    (day for day in days if day), default=export.last.date()
                ),
                price_amount=money(price.amount, price.currency),
                currency_code=price.currency,
                billing_interval=price.interval,
                billing_interval_count=price.count,
                loaded_at=export.last,
            )


def _write_invoices(
    invoices: list[Row], kept: set[str], export: _Export, raw: RawFiles
) -> None:
    for row in invoices:
        subscription = row.text("subscription_id", "subscription")
        status = _STATUSES.get(row.text("status").lower())
        if subscription not in kept:
            export.left_out["invoices of no subscription were left out"] += 1
            continue
        if status is None:
            export.left_out["invoices that are not settled were left out"] += 1
            continue
        key, currency = row.key("id"), row.key("currency").upper()
        total = _without_tax(row)
        back = _refunds(row, key, export)
        given_back = sum(amount for amount, _ in back)
        begin, end = _period(row, key, export)
        is_refunded = bool(back) and given_back >= (row.number("total") or total)
        raw.write(
            "payments",
            payment_id=key,
            subscription_id=subscription,
            billed_date=row.day("created", "date"),
            amount=money(total, currency),
            currency_code=currency,
            status="refunded" if is_refunded else status,
            period_from_date=begin,
            period_until_date=end,
            refunded_date=max((day for _, day in back), default=None),
            # All of it, and what is beyond is tax.
            refunded_amount=money(given_back, currency)
            if back and not is_refunded
            else None,
            loaded_at=export.last,
        )


def _without_tax(row: Row) -> int:
    net = row.number("total_excluding_tax")
    if net is not None:
        return net
    total = row.number("total", "amount_due", "amount_paid")
    if total is None:
        raise UserError(f"{row.place}: there is no total of the invoice")
    return total - (row.number("tax") or 0)


def _refunds(row: Row, key: str, export: _Export) -> list[tuple[int, date]]:
    charges = {row.text("charge_id", "charge")} | export.charges[key]
    return [back for charge in sorted(charges) for back in export.refunds[charge]]


def _period(
    row: Row, key: str, export: _Export
) -> tuple[date, date] | tuple[None, None]:
    """Return the days that an invoice pays for; NULL is one period from its day.

    The period of the invoice itself is that of the usage before it, unless it begins on
    the invoice's own day; that of its lines is what they are sold for.
    """
    if key in export.lines:
        return export.lines[key]
    begin, end = row.day("period_start"), row.day("period_end")
    if begin and end and begin < end and begin == row.day("created", "date"):
        return begin, end
    return None, None


def _write_rates(directory: Path, export: _Export, raw: RawFiles) -> None:
    """Pass rates on: Stripe has none, and other currencies need them."""
    for row in read_objects(directory, "exchange_rates"):
        raw.write(
            "exchange_rates",
            currency_code=row.key("currency_code"),
            rate_date=row.key("rate_date"),
            usd_per_unit=row.key("usd_per_unit"),
            loaded_at=export.last,
        )
