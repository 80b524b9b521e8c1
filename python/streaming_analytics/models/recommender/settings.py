"""The recommender's constants; those that SQL shares come from dbt's variables."""

from dataclasses import dataclass

# Titles beyond these, by how many chose them, are left to popularity: their weights
# would not fit in 4 GB.
MOST_TITLES = 10_000
NEIGHBOURS = 100
# Tried on a validation split inside the training data, never on what is held out.
PENALTIES = (50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0)
KNN_NEIGHBOURS = (20, 50, 100)
TOP = 10
LONG = 20


@dataclass(frozen=True)
class ListRules:
    """How lists are made, as `dbt_project.yml` says.

    Attributes:
        length: Titles of a list.
        per_genre: Titles of a genre before the others have had theirs.
        fading_days: Days after which a choice counts half.
        taste_titles: Titles that a taste is made of, at most.
        new_places: Places, from 1, that are kept for new titles.
    """

    length: int = 20
    per_genre: int = 5
    fading_days: int = 60
    taste_titles: int = 50
    new_places: tuple[int, ...] = (10, 20)
