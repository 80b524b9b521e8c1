"""What an answer consists of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What the marts say to a question.

    Attributes:
        sentences: Two, with their numbers and how sure they are.
        action: What to do, no stronger than the sentences.
        effect: What it is about in money; empty where the data cannot tell.
        worth_usd: The same a month, to rank actions by; None where it is not known.
    """

    sentences: tuple[str, str]
    action: str
    effect: str = ""
    worth_usd: float | None = None
