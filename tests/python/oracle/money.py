"""What was paid, for which days, and what of it is earned by when."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .calendar import add_months, month_start, months
from .membership import country_of, plan_on, prices, rate_on, spells, subscriptions
from .numbers import rounded
from .raw import Raw, Row, once

ZERO = Decimal(0)


@dataclass(frozen=True)
class Payment:
    """A bill that was paid by today, in dollars at the rate of its day."""

    user_id: str
    billed: date
    amount: Decimal
    first: date
    until: date
    refunded: Decimal
    refund_day: date | None

    def earned_by(self, day: date) -> Decimal:
        """Return what is earned by the end of a day, to the cent."""
        if self.refund_day is None:
            return evenly(self.amount, self.first, self.until, day)
        split = min(max(self.refund_day, self.first), self.until)
        earned = evenly(self.amount, self.first, self.until, split - timedelta(1))
        rest = self.amount - self.refunded - earned
        found = evenly(earned, self.first, split, day)
        if rest > 0:
            return found + evenly(rest, split, self.until, day)
        return found + (rest if day >= self.refund_day else ZERO)


def evenly(amount: Decimal, first: date, until: date, day: date) -> Decimal:
    """Return the part of an amount that falls on the days to the end of a day."""
    if first >= until:
        return ZERO
    passed = min(max((day - first).days + 1, 0), (until - first).days)
    return rounded(Fraction(amount) * passed / (until - first).days, 2)


def end_of_period(raw: Raw, row: Row) -> date:
    """Return the first day after one billing period from the day of the bill."""
    billed = row["billed_date"]
    (spell,) = [
        spell
        for spell in spells(raw)
        if any(
            own["subscription_id"] == row["subscription_id"]
            for own in spell.subscriptions
        )
    ]
    interval, count = "month", 1
    if spell.started <= billed:
        region = country_of(raw)[spell.user_id]["region_code"]
        plan = plan_on(raw, spell, billed)
        known = [p for p in prices(raw)[plan, region] if p.begin <= billed]
        if known:
            interval, count = known[-1].interval, known[-1].count
    if interval in ("month", "year"):
        return add_months(billed, count * (12 if interval == "year" else 1))
    return billed + timedelta(days=count * (7 if interval == "week" else 1))


@once
def payments(raw: Raw) -> list[Payment]:
    """Return the bills that were paid, with what was given back of them by today."""
    owner = {row["subscription_id"]: row["user_id"] for row in subscriptions(raw)}
    found = []
    for row in raw.until_today("payments", "billed_date"):
        if row["status"] == "failed":
            continue
        billed = row["billed_date"]
        rate = rate_on(raw, row.get("currency_code") or "USD", billed)
        amount = row["amount_usd"]
        if amount is None:
            amount = rounded(Fraction(row["amount"]) * rate, 2)
        refund_day = row.get("refunded_date")
        part = row.get("refunded_amount")
        refunded = amount if part is None else rounded(Fraction(part) * rate, 2)
        if row["status"] != "refunded" and refund_day is None and part is None:
            refunded = ZERO
        else:
            refund_day = refund_day or billed
            if refund_day > raw.as_of:
                refunded, refund_day = ZERO, None
        found.append(
            Payment(
                owner[row["subscription_id"]],
                billed,
                amount,
                row.get("period_from_date") or billed,
                row.get("period_until_date") or end_of_period(raw, row),
                refunded,
                refund_day,
            )
        )
    return found


@once
def earned_by_user_month(raw: Raw) -> list[tuple[str, date, Decimal]]:
    """Return account, month and what the account's payments earned in it."""
    found = []
    for payment in payments(raw):
        before = ZERO
        for month in months(raw):
            earned = payment.earned_by(month.closing)
            if earned != before:
                found.append((payment.user_id, month.start, earned - before))
            before = earned
    return found


@once
def money_by_region_month(raw: Raw) -> dict[tuple[str, date], dict[str, Decimal]]:
    """Return revenue, cash and refunds by region and month."""
    found: dict[tuple[str, date], dict[str, Decimal]] = {}

    def add(user: str, month: date, name: str, amount: Decimal) -> None:
        region = country_of(raw)[user]["region_code"]
        sums = found.setdefault((region, month), {})
        sums[name] = sums.get(name, ZERO) + amount

    for user, month, earned in earned_by_user_month(raw):
        add(user, month, "revenue_usd", earned)
    for payment in payments(raw):
        add(
            payment.user_id,
            month_start(payment.billed),
            "cash_received_usd",
            payment.amount,
        )
        if payment.refund_day is not None:
            add(
                payment.user_id,
                month_start(payment.refund_day),
                "refunded_usd",
                payment.refunded,
            )
    return found
