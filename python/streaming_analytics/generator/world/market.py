"""Where the platform sells what: regions, countries, plans, channels and genres.

"REALISM" in a reason is a figure measured on real viewing exports or published by a
service; "assumption" marks what no public source gives.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """One region of the business."""

    # Share of sign-ups at the start and after two years. The end of 2024 mix of
    # REALISM (.297, .335, .177, .191) lies between; growth has moved to Asia-Pacific,
    # whose members are therefore younger in tenure.
    share_first: float
    share_last: float
    # Hazard of a voluntary cancel, all else equal; Europe is the reference. The order
    # is an assumption: Latin America leaves most, Asia-Pacific less than Europe,
    # although its raw churn is higher (young tenure, ad plan, social sign-ups).
    hazard_ratio: float
    # Probability that a bill stays unpaid after all retries, for a member of usual
    # interest; assumption: cards fail more often in LATAM and APAC. About a quarter of
    # all ends are involuntary.
    payment_failure: float
    # Months from the start to the first price rise, then one each 18 months.
    first_rise_month: int
    # Level of marketing prices, United States = 1; assumption.
    spend_level: float


@dataclass(frozen=True)
class Country:
    """One country; its region and time zone are in the reference seeds."""

    # Share of its region's sign-ups; assumption, by size of the streaming market.
    share: float
    # Share of hours by television, mobile, computer, tablet. REALISM gives TV for MX,
    # PL, US, TR, BR, IN and mobile for BR, IN, US; the rest is filled in to the mean.
    devices: tuple[float, float, float, float]
    # Locale of the names.
    locale: str
    # Language of the country's own productions.
    language: str


@dataclass(frozen=True)
class Plan:
    """One plan and what it plants."""

    name: str
    rank: int
    has_ads: bool
    max_streams: int
    # Hazard of a voluntary cancel, all else equal. Antenna finds ad plans close to
    # ad-free ones; more streams tie a household to the service (assumption).
    hazard_ratio: float
    # Viewing relative to the standard plan (assumption).
    hours_ratio: float
    # Monthly price in UCAN, EMEA, LATAM, APAC, US dollars, so that the mix of plans
    # gives REALISM's ARM of 17.20, 10.96, 8.24 and 7.29.
    prices: tuple[float, float, float, float]
    # Price after the first rise.
    raised: tuple[float, float, float, float]
    # Share of sign-ups by region; the ad plan had 45 % of sign-ups in Q2 2024.
    shares: tuple[float, float, float, float]


@dataclass(frozen=True)
class Channel:
    """One marketing channel and the quality of the users it brings (assumptions)."""

    # Share of sign-ups by region: UCAN, EMEA, LATAM, APAC.
    shares: tuple[float, float, float, float]
    hazard_ratio: float
    hours_ratio: float
    # Share of sign-ups that begin with a trial, and of trials that convert: REALISM
    # has 40 to 60 % for trials with a card.
    trial_share: float
    trial_conversion: float
    # Spend per sign-up in the United States, US dollars.
    cost_per_signup: float


@dataclass(frozen=True)
class Genre:
    """One genre."""

    name: str
    # Share of titles that lead with it, and share of viewing users give it on average.
    catalogue_share: float
    taste_share: float
    # Stars added to a rating, from the genre means of MovieLens latest-small.
    rating_effect: float
    # Share of its titles that are series.
    series_share: float


REGIONS = {
    "UCAN": Region(0.27, 0.18, 0.62, 0.0042, 16, 1.00),
    "EMEA": Region(0.34, 0.28, 1.00, 0.0062, 8, 0.75),
    "LATAM": Region(0.21, 0.19, 1.50, 0.0142, 15, 0.40),
    "APAC": Region(0.18, 0.35, 0.82, 0.0110, 18, 0.35),
}

_MEAN_DEVICES = (0.51, 0.24, 0.18, 0.07)
COUNTRIES = {
    "US": Country(0.86, (0.65, 0.09, 0.19, 0.07), "en_US", "en"),
    "CA": Country(0.14, (0.62, 0.12, 0.19, 0.07), "en_US", "en"),
    "GB": Country(0.22, (0.60, 0.17, 0.16, 0.07), "en_GB", "en"),
    "DE": Country(0.19, (0.58, 0.17, 0.18, 0.07), "de_DE", "de"),
    "FR": Country(0.16, (0.56, 0.18, 0.19, 0.07), "fr_FR", "fr"),
    "ES": Country(0.12, (0.60, 0.19, 0.15, 0.06), "es_ES", "es"),
    "IT": Country(0.11, (0.58, 0.20, 0.16, 0.06), "it_IT", "it"),
    "PL": Country(0.08, (0.74, 0.12, 0.10, 0.04), "pl_PL", "pl"),
    "TR": Country(0.06, (0.63, 0.20, 0.13, 0.04), "tr_TR", "tr"),
    "ZA": Country(0.04, _MEAN_DEVICES, "en_GB", "en"),
    "NA": Country(0.02, _MEAN_DEVICES, "en_GB", "en"),
    "BR": Country(0.42, (0.49, 0.36, 0.11, 0.04), "pt_BR", "pt"),
    "MX": Country(0.32, (0.76, 0.13, 0.08, 0.03), "es_MX", "es"),
    "AR": Country(0.15, (0.58, 0.24, 0.14, 0.04), "es_AR", "es"),
    "CO": Country(0.11, (0.56, 0.27, 0.13, 0.04), "es_CO", "es"),
    "IN": Country(0.38, (0.39, 0.30, 0.24, 0.07), "en_IN", "hi"),
    "JP": Country(0.24, (0.45, 0.29, 0.17, 0.09), "ja_JP", "ja"),
    "KR": Country(0.14, (0.44, 0.30, 0.18, 0.08), "ko_KR", "ko"),
    "AU": Country(0.12, (0.63, 0.13, 0.16, 0.08), "en_AU", "en"),
    "ID": Country(0.12, (0.38, 0.38, 0.19, 0.05), "id_ID", "id"),
}

PLANS = {
    "ads": Plan(
        name="Standard with ads",
        rank=1,
        has_ads=True,
        max_streams=2,
        hazard_ratio=1.20,
        hours_ratio=0.85,
        prices=(7.99, 5.49, 4.49, 3.49),
        raised=(8.99, 5.99, 4.99, 3.99),
        shares=(0.17, 0.26, 0.35, 0.44),
    ),
    "standard": Plan(
        name="Standard",
        rank=2,
        has_ads=False,
        max_streams=2,
        hazard_ratio=1.00,
        hours_ratio=1.00,
        prices=(16.49, 11.49, 8.49, 9.99),
        raised=(17.99, 12.49, 9.49, 10.99),
        shares=(0.52, 0.49, 0.45, 0.41),
    ),
    "premium": Plan(
        name="Premium",
        rank=3,
        has_ads=False,
        max_streams=4,
        hazard_ratio=0.72,
        hours_ratio=1.20,
        prices=(22.99, 15.99, 12.99, 12.49),
        raised=(24.99, 17.99, 13.99, 13.49),
        shares=(0.31, 0.25, 0.20, 0.15),
    ),
}

CHANNELS = {
    "organic": Channel((0.32, 0.30, 0.24, 0.18), 0.85, 1.10, 0.20, 0.64, 0.0),
    "referral": Channel((0.14, 0.12, 0.10, 0.08), 0.72, 1.15, 0.30, 0.66, 14.0),
    "search": Channel((0.18, 0.20, 0.20, 0.18), 1.05, 1.00, 0.40, 0.55, 42.0),
    "social": Channel((0.12, 0.14, 0.24, 0.34), 1.55, 0.80, 0.55, 0.44, 30.0),
    "partner": Channel((0.14, 0.14, 0.14, 0.16), 0.80, 0.90, 0.25, 0.62, 24.0),
    "television": Channel((0.10, 0.10, 0.08, 0.06), 1.00, 1.05, 0.35, 0.56, 60.0),
}

GENRES = {
    "action": Genre("Action", 0.09, 0.110, -0.12, 0.25),
    "adventure": Genre("Adventure", 0.05, 0.050, -0.05, 0.25),
    "animation": Genre("Animation", 0.06, 0.055, 0.08, 0.45),
    "children": Genre("Children", 0.05, 0.060, -0.16, 0.45),
    "comedy": Genre("Comedy", 0.15, 0.145, -0.18, 0.32),
    "crime": Genre("Crime", 0.07, 0.095, 0.10, 0.45),
    "documentary": Genre("Documentary", 0.10, 0.050, 0.28, 0.30),
    "drama": Genre("Drama", 0.16, 0.160, 0.12, 0.35),
    "fantasy": Genre("Fantasy", 0.04, 0.050, -0.02, 0.35),
    "horror": Genre("Horror", 0.05, 0.035, -0.32, 0.12),
    "mystery": Genre("Mystery", 0.03, 0.040, 0.08, 0.40),
    "reality": Genre("Reality", 0.04, 0.045, -0.20, 0.95),
    "romance": Genre("Romance", 0.05, 0.045, 0.00, 0.20),
    "science_fiction": Genre("Science fiction", 0.03, 0.035, -0.06, 0.35),
    "thriller": Genre("Thriller", 0.06, 0.060, -0.02, 0.25),
    "war": Genre("War", 0.02, 0.015, 0.24, 0.15),
}
