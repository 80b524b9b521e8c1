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
    "Return to {place}",
    "{adjective} {noun2} {noun}",
    "{place} {noun}",
)
# One title in twenty: enough to meet each form in the sample.
_AWKWARD_SHARE = 0.05


def draw_titles(rng: np.random.Generator, count: int) -> list[str]:
    """Return `count` titles, some of them with characters that break naive code.

    Titles may repeat, as real ones do.
    """

    def pick(words: list[str] | tuple[str, ...]) -> list[str]:
        return [words[index] for index in rng.integers(len(words), size=count)]

    words = {
        "adjective": pick(_ADJECTIVES),
        "adjective2": pick(_ADJECTIVES),
        "noun": pick(_NOUNS),
        "noun2": pick(_NOUNS),
        "place": pick(_PLACES),
        "place2": pick(_PLACES),
        "place3": pick(_PLACES),
        "person": pick(_PEOPLE),
    }
    common, awkward = pick(_COMMON), pick(_AWKWARD)
    is_awkward = rng.random(count) < _AWKWARD_SHARE
    return [
        (awkward[index] if is_awkward[index] else common[index]).format(
            **{name: values[index] for name, values in words.items()}
        )
        for index in range(count)
    ]
