"""How people sign up, leave, watch and rate: numbers with their reasons, no behaviour.

"REALISM" in a reason is a figure measured on real viewing exports or published by a
service; "assumption" marks what no public source gives.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Growth:
    """When people sign up."""

    # A quarter signs up in the opening weeks: without them the second year would hold
    # two thirds of all viewing, and no cohort would be seen for two years.
    launch_share: float = 0.25
    launch_days: float = 6.0
    # Growth of sign-ups per year after the opening.
    yearly: float = 0.10
    # REALISM: quarters hold 28.4, 12.4, 23.2 and 36.0 % of net adds. Twelve numbers
    # with mean 1, split within quarters by holidays.
    months: tuple[float, ...] = (
        1.29, 1.11, 1.008,
        0.520, 0.478, 0.490,
        0.880, 0.924, 0.980,
        1.25, 1.40, 1.67,
    )  # fmt: skip
    # Weekends bring more sign-ups (assumption).
    weekdays: tuple[float, ...] = (0.93, 0.90, 0.91, 0.94, 1.06, 1.16, 1.10)
    # Spread of the log of a day's level: news, outages, campaigns.
    shock_sigma: float = 0.18


@dataclass(frozen=True)
class Leaving:
    """Why and when members leave and return."""

    # Shifted-beta-geometric: REALISM's alpha 1.292, beta 13.89 give 45 % after a year
    # for all ends. Most of that spread comes from the effects below, and a quarter of
    # the ends from failing cards: what nobody sees is a small, steady rest.
    sbg_alpha: float = 12.0
    sbg_beta: float = 560.0
    # Effects on the log of the hazard, strong enough that a churn model which sees
    # only what they leave in viewing reaches REALISM's AUC of .75 to .88 (about .79).
    # Less interest than this changes nothing more: without a floor, the least
    # interested would leave whatever their region, and hide its effect.
    least_interest: float = -0.60
    interest_effect: float = -4.20
    lasting_effect: float = -1.40
    dormant_effect: float = 2.00
    satisfaction_effect: float = -0.50
    price_rise_effect: float = 1.10
    # Effect of second and later subscriptions: REALISM's 12-month survival falls from
    # 45 to 36 and 26 %. That those who return are the quick leavers makes part of it.
    spell_effect: tuple[float, ...] = (0.0, 0.45, 1.10)
    # Monthly probability that somebody who left returns, by months since, from the
    # cumulated 15 % (1), 24 % (3), 33 % (6), 40 % (12).
    return_months: tuple[float, ...] = (
        0.15, 0.058, 0.053, 0.043, 0.043, 0.042,
        0.020, 0.020, 0.020, 0.018, 0.017, 0.016,
    )  # fmt: skip
    return_later: float = 0.006
    # Probability of another plan from the next bill on; after a price rise more
    # often, and then mostly a cheaper one.
    plan_change: float = 0.012
    plan_change_after_rise: float = 0.07
    # Share of those who return that keep their plan; REALISM: 16 % of win-backs
    # choose the ad plan.
    returns_to_same_plan: float = 0.74
    # Cards differ in how often they fail: gamma with this shape (assumption).
    card_shape: float = 6.0
    # Effects on the log of the chance that a bill stays unpaid: a card is mended
    # sooner by those who watch (assumption).
    failure_interest_effect: float = -3.2
    failure_lasting_effect: float = -1.2
    failure_dormant_effect: float = 2.2
    refunded: float = 0.003
    trial_days: int = 14


@dataclass(frozen=True)
class Viewing:
    """How much, when and how people watch."""

    # Hours per account-month: REALISM mean 58.9, p10 8.9, median 45.5, p90 125.6: a
    # gamma of shape about 1.25, here the product of a lasting and a passing part.
    hours_per_month: float = 60.0
    lasting_shape: float = 4.0
    interest_persistence: float = 0.94
    interest_sigma: float = 0.60
    # Share of months that members go dormant, and of dormant ones that wake:
    # REALISM P(active next | active) .90 is per profile; accounts pause less.
    dormant_start: float = 0.03
    dormant_end: float = 0.20
    dormant_ratio: float = 0.04
    # Some sign up and hardly watch, most out of an interest (assumption).
    dormant_at_start: float = 0.02
    interest_at_start: float = 0.72
    # Minutes per session: REALISM has a lognormal of mu 3.72 and sigma 1.03. Drawn
    # shorter, since people who finish what they watch make sessions longer.
    session_mu: float = 3.42
    session_sigma: float = 1.03
    session_cap_minutes: float = 330.0
    # Session length by device: REALISM minutes per play TV 28.7, phone 8.6 are US
    # figures over all services; softened.
    device_length: tuple[float, float, float, float] = (1.12, 0.72, 1.0, 0.95)
    # Share of hours by local hour, weekday and month: REALISM.
    hours: tuple[float, ...] = (
        0.044, 0.027, 0.018, 0.011, 0.008, 0.006, 0.007, 0.010,
        0.016, 0.022, 0.028, 0.033, 0.040, 0.045, 0.050, 0.051,
        0.053, 0.059, 0.065, 0.070, 0.079, 0.096, 0.092, 0.070,
    )  # fmt: skip
    # Sessions start in a sharper rhythm than hours have: they last beyond the peak.
    start_sharpness: float = 1.28
    weekdays: tuple[float, ...] = (0.131, 0.125, 0.127, 0.126, 0.138, 0.167, 0.186)
    weekend_afternoon: float = 1.60
    months: tuple[float, ...] = (
        1.19, 1.02, 0.98, 0.96, 0.97, 0.97,
        1.05, 1.04, 0.93, 0.97, 0.90, 1.03,
    )  # fmt: skip
    # Share of those who sign up or return that sit down at once, and the longest time
    # they take (assumption: people subscribe because they want to watch something).
    watch_at_once: float = 0.85
    at_once_minutes: int = 90
    # Share of sessions that somebody else of the household begins while the next one
    # runs: REALISM has 1.6 % of plays overlapping.
    second_screen_share: float = 0.12
    # Minutes by which the start of a session precedes its bulk.
    half_session_minutes: int = 55
    # Share of session ends that move to the end of the item when it is near: people
    # finish what they watch.
    finish_share: float = 0.85
    finish_within_minutes: float = 36.0
    # Interruptions per item: within the first two minutes (a false start), and
    # anywhere in an episode. REALISM: 18.7 % of main plays are below two minutes.
    false_start_share: float = 0.235
    interruption_share: float = 0.36
    pause_share: float = 0.10
    autoplay_share: float = 0.97
    # Trailers before a play that somebody chose: 15.6 % of rows, median 12 s.
    trailer_share: float = 0.235
    trailer_median_seconds: float = 12.0
    # P(continue | episode n) of a season: REALISM.
    continue_episode: tuple[float, ...] = (
        0.88, 0.95, 0.971, 0.976, 0.978, 0.984, 0.982,
    )  # fmt: skip
    continue_season: float = 0.75
    # Episodes a week of one series, and the share of runs with that pace (assumption):
    # households follow several at a time, so that finishing a season takes REALISM's
    # median of 5 days and a quarter needs more than 24.
    paces: tuple[int, ...] = (60, 6, 3, 1)
    pace_shares: tuple[float, ...] = (0.64, 0.17, 0.12, 0.07)
    # Share of titles already seen that are watched again when they come up.
    rewatch_share: float = 0.27
    # REALISM: films below a tenth 17.8 %, at 90 % or more 63.6 %; episodes 3.9 and
    # 91.3 % of viewers and items; drawn lower, since some watch again.
    film_completion: tuple[float, float] = (0.200, 0.610)
    episode_completion: tuple[float, float] = (0.046, 0.898)
    # Share of plays that reach the warehouse one to three days late.
    late_share: float = 0.01
    # Share that is delivered again the night after: REALISM has 97 exact duplicates
    # in 400,000 rows.
    duplicate_share: float = 0.00024


@dataclass(frozen=True)
class Catalogue:
    """What can be watched."""

    # Share of the titles after two years that is there at the start.
    library_share: float = 0.78
    # Spread of log appeal, so that log hours come near REALISM's 1.78.
    appeal_sigma: float = 1.50
    # Series are chosen more often than films: REALISM 74 % of hours are episodes.
    series_pull: float = 1.35
    # Share of hours on titles released within half a year: REALISM 17.5 to 20 %.
    new_share: float = 0.185
    # New seasons and titles just past half a year compete as well: without this
    # factor new titles would reach 12 %.
    new_pull: float = 1.9
    # Pull by week since the launch. REALISM's ratios of weekly hours are 1, .99, .45,
    # .26, .18, .14 for films and 1, 1.05, .61, .38, .34, .29, .27, .21 for series; the
    # pull decays more slowly, since those who want it most have seen it by then.
    decay_film: tuple[float, ...] = (1.0, 1.34, 0.48, 0.28, 0.20, 0.16)
    decay_series: tuple[float, ...] = (
        1.0, 1.02, 0.47, 0.28, 0.27, 0.23, 0.23, 0.19,
    )  # fmt: skip
    decay_later: float = 0.93
    originals_share: float = 0.30
    # Film runtime in minutes: REALISM mean 99.6, sd 28.3.
    film_minutes: tuple[float, float] = (99.6, 28.3)
    # Seasons per series: REALISM 67 % have one.
    seasons: tuple[float, ...] = (0.67, 0.16, 0.09, 0.05, 0.03)
    # Genres per title: REALISM 1: 23 %, 2: 35 %, 3: 42 %.
    genres_per_title: tuple[float, ...] = (0.23, 0.35, 0.42)
    genre_weights: tuple[float, float, float] = (0.60, 0.25, 0.15)
    # Spread of the log of a title's pull between regions, and of one at home.
    region_sigma: float = 0.40
    home_pull: float = 1.8
    # Licences and productions of the whole catalogue, US dollars for each account that
    # signs up within two years: half of what an account pays, about as at Netflix
    # (17 of 39 billion in 2024).
    cost_per_signup: float = 52.0
    # Share of licensed titles that a region never has, and monthly share that leave.
    not_licensed: float = 0.15
    licence_months: float = 20.0


@dataclass(frozen=True)
class Rating:
    """Who rates, and how."""

    # Share of completed viewer-titles that are rated: REALISM 2 to 5 %.
    share: float = 0.03
    # Propensity differs between users: gamma with this shape.
    propensity_shape: float = 0.35
    # Stars: REALISM mean 3.5, spread of user means .48, of title means .44, of all
    # ratings about 1.1.
    mean: float = 3.20
    user_sigma: float = 0.48
    quality_effect: float = 0.50
    match_effect: float = 0.20
    noise_sigma: float = 1.02
