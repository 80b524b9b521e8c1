"""Tiny platforms: a fixed catalogue, and drawn accounts, subscriptions, plays, ratings.

Draws prefer the days and seconds on which a definition turns: the grace of a spell, the
least seconds of a view, the half hour of a session, the last day of a month.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from oracle.raw import Raw, Row, Table, platform, reference_tables
from oracle.variables import variable

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2024, 5, 10)
LOADED = datetime.combine(date(2024, 6, 1), time(3))

REGIONS = {"UCAN", "EMEA", "APAC"}
COUNTRIES = {"US", "DE", "NA", "IN"}
#: Without summer time, so that the clock does not depend on the year.
STEADY_COUNTRIES = {"NA", "IN"}
DEVICES = {"tv", "mobile"}
CHANNELS = {"organic", "search"}

KEYS = {
    "viewing": ["play_id"],
    "users": ["user_id"],
    "content": ["content_id"],
    "episodes": ["episode_id"],
    "genres": ["genre_code"],
    "content_genres": ["content_id", "genre_code"],
    "content_licences": ["content_id", "region_code", "available_from_date"],
    "plans": ["plan_code"],
    "plan_prices": ["plan_code", "region_code", "valid_from_date"],
    "subscriptions": ["subscription_id"],
    "plan_changes": ["plan_change_id"],
    "payments": ["payment_id"],
    "exchange_rates": ["currency_code", "rate_date"],
    "campaign_spend": ["month_start_date", "channel_code", "region_code"],
    "ratings": ["rating_id"],
}

Tables = dict[str, Table]


def small_reference() -> Tables:
    """Return the reference tables with a few regions, countries and devices."""
    kept = {
        "regions": ("region_code", REGIONS),
        "countries": ("country_code", COUNTRIES),
        "devices": ("device_code", DEVICES),
        "channels": ("channel_code", CHANNELS),
    }
    return {
        name: [
            row
            for row in rows
            if name not in kept or row[kept[name][0]] in kept[name][1]
        ]
        for name, rows in reference_tables().items()
    }


REFERENCE = small_reference()


# Titles that share a name: with a year of their own, and in one year.
NAMESAKES = {"announced": "Soap", "short": "Launch"}


def title(
    content_id: str, runtime: int | None, released: date, cost: str | None
) -> Row:
    """Return a row of content; without a runtime it is a series."""
    return {
        "content_id": content_id,
        "title": NAMESAKES.get(content_id, content_id.title()),
        "content_type": "series" if runtime is None else "film",
        "original_language": "en",
        "maturity_rating": "all",
        "is_original": runtime is None,
        "runtime_seconds": runtime,
        "release_date": released,
        "licence_cost_usd": None if cost is None else Decimal(cost),
        "loaded_at": LOADED,
    }


def catalogue() -> Tables:
    """Return titles, episodes, genres, licences, plans and prices."""
    content = [
        title("film", 6000, date(2020, 3, 1), "900.00"),
        title("launch", 4800, date(2024, 1, 20), "0.00"),
        title("short", 300, date(2024, 2, 29), None),
        title("show", None, date(2024, 2, 1), "100.50"),
        title("soap", None, date(2020, 1, 1), "10.00"),
        title("announced", None, date(2024, 4, 1), None),
    ]
    episodes = [
        {
            "episode_id": f"{show}-{season}-{number}",
            "content_id": show,
            "season_number": season,
            "episode_number": number,
            "runtime_seconds": runtime,
            "release_date": date(2024, 2, 1),
            "loaded_at": LOADED,
        }
        for show, season, size, runtime in (
            ("show", 1, 2, 1000),
            ("show", 2, 3, 1801),
            ("soap", 1, 10, 400),
        )
        for number in range(1, size + 1)
    ]
    filed = {
        "film": ["drama", "crime", "war"],
        "launch": ["drama"],
        "short": ["war", "drama"],
        "show": ["crime", "drama"],
        "soap": ["family"],
    }
    return {
        "content": content,
        "episodes": episodes,
        "genres": [
            {"genre_code": code, "genre_name": code.title(), "loaded_at": LOADED}
            for code in ("drama", "crime", "war", "family", "unused")
        ],
        "content_genres": [
            {
                "content_id": content_id,
                "genre_code": code,
                "genre_rank": rank,
                "loaded_at": LOADED,
            }
            for content_id, codes in filed.items()
            for rank, code in enumerate(codes, start=1)
        ],
        "content_licences": [
            {
                "content_id": content_id,
                "region_code": region,
                "available_from_date": begin,
                "available_until_date": end,
                "loaded_at": LOADED,
            }
            for content_id, region, begin, end in (
                ("film", "UCAN", date(2020, 3, 1), date(2024, 2, 1)),
                ("film", "EMEA", date(2024, 3, 31), None),
                ("launch", "UCAN", date(2024, 1, 20), date(2024, 1, 31)),
                ("launch", "APAC", date(2024, 4, 30), None),
                ("short", "EMEA", date(2024, 2, 29), date(2024, 3, 1)),
                ("show", "EMEA", date(2024, 2, 1), None),
                ("soap", "UCAN", date(2020, 1, 1), None),
            )
        ],
        "plans": [
            {
                "plan_code": code,
                "plan_name": code.title(),
                "plan_rank": rank,
                "has_ads": rank == 1,
                "max_streams": 2 * rank,
                "loaded_at": LOADED,
            }
            for rank, code in enumerate(("ads", "standard", "premium"), start=1)
        ],
        "plan_prices": [
            {
                "plan_code": code,
                "region_code": region,
                "valid_from_date": begin,
                "monthly_price_usd": Decimal(price),
                "loaded_at": LOADED,
            }
            for region in sorted(REGIONS)
            for code, begin, price in (
                ("ads", date(2023, 1, 1), "5.00"),
                ("standard", date(2023, 1, 1), "9.99"),
                ("standard", date(2024, 2, 29), "11.49"),
                ("premium", date(2023, 1, 1), "15.00"),
                ("premium", date(2024, 3, 31), "14.00"),
            )
        ]
        # A quarter in euros where a month of it has no end, then a week.
        + [
            {
                "plan_code": "premium",
                "region_code": "EMEA",
                "valid_from_date": begin,
                "monthly_price_usd": None,
                "price_amount": Decimal(price),
                "currency_code": "EUR",
                "billing_interval": interval,
                "billing_interval_count": count,
                "loaded_at": LOADED,
            }
            for begin, price, interval, count in (
                (date(2024, 1, 20), "37.00", "month", 3),
                (date(2024, 4, 10), "6.10", "week", 2),
            )
        ],
        "exchange_rates": [
            {
                "currency_code": "EUR",
                "rate_date": day,
                "usd_per_unit": Decimal(rate),
                "loaded_at": LOADED,
            }
            for day, rate in (
                (date(2023, 12, 1), "1.1"),
                (date(2024, 2, 14), "1.08"),
                (date(2024, 3, 1), "1.0955"),
            )
        ],
        "campaign_spend": [
            {
                "month_start_date": date(2024, month, 1),
                "channel_code": "search",
                "region_code": region,
                "spend_usd": Decimal("12.50"),
                "loaded_at": LOADED,
            }
            for region in sorted(REGIONS)
            for month in range(1, 6)
        ],
    }


def moment(draw: Random, day: date) -> datetime:
    """Draw a moment of a day, often one of its first and last seconds."""
    second = draw.choice([0, 86_399, 66_600, 68_400, draw.randrange(86_400)])
    return datetime.combine(day, time()) + timedelta(seconds=second)


def account(draw: Random, user_id: str, countries: set[str]) -> Row:
    """Draw an account."""
    code = draw.choice(sorted(countries))
    born = draw.choice([None, date(2006, 5, 10), date(2006, 5, 11), date(1984, 2, 29)])
    # At times in the year before, where nothing else has happened yet.
    since = draw.choice([-1, 0, 30, 59, *[draw.randrange(100) for _ in range(6)]])
    day = FIRST_DAY + timedelta(days=since)
    return {
        "user_id": user_id,
        "full_name": "Someone",
        "email": f"{user_id}@example.com",
        "birth_date": born,
        "country_code": draw.choice([code, f" {code.lower()}", code]),
        "channel_code": draw.choice(sorted(CHANNELS)),
        "signed_up_at": moment(draw, day),
        "loaded_at": LOADED,
    }


def subscribe(draw: Random, user: Row, tables: Tables) -> None:
    """Draw the subscriptions of an account with its changes of plan and bills."""
    start = user["signed_up_at"].date()
    for number in range(1, draw.choice([0, 1, 1, 2, 3]) + 1):
        subscription_id = f"{user['user_id']}-s{number}"
        trial_end = start + timedelta(days=14) if draw.random() < 0.4 else None
        length = draw.choice([1, 14, 29, 30, 31, 60, draw.randrange(1, 90)])
        end: date | None = start + timedelta(days=length)
        is_running = draw.random() < 0.3 or start > LAST_DAY
        if is_running:
            end = None
        reason = draw.choice(["voluntary", "involuntary"]) if end else None
        asked = None
        if draw.random() < 0.5:
            latest = min(end or LAST_DAY, LAST_DAY)
            asked = max(start, latest - timedelta(days=draw.randrange(40)))
        # An end after the data's last day is a plan of that day.
        is_planned = end is not None and end > LAST_DAY
        loaded = datetime.combine(LAST_DAY, time(23)) if is_planned else LOADED
        row: Row = {
            "subscription_id": subscription_id,
            "user_id": user["user_id"],
            "plan_code": draw.choice(["ads", "standard", "premium"]),
            "started_date": start,
            "trial_end_date": trial_end,
            "cancel_requested_date": asked,
            "ended_date": end,
            "end_reason": reason,
            "loaded_at": loaded,
        }
        tables["subscriptions"].append(row)
        if draw.random() < 0.5:
            # As it was first known: running, on the same plan.
            tables["subscriptions"].append(
                row
                | {
                    "cancel_requested_date": None,
                    "ended_date": None,
                    "end_reason": None,
                    "loaded_at": loaded - timedelta(days=1),
                }
            )
        for sequence in range(1, draw.choice([0, 0, 1, 2]) + 1):
            changed = start + timedelta(days=draw.choice([1, 1, draw.randrange(1, 40)]))
            if end is None or changed < end:
                tables["plan_changes"].append(
                    {
                        "plan_change_id": f"{subscription_id}-{sequence}",
                        "subscription_id": subscription_id,
                        "plan_code": draw.choice(["ads", "standard", "premium"]),
                        "changed_date": changed,
                        "sequence_number": sequence,
                        "loaded_at": LOADED,
                    }
                )
        for bill in range(draw.randrange(3)):
            billed = (trial_end or start) + timedelta(days=30 * bill)
            if billed <= LAST_DAY:
                tables["payments"].append(
                    {
                        "payment_id": f"{subscription_id}-b{bill}",
                        "subscription_id": subscription_id,
                        "billed_date": billed,
                        "status": draw.choice(["paid", "paid", "failed", "refunded"]),
                        "loaded_at": LOADED,
                    }
                    | what_was_paid(draw, billed)
                )
        if end is None:
            return
        start = end + timedelta(days=draw.choice([0, 6, 7, 8, 31, draw.randrange(60)]))
        if start > LAST_DAY:
            return


def what_was_paid(draw: Random, billed: date) -> Row:
    """Draw the amount of a bill, at times with its days and what was given back."""
    found: Row = {"amount_usd": Decimal("9.99")}
    if draw.random() < 0.3:
        found = {
            "amount_usd": None,
            "amount": Decimal("37.005"),
            "currency_code": draw.choice(["EUR", "USD", None]),
        }
    if draw.random() < 0.3:
        first = billed + timedelta(days=draw.choice([-40, 0, 3]))
        found["period_from_date"] = first
        found["period_until_date"] = first + timedelta(days=draw.choice([1, 30, 365]))
    if draw.random() < 0.3:
        found["refunded_date"] = billed + timedelta(days=draw.choice([0, 20, 80]))
        found["refunded_amount"] = draw.choice([None, Decimal("3.33"), Decimal("9.99")])
    return found


def play(draw: Random, user: Row, tables: Tables) -> None:
    """Draw a few plays of an account, some of them in one session."""
    choices = [("film", None), ("launch", None), ("short", None)]
    choices += [(row["content_id"], row["episode_id"]) for row in tables["episodes"]]
    runtimes = {row["content_id"]: row["runtime_seconds"] for row in tables["content"]}
    runtimes |= {
        row["episode_id"]: row["runtime_seconds"] for row in tables["episodes"]
    }
    begun = moment(draw, FIRST_DAY + timedelta(days=draw.randrange(120)))
    view = variable("valid_view_seconds")
    for number in range(draw.randrange(9)):
        content_id, episode_id = draw.choice(choices)
        runtime = runtimes[episode_id or content_id]
        is_trailer = draw.random() < 0.15
        start = draw.choice([0, 0, runtime // 2, draw.randrange(runtime)])
        wanted = draw.choice(
            [
                *(view - 1, view, 14, 15, 20, 0),
                *(runtime - start, runtime * 9 // 10, runtime * 7 // 10 - 1),
                draw.randrange(runtime),
            ]
        )
        watched = min(wanted, runtime - start)
        paused = draw.choice([0, 0, 60, 1800])
        if begun.date() <= LAST_DAY:
            tables["viewing"].append(
                {
                    "play_id": f"{user['user_id']}-p{number}",
                    "user_id": user["user_id"],
                    "content_id": content_id,
                    "episode_id": None if is_trailer else episode_id,
                    "device_code": draw.choice(sorted(DEVICES)),
                    "play_type": "trailer" if is_trailer else "main",
                    "started_at": begun,
                    "watched_seconds": watched,
                    "paused_seconds": paused,
                    "start_position_seconds": start,
                    "is_autoplayed": draw.random() < 0.3,
                    "loaded_at": LOADED,
                }
            )
        pause = draw.choice([0, 1799, 1800, 1801, 86_400, draw.randrange(3_000_000)])
        begun += timedelta(seconds=watched + paused + pause)


def rate(draw: Random, user: Row, tables: Tables) -> None:
    """Draw ratings of an account, sometimes two of one title."""
    for number in range(draw.choice([0, 1, 2, 3])):
        tables["ratings"].append(
            {
                "rating_id": f"{user['user_id']}-r{number}",
                "user_id": user["user_id"],
                "content_id": draw.choice(["film", "show", "short"]),
                "rating": Decimal(draw.choice(["1.0", "2.5", "3.0", "4.5", "5.0"])),
                "rated_at": moment(
                    # The data ends with its last rating too: none later.
                    draw,
                    FIRST_DAY
                    + timedelta(days=draw.randrange((LAST_DAY - FIRST_DAY).days)),
                )
                + timedelta(seconds=number),
                "loaded_at": LOADED,
            }
        )


def observed(first: date = FIRST_DAY, last: date = LAST_DAY) -> Tables:
    """Return two silent accounts that sign up on the data's first and last day."""
    visitors: Table = [
        {
            "user_id": name,
            "full_name": "Visitor",
            "email": f"{name}@example.com",
            "birth_date": None,
            "country_code": "NA",
            "channel_code": "organic",
            "signed_up_at": datetime.combine(day, time(12)),
            "loaded_at": LOADED,
        }
        for name, day in (("visitor-1", first), ("visitor-2", last))
    ]
    trailer: Row = {
        "play_id": "visitor-1-p0",
        "user_id": "visitor-1",
        "content_id": "film",
        "episode_id": None,
        "device_code": "tv",
        "play_type": "trailer",
        "started_at": datetime.combine(first, time(12)),
        "watched_seconds": 10,
        "paused_seconds": 0,
        "start_position_seconds": 0,
        "is_autoplayed": False,
        "loaded_at": LOADED,
    }
    return {"users": visitors, "viewing": [trailer]}


def accounts(draw: Random, names: list[str], countries: set[str] = COUNTRIES) -> Tables:
    """Draw the rows of these accounts."""
    tables: Tables = {name: [] for name in KEYS} | catalogue()
    for name in names:
        user = account(draw, name, countries)
        tables["users"].append(user)
        subscribe(draw, user, tables)
        play(draw, user, tables)
        rate(draw, user, tables)
    return {name: tables[name] for name in KEYS}


def together(*parts: Tables) -> Tables:
    """Put platforms together; what they share is there once."""
    found: Tables = {name: [] for name in KEYS}
    for part in parts:
        for name, rows in part.items():
            found[name] += [row for row in rows if row not in found[name]]
    return found


def tiny_platform(draw: Random, countries: set[str] = COUNTRIES) -> Tables:
    """Draw a platform of one to four accounts, at times with nobody to end the data."""
    names = [f"u{number}" for number in range(1, draw.randint(1, 4) + 1)]
    visitors = observed() if draw.random() < 0.7 else {}
    return together(catalogue(), visitors, accounts(draw, names, countries))


def as_raw(tables: Tables) -> Raw:
    """Return a platform as the oracle reads it."""
    return platform(tables, KEYS, REFERENCE)
