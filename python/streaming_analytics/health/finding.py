"""What one look at the house found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from streaming_analytics.errors import UserError

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """A line of the doctor's.

    Attributes:
        name: What was looked at, in a word or two.
        verdict: fail is what no command gets past.
        text: What there is.
        remedy: What to do about it; nothing where all is well.
    """

    name: str
    verdict: Verdict
    text: str
    remedy: str = ""


def looked_at(name: str, look: Callable[[], Finding]) -> Finding:
    """Return what a look finds; one that stumbles is a finding as well."""
    try:
        return look()
    except UserError as error:
        return Finding(name, "fail", " ".join(str(error).split()))
    except Exception as error:
        # A house that is out of order breaks in ways that nobody thought of.
        said = " ".join(str(error).split()) or "no message"
        return Finding(
            name, "fail", f"cannot be looked at: {type(error).__name__}: {said}"
        )
