"""The recommender's own constants, and the rules of lists that it shares with SQL."""

from dataclasses import dataclass

from streaming_analytics.definitions import Definitions

# Titles beyond these, by how many chose them, are left to popularity: their weights
# would not fit in 4 GB.
MOST_TITLES = 10_000
NEIGHBOURS = 100
# Tried on a validation split inside the training data, never on what is held out.
PENALTIES = (50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0)
KNN_NEIGHBOURS = (20, 50, 100)
TASTE_TITLES = (25, 50, 100, 200)
# Accounts whose choices are predicted with every setting; more are only asked about
# settings that these do not tell apart (docs/decisions/0030-recommender-evaluation.md).
FIRST_ASKED = 500
# Standard errors by which a setting is behind the best one to be given up.
SURELY_BEHIND = 2.0
TOP = 10
LONG = 20


@dataclass(frozen=True)
class ListRules:
    """How lists are made.

    Attributes:
        length: Titles of a list.
        per_genre: Titles of a genre before the others have had theirs.
        fading_days: Days after which a choice counts half.
        taste_titles: How many titles a taste may be made of, ascending: what is tried.
        new_places: Places, from 1, that are kept for new titles.
    """

    length: int
    per_genre: int
    fading_days: int
    taste_titles: tuple[int, ...]
    new_places: tuple[int, ...]


def list_rules(definitions: Definitions) -> ListRules:
    """Return the rules that `fct_recommendations` is built by.

    Raises:
        UserError: A variable is not there, or no whole number.
    """
    length = definitions.whole("recommendation_ranks", lowest=1)
    step = definitions.whole("new_title_every_ranks", lowest=2)
    most = definitions.whole("taste_titles", lowest=1)
    return ListRules(
        length=length,
        per_genre=definitions.whole("recommendations_per_genre", lowest=1),
        fading_days=definitions.whole("taste_fading_days", lowest=1),
        taste_titles=(*(few for few in TASTE_TITLES if few < most), most),
        new_places=tuple(range(step, length + 1, step)),
    )
