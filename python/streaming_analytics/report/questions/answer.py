"""What an answer consists of."""

from dataclasses import dataclass

NOT_ESTIMATED = "Not estimated: "


@dataclass(frozen=True)
class Answer:
    """What the marts say to a question.

    Attributes:
        sentences: Two, with their numbers and how sure they are.
        action: What to do, no stronger than the sentences.
        effect: What the action is about in money and on what basis, or why that is not
            estimated; empty where there is no action yet.
        worth_usd: The same a month, to rank actions by; None where it is not known.
    """

    sentences: tuple[str, str]
    action: str
    effect: str = ""
    worth_usd: float | None = None
