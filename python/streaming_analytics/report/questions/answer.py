"""What an answer consists of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What the marts say to a question.

    Attributes:
        sentences: Two, with their numbers and how sure they are.
        action: What to do, no stronger than the sentences.
    """

    sentences: tuple[str, str]
    action: str
