"""Which genres rate high, and what that means for the catalogue."""

import pandas as pd

from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels import (
    genres,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.wording import (
    count,
    listing,
    number,
    percent,
)


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    known, mean = genres.rated(marts), genres.platform_rating(marts)
    if known.empty or mean is None:
        return Answer(
            (
                "No genre has both ratings and viewing yet.",
                "There is nothing to curate by.",
            ),
            "Wait for the first ratings.",
        )
    best = known.iloc[0]
    above = genres.clearly_above(marts)
    told = (
        f"95% interval {number(best['shrunk_rating_lower'], 2)} to "
        f"{number(best['shrunk_rating_upper'], 2)}"
    )
    verdict = (
        "clearly above" if best["genre_name"] in above else "not clearly different from"
    )
    first = (
        f"{best['genre_name']} is rated highest, {number(best['shrunk_rating'], 2)} "
        "stars "
        f"({told}), {verdict} the mean of {number(mean, 2)}."
    )
    watched = known.loc[known["watched_to_catalogue_ratio"].astype(float).idxmax()]
    neglected = known.loc[known["watched_to_catalogue_ratio"].astype(float).idxmin()]
    second = (
        f"{watched['genre_name']} draws {percent(watched['watched_share'], 1)} of the "
        "hours "
        f"with {percent(watched['catalogue_share'], 1)} of the catalogue, "
        f"{neglected['genre_name'].lower()} {percent(neglected['watched_share'], 1)} "
        "with "
        f"{percent(neglected['catalogue_share'], 1)} (counts, without sampling error)."
    )
    return Answer(
        (first, second),
        _curation_action(known, above, genres.clearly_below(marts)),
        f"{NOT_ESTIMATED}members pay for the whole catalogue, not for a genre.",
    )


def _curation_action(known: pd.DataFrame, above: list[str], below: list[str]) -> str:
    verdicts = known.set_index("genre_name")["verdict"]
    parts = []
    for verdict, names, told in (
        (
            "promote",
            above,
            "Give {} more room on the home page: liked, but little watched.",
        ),
        ("invest", above, "Invest in {}: watched and liked."),
        ("improve", below, "Raise the quality of {} before adding to it."),
        ("trim", below, "Let licences in {} run out first."),
    ):
        chosen = [name.lower() for name in names if verdicts[name] == verdict]
        if chosen:
            parts.append(told.format(listing(chosen)))
    if not parts:
        return (
            "Keep the mix: no genre's rating is clearly above or below the mean, so "
            "curate by hours per title and gather more ratings."
        )
    rest = len(known) - len(above) - len(below)
    if rest:
        parts.append(
            f"Ratings do not tell the other {count(rest, 'genre')} from the mean; "
            "judge "
            "them by hours."
        )
    return " ".join(parts)
