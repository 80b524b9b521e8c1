"""Who was a paid member when, on which plan and at what price."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from .calendar import Month, add_months, months
from .numbers import rounded
from .raw import Raw, Row, Table, once
from .variables import variable


@dataclass
class Spell:
    """A run of subscriptions of one account, as known at the end of today."""

    user_id: str
    number: int
    subscriptions: Table
    is_first_paid: bool = False
    is_resubscription: bool = False

    @property
    def started(self) -> date:
        """First day of access."""
        return self.subscriptions[0]["started_date"]

    @property
    def trial_end(self) -> date | None:
        """First paid day after the trial with which the spell began."""
        return self.subscriptions[0]["trial_end_date"]

    @property
    def paid_from(self) -> date:
        """First day as a paid member; a trial that ended unpaid was no membership."""
        begins = [
            row["trial_end_date"] or row["started_date"] for row in self.subscriptions
        ]
        paid = [
            begin
            for begin, row in zip(begins, self.subscriptions, strict=True)
            if row["ended_date"] is None or begin < row["ended_date"]
        ]
        return min(paid) if paid else max(begins)

    @property
    def ended(self) -> date | None:
        """First day without access."""
        return self.subscriptions[-1]["ended_date"]

    @property
    def cancel_requested(self) -> date | None:
        """Day the member asked to leave."""
        return self.subscriptions[-1]["cancel_requested_date"]

    def is_paid(self, today: date) -> bool:
        """Tell whether it was ever paid."""
        return self.paid_from <= today and (
            self.ended is None or self.paid_from < self.ended
        )

    def is_member(self, day: date) -> bool:
        """Tell whether the account is a paid member on that day."""
        return self.paid_from <= day and (self.ended is None or day < self.ended)


@once
def subscriptions(raw: Raw) -> Table:
    """Return the subscriptions as known today: what lies later has not happened."""
    today = raw.as_of
    known: Table = []
    for row in raw.until_today("subscriptions", "started_date"):
        ends_later = row["ended_date"] is not None and row["ended_date"] > today
        asks_later = (
            row["cancel_requested_date"] is not None
            and row["cancel_requested_date"] > today
        )
        known.append(
            row
            | ({"ended_date": None, "end_reason": None} if ends_later else {})
            | ({"cancel_requested_date": None} if asks_later else {})
        )
    return known


@once
def spells(raw: Raw) -> list[Spell]:
    """Return all spells, by account and number."""
    found: list[Spell] = []
    ordered = sorted(
        subscriptions(raw),
        key=lambda row: (row["user_id"], row["started_date"], row["subscription_id"]),
    )
    for user_id, own in groupby(ordered, key=lambda row: row["user_id"]):
        runs: list[Table] = []
        for row in own:
            before = runs[-1][-1]["ended_date"] if runs else None
            if runs and (
                before is None
                or row["started_date"] - before
                < timedelta(days=variable("churn_grace_days"))
            ):
                runs[-1].append(row)
            else:
                runs.append([row])
        cancelled: date | None = None
        has_paid = False
        for number, run in enumerate(runs, start=1):
            spell = Spell(user_id, number, run)
            if spell.is_paid(raw.as_of):
                spell.is_first_paid = not has_paid
                spell.is_resubscription = (
                    cancelled is not None
                    and spell.paid_from
                    < add_months(cancelled, variable("resubscriber_months"))
                )
                has_paid, cancelled = True, spell.ended
            found.append(spell)
    return found


@once
def paid_spells(raw: Raw) -> list[Spell]:
    """Return the spells that were ever paid."""
    return [spell for spell in spells(raw) if spell.is_paid(raw.as_of)]


@once
def spells_by_user(raw: Raw) -> dict[str, list[Spell]]:
    """Return each account's spells in order."""
    grouped: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells(raw):
        grouped[spell.user_id].append(spell)
    return grouped


@once
def changes_by_subscription(raw: Raw) -> dict[str, Table]:
    """Return each subscription's changes of plan in order."""
    grouped: dict[str, Table] = defaultdict(list)
    for row in raw.tables["plan_changes"]:
        grouped[row["subscription_id"]].append(row)
    for rows in grouped.values():
        rows.sort(key=lambda row: (row["changed_date"], row["sequence_number"]))
    return grouped


def plan_on(raw: Raw, spell: Spell, day: date) -> str:
    """Return the plan on a day of the spell."""
    subscription = [s for s in spell.subscriptions if s["started_date"] <= day][-1]
    plan = subscription["plan_code"]
    for change in changes_by_subscription(raw)[subscription["subscription_id"]]:
        if change["changed_date"] <= day:
            plan = change["plan_code"]
    return plan


@dataclass(frozen=True)
class Price:
    """A price of a plan in a region: a month of it, and the period that is billed."""

    begin: date
    currency: str
    #: Price of a month in its currency, exact.
    monthly: Fraction
    interval: str
    count: int

    def in_dollars(self, raw: Raw, day: date) -> Decimal:
        """Return the price of a month at the exchange rate of a day."""
        return rounded(self.monthly * rate_on(raw, self.currency, day), 2)


#: Billing periods in a year.
PER_YEAR = {
    "year": Fraction(1),
    "month": Fraction(12),
    "week": Fraction(52),
    "day": Fraction(36525, 100),
}


@once
def exchange_rates(raw: Raw) -> dict[str, list[tuple[date, Fraction]]]:
    """Return the rates of each currency in order."""
    grouped: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
    for row in raw.tables.get("exchange_rates", []):
        grouped[row["currency_code"]].append(
            (row["rate_date"], Fraction(row["usd_per_unit"]))
        )
    for steps in grouped.values():
        steps.sort()
    return grouped


def rate_on(raw: Raw, currency: str, day: date) -> Fraction:
    """Return what a unit of the currency was worth in dollars."""
    if currency == "USD":
        return Fraction(1)
    return [rate for begin, rate in exchange_rates(raw)[currency] if begin <= day][-1]


@once
def prices(raw: Raw) -> dict[tuple[str, str], list[Price]]:
    """Return the prices of each plan and region in order."""
    grouped: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for row in raw.tables["plan_prices"]:
        interval = row.get("billing_interval") or "month"
        count = row.get("billing_interval_count") or 1
        if row["monthly_price_usd"] is not None:
            currency, monthly = "USD", Fraction(row["monthly_price_usd"])
        else:
            currency = row["currency_code"] or "USD"
            monthly = Fraction(row["price_amount"]) * PER_YEAR[interval] / count / 12
        grouped[row["plan_code"], row["region_code"]].append(
            Price(row["valid_from_date"], currency, monthly, interval, count)
        )
    for steps in grouped.values():
        steps.sort(key=lambda price: price.begin)
    return grouped


def price_on(raw: Raw, plan: str, region: str, day: date) -> Price:
    """Return the plan's price on a day."""
    return [price for price in prices(raw)[plan, region] if price.begin <= day][-1]


@once
def country_of(raw: Raw) -> dict[str, Row]:
    """Return each account's country with its region and time zone."""
    countries = {row["country_code"]: row for row in raw.reference["countries"]}
    return {
        row["user_id"]: countries[row["country_code"]] for row in raw.tables["users"]
    }


@dataclass(frozen=True)
class Membership:
    """An account that is a paid member when a month closes."""

    spell: Spell
    region: str
    plan: str
    listed: Price
    #: Price of a month in dollars at the rate of the closing date.
    price: Decimal
    #: The same at the rate of the first day of the price.
    constant_rate_price: Decimal


@once
def members(raw: Raw) -> dict[date, dict[str, Membership]]:
    """Return the members by the month's first day and account."""
    found: dict[date, dict[str, Membership]] = {m.start: {} for m in months(raw)}
    for spell in paid_spells(raw):
        region = country_of(raw)[spell.user_id]["region_code"]
        for month in months(raw):
            if spell.is_member(month.closing):
                plan = plan_on(raw, spell, month.closing)
                listed = price_on(raw, plan, region, month.closing)
                found[month.start][spell.user_id] = Membership(
                    spell,
                    region,
                    plan,
                    listed,
                    listed.in_dollars(raw, month.closing),
                    listed.in_dollars(raw, listed.begin),
                )
    return found


def region_months(raw: Raw) -> Iterator[tuple[str, Month]]:
    """Yield every region and month, also where nothing happened."""
    for region in raw.reference["regions"]:
        for month in months(raw):
            yield region["region_code"], month
