"""Pictures small enough to be committed."""

import io
from typing import Any

from PIL import Image

from streaming_analytics.errors import UserError

MOST_BYTES = 400_000
# What a README is read at, and room for screens with more pixels.
WIDTH = 1600
# Colours of a picture's palette that are kept exactly.
_AREAS = 48


def opened(data: bytes) -> Image.Image:
    """Return the picture that a PNG holds."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def small_png(picture: Image.Image, name: str) -> bytes:
    """Return a PNG with a palette, no wider than needed and small enough to commit.

    Raises:
        UserError: It is larger than a repository should carry.
    """
    if picture.width > WIDTH:
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.quantize(palette=_palette(picture), dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )
    if file.tell() > MOST_BYTES:
        raise UserError(
            f"{name} would take {file.tell():,} bytes, more than {MOST_BYTES:,}"
        )
    return file.getvalue()


def _palette(picture: Image.Image) -> Image.Image:
    """Return 256 colours: those of areas as they are, and some near all the others.

    By frequency alone a thin line would lose its colour to the text's many greys; by
    coverage alone the paper would be a shade off.
    """
    found = picture.getcolors(picture.width * picture.height) or []
    areas: list[Any] = [colour for _, colour in sorted(found, reverse=True)[:_AREAS]]
    others = picture.quantize(256 - _AREAS, method=Image.Quantize.MAXCOVERAGE)
    palette = Image.new("P", (1, 1))
    palette.putpalette(
        [part for colour in areas for part in colour] + (others.getpalette() or [])
    )
    return palette
