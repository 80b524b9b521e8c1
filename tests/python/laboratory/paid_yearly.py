"""A platform that sells years: what is paid at once is earned day by day."""

from datetime import date, datetime, time
from decimal import Decimal

from .platforms import LOADED, Tables, catalogue, observed, together


def paid_for_a_year() -> Tables:
    """Return two accounts that pay 120 for a year, one in dollars and one in euros."""
    begin, end = date(2025, 1, 15), date(2026, 1, 15)
    found: Tables = observed(date(2025, 1, 1), date(2026, 1, 31))
    found |= {
        name: []
        for name in ("subscriptions", "payments", "plan_prices", "exchange_rates")
    }
    found["plans"] = [
        {
            "plan_code": "annual",
            "plan_name": "Annual",
            "plan_rank": 4,
            "has_ads": False,
            "max_streams": 2,
            "loaded_at": LOADED,
        }
    ]
    for user, country, region, currency in (
        ("ana", "US", "UCAN", None),
        ("eva", "DE", "EMEA", "EUR"),
    ):
        found["plan_prices"].append(
            {
                "plan_code": "annual",
                "region_code": region,
                "valid_from_date": begin,
                "monthly_price_usd": None,
                "price_amount": Decimal(120),
                "currency_code": currency,
                "billing_interval": "year",
                "loaded_at": LOADED,
            }
        )
        found["users"].append(
            found["users"][0]
            | {
                "user_id": user,
                "country_code": country,
                "signed_up_at": datetime.combine(begin, time()),
            }
        )
        found["subscriptions"].append(
            {
                "subscription_id": user,
                "user_id": user,
                "plan_code": "annual",
                "started_date": begin,
                "trial_end_date": None,
                "cancel_requested_date": None,
                "ended_date": end,
                "end_reason": "voluntary",
                "loaded_at": LOADED,
            }
        )
        found["payments"].append(
            {
                "payment_id": user,
                "subscription_id": user,
                "billed_date": begin,
                "amount_usd": None,
                "amount": Decimal(120),
                "currency_code": currency,
                "status": "paid",
                "loaded_at": LOADED,
            }
        )
    found["exchange_rates"] = [
        {
            "currency_code": "EUR",
            "rate_date": day,
            "usd_per_unit": Decimal(rate),
            "loaded_at": LOADED,
        }
        for day, rate in ((begin, "1.10"), (date(2025, 2, 1), "1.08"))
    ]
    return together(catalogue() | {"plan_prices": [], "exchange_rates": []}, found)
