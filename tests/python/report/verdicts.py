"""What the pages of one build conclude, by question, so that no two contradict.

A question is one estimand: what is compared, on whom, adjusted for what. Each pattern
knows the words that one place uses for one verdict on it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CLEAR, UNCLEAR, OTHER = "clear", "unclear", "the other way"

RISK = "risk by region, standardised for tenure and plan"
REGIONS = "a year's survival by region, not standardised"
PLANS = "a year's survival by plan"
LISTS = "choices that the lists predict, against popularity"
GENRES = "genres rated above the mean"
SEASONS = "months of the year against the trend"

# Words of dashboard, report and notebooks, for each verdict.
_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    RISK: (
        (UNCLEAR, r"^No clear difference in churn risk between the regions"),
        (UNCLEAR, r"^Standardised for tenure and plan, .*no clear difference"),
        (UNCLEAR, r"^Standardised for tenure and plan, the regions' churn does not"),
        (UNCLEAR, r"^Do not split the retention budget by geography"),
        (CLEAR, r"carr(y|ies) more churn risk than"),
        (CLEAR, r"^Standardised for tenure and plan, [^,]*: [^,]*\)\.$"),
        (CLEAR, r"loses more members than .* also standardised"),
    ),
    REGIONS: (
        (UNCLEAR, r"outlive 12 months.* no clear difference between regions"),
        (CLEAR, r"outlive 12 months in "),
        (CLEAR, r"outlive 12 months.*; .* keeps .* points more than"),
        (CLEAR, r"^A year's survival clearly differs by .*\bregion\b"),
        (UNCLEAR, r"^A year's survival clearly differs by (?!.*\bregion\b)"),
        (UNCLEAR, r"^No grouping clearly tells who stays"),
    ),
    PLANS: (
        (UNCLEAR, r"^No clear difference between plans in how many last 12 months"),
        (UNCLEAR, r"^Between plans there is no clear difference"),
        (CLEAR, r"lasts: .* outlive 12 months"),
        (CLEAR, r"^By plan, .* outlive 12 months"),
        (CLEAR, r"^A year's survival clearly differs by .*\bplan\b"),
        (UNCLEAR, r"^A year's survival clearly differs by (?!.*\bplan\b)"),
        (UNCLEAR, r"^No grouping clearly tells who stays"),
    ),
    LISTS: (
        (UNCLEAR, r"^No clear difference between the recommendations and popularity"),
        (UNCLEAR, r"^The lists are not clearly better than"),
        (CLEAR, r"^Recommendations predict choices .* better than popularity"),
        (CLEAR, r"^The lists predict .* better"),
        (OTHER, r"^Popularity predicts "),
        (OTHER, r"^What is popular predicts choices better"),
    ),
    GENRES: (
        (CLEAR, r"rated clearly above the mean"),
        (CLEAR, r" is rated highest, .* clearly above the mean"),
        (UNCLEAR, r" is rated highest, .* not clearly different"),
        (UNCLEAR, r"^No genre is rated clearly above or below the mean"),
        (UNCLEAR, r"^(?!.*above).* rated clearly below the mean"),
    ),
    SEASONS: (
        (UNCLEAR, r"^No month of the year stands out clearly"),
        (CLEAR, r"brings? clearly (more|fewer) sign-ups than the trend"),
        (CLEAR, r" brings .* times the trend's sign-ups"),
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What a place concludes on a question, and its words."""

    place: str
    says: str
    words: str


def verdicts(texts: Mapping[str, Iterable[str]]) -> dict[str, list[Verdict]]:
    """Return the verdicts on each question that the texts of each place hold."""
    found: dict[str, list[Verdict]] = {question: [] for question in _WORDS}
    for place, sentences in texts.items():
        for sentence in sentences:
            for question, words in _WORDS.items():
                for says, pattern in words:
                    if re.search(pattern, sentence):
                        found[question].append(Verdict(place, says, sentence))
                        break
    return found


def contradictions(texts: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the questions on which two places conclude differently, with the words."""
    wrong = []
    for question, found in verdicts(texts).items():
        if len({verdict.says for verdict in found}) > 1:
            told = "; ".join(f"{one.place}: {one.words!r}" for one in found)
            wrong.append(f"{question}: {told}")
    return wrong
