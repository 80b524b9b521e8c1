"""Texts of a platform as pages and pictures can show them, whatever is in them."""

import unicodedata

_MOST = 120
# Marks that turn the direction of all that follows on the line, beyond the text's end.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What no XML may hold, and fonts have no sign for.
_UNSEEN = frozenset({"Cc", "Cs", "Cn", "Co"})


def shown_text(text: str, most: int = _MOST) -> str:
    """Return a text on one line, without what breaks a page, cut after `most` letters.

    Control characters break drawings (XML has none), and marks of direction turn what
    stands behind the text. Letters of every script, accents and emoji stay.
    """
    if text.isascii() and text.isprintable() and len(text) <= most:
        return text
    seen = "".join(
        " " if letter in "\n\r\t\u2028\u2029" else letter
        for letter in text[: 4 * most]
        if letter in "\n\r\t" or _is_seen(letter)
    )
    return seen if len(seen) <= most else seen[: most - 1].rstrip() + "…"


def _is_seen(letter: str) -> bool:
    return letter not in _TURNING and unicodedata.category(letter) not in _UNSEEN
