"""Names of titles, among them the awkward ones that real catalogues have."""

import numpy as np

_ADJECTIVES = [
    "Silent",
    "Crimson",
    "Hidden",
    "Broken",
    "Golden",
    "Last",
    "Distant",
    "Burning",
    "Frozen",
    "Electric",
    "Quiet",
    "Hollow",
    "Velvet",
    "Restless",
    "Paper",
    "Midnight",
    "Second",
    "Stolen",
    "Gentle",
    "Savage",
    "Lucky",
    "Endless",
    "Forgotten",
    "Northern",
    "Secret",
    "Wild",
    "Invisible",
    "Painted",
    "Bitter",
    "Open",
    "Perfect",
    "Unlikely",
]
_NOUNS = [
    "Harbour",
    "Garden",
    "Horizon",
    "Mirror",
    "Kingdom",
    "River",
    "Witness",
    "Promise",
    "Orchard",
    "Engine",
    "Letter",
    "Island",
    "Shadow",
    "Verdict",
    "Summer",
    "Station",
    "Tide",
    "Lantern",
    "Frontier",
    "Cathedral",
    "Signal",
    "Neighbour",
    "Carnival",
    "Empire",
    "Archive",
    "Voyage",
    "Winter",
    "Fortune",
    "Recipe",
    "Daughter",
    "Stranger",
    "Highway",
    "Chorus",
    "Comet",
]
_PLACES = [
    "Lisbon",
    "Marseille",
    "Osaka",
    "Kraków",
    "Bogotá",
    "Seoul",
    "Montréal",
    "Istanbul",
    "Jakarta",
    "Windhoek",
    "Seville",
    "Bristol",
    "Chennai",
    "Palermo",
    "Recife",
    "Adelaide",
]
_PEOPLE = [
    "Ada",
    "Bruno",
    "Chiara",
    "Dmitri",
    "Elif",
    "Farah",
    "Gustavo",
    "Hana",
    "Iván",
    "Jun",
    "Kofi",
    "Lucía",
]

# CSV readers, sorters and dashboards stumble over these; a catalogue has them all.
_AWKWARD = (
    "Me, Myself & the {noun}",
    'The "{adjective}" {noun}',
    "{person}'s {noun}",
    "L'été à {place}",
    "¿Dónde está {person}?",
    "{noun} 🎬",
    "Love ❤️ in {place}",
    "الليل الأخير: {noun}",
    "שקט ב{place}",
    "Cafe\u0301 {noun}",
    "A\u030angstro\u0308m {noun}",
    "{place}, {place2}, {place3}",
    "100% {noun}",
    "{noun}\\{adjective}",
    "서울의 {noun}",
    "東京 {noun}",
    "=SUM({noun})",
    "{adjective} {noun}; or, the {adjective2} {noun2}",
)
_COMMON = (
    "The {adjective} {noun}",
    "{adjective} {noun}",
    "{noun} of {place}",
    "The {noun} and the {noun2}",
    "One {noun} in {place}",
    "{person} and the {adjective} {noun}",
    "The {adjective} {noun} of {place}",
    "{adjective} {noun2} {noun}",
    "{place} {noun}",
)
# One title in twenty: enough to meet each form in the sample.
_AWKWARD_SHARE = 0.05


# For a title that another one bears already: enough words to find one that is free.
_RARE = (
    "The {adjective} {noun} of {place}",
    "{person} and the {noun} of {place}",
    "{person}, the {adjective} {noun}",
    "No {noun} for {person}",
    "Letters from a {adjective} {noun}",
    "{noun} and {noun2}: {place}",
)
_TRIES = 100


def draw_titles(rng: np.random.Generator, count: int) -> list[str]:
    """Return `count` titles, some of them with characters that break naive code.

    Some repeat: `without_repeats` sees to them.
    """

    def pick(words: list[str] | tuple[str, ...]) -> list[str]:
        return [words[index] for index in rng.integers(len(words), size=count)]

    words = _draw_words(rng, count)
    common, awkward = pick(_COMMON), pick(_AWKWARD)
    is_awkward = rng.random(count) < _AWKWARD_SHARE
    return [
        (awkward[index] if is_awkward[index] else common[index]).format(
            **{name: values[index] for name, values in words.items()}
        )
        for index in range(count)
    ]


def without_repeats(
    titles: list[str], taken: set[str], rng: np.random.Generator
) -> list[str]:
    """Return the titles, with others for those that are taken already.

    Two titles of one catalogue never differ in capitals alone.

    Args:
        titles: Titles in order.
        taken: Titles before these, without capitals; these are added.
        rng: Stream for the other titles.
    """
    found = []
    for title in titles:
        tries = 0
        free = title
        while free.casefold() in taken:
            tries += 1
            words = {name: values[0] for name, values in _draw_words(rng, 1).items()}
            free = _RARE[rng.integers(len(_RARE))].format(**words)
            if tries > _TRIES:
                free = f"{free} {len(taken)}"
        taken.add(free.casefold())
        found.append(free)
    return found


def _draw_words(rng: np.random.Generator, count: int) -> dict[str, list[str]]:
    """Return `count` words for each place in a pattern; no noun or place twice."""

    def pick(words: list[str]) -> list[int]:
        return rng.integers(len(words), size=count).tolist()

    def other(words: list[str], *before: list[int]) -> list[int]:
        # The next word that does not stand in the title yet.
        drawn = pick(words)
        for row, chosen in enumerate(drawn):
            while chosen in {earlier[row] for earlier in before}:
                chosen = (chosen + 1) % len(words)
            drawn[row] = chosen
        return drawn

    adjective = pick(_ADJECTIVES)
    adjective2 = other(_ADJECTIVES, adjective)
    noun = pick(_NOUNS)
    noun2 = other(_NOUNS, noun)
    place = pick(_PLACES)
    place2 = other(_PLACES, place)
    place3 = other(_PLACES, place, place2)
    person = pick(_PEOPLE)
    return {
        "adjective": [_ADJECTIVES[index] for index in adjective],
        "adjective2": [_ADJECTIVES[index] for index in adjective2],
        "noun": [_NOUNS[index] for index in noun],
        "noun2": [_NOUNS[index] for index in noun2],
        "place": [_PLACES[index] for index in place],
        "place2": [_PLACES[index] for index in place2],
        "place3": [_PLACES[index] for index in place3],
        "person": [_PEOPLE[index] for index in person],
    }
