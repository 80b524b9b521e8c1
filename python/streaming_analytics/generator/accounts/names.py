"""Names of people by country: Faker gives the words, numpy combines them."""

import re
import unicodedata
from functools import cache

from faker import Faker

# Enough that names seldom repeat within a small platform, few enough to be quick.
_FIRST, _LAST = 60, 90
_SEED = 20_240_101
# Letters that do not come apart into a letter and an accent.
_PLAIN = str.maketrans({"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l"})


@cache
def name_pool(locale: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return first and last names of a locale, the same in every run."""
    # Looking for all the other providers would take five times as long.
    faker = Faker(locale, providers=["faker.providers.person"])
    faker.seed_instance(_SEED)
    first = tuple(faker.first_name() for _ in range(_FIRST))
    last = tuple(faker.last_name() for _ in range(_LAST))
    return first, last


@cache
def mailbox(name: str) -> str:
    """Return a name as it may stand in an e-mail address, empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return re.sub("[^a-z]", "", plain.encode("ascii", "ignore").decode().lower())
