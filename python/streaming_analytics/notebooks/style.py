"""How the notebooks' charts look: as the dashboard's do, drawn by matplotlib."""

import io
import logging
from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from streaming_analytics.palette import ACCENT, CONTRAST, INK, MUTED, RULE
from streaming_analytics.report.theme import HEAT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "CONTRAST",
    "INK",
    "MUTED",
    "bootstrap",
    "figure",
    "heat_colours",
    "intervals",
    "months_of_year",
    "show",
    "use_style",
]

PAPER = "#fbf9f4"
_WIDTH = 8.6
# Characters that a line of the title holds at this width.
_TITLE_WIDTH = 70
_SUBTITLE_WIDTH = 112
_SANS = ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"]
_SERIF = ["Georgia", "Liberation Serif", "DejaVu Serif"]


def use_style() -> None:
    """Set fonts, colours and axes for every chart that follows."""
    # Not by seaborn, which brings scipy: two more seconds for each notebook.
    import matplotlib.pyplot as plt

    # A machine lacks most fonts of a list, which is what the list is for.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    plt.rcParams.update(
        {
            "font.family": _SANS,
            "font.size": 10,
            "text.color": INK,
            "figure.facecolor": PAPER,
            "axes.facecolor": PAPER,
            "savefig.facecolor": PAPER,
            "axes.edgecolor": RULE,
            "axes.labelcolor": MUTED,
            "axes.labelsize": 10,
            "axes.titlesize": 10.5,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.left": False,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.axisbelow": True,
            "axes.linewidth": 1.25,
            "grid.color": "#e8e4da",
            "grid.linewidth": 0.8,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "xtick.labelsize": 9.5,
            "ytick.labelsize": 9.5,
            # Ticks are not drawn, yet labels keep their distance.
            "xtick.bottom": False,
            "ytick.left": False,
            "xtick.major.size": 6,
            "ytick.major.size": 6,
            "lines.linewidth": 2.2,
            "lines.solid_capstyle": "round",
            "legend.frameon": False,
            "legend.fontsize": 11,
            "legend.title_fontsize": 12,
            "patch.edgecolor": "white",
            "patch.force_edgecolor": True,
            "svg.hashsalt": "streaming_analytics",
            "axes.prop_cycle": plt.cycler(
                color=["#0b6fa8", "#c4561a", "#0a8060", "#a5568a", "#8a6d00", "#3f3f94"]
            ),
        }
    )


def figure(
    title: str,
    subtitle: str,
    *,
    columns: int = 1,
    rows: int = 1,
    height: float = 3.7,
    **options: Any,
) -> tuple["Figure", Any]:
    """Return a figure with its finding above it, and its axes.

    Args:
        title: What the chart shows, said with its numbers; becomes its alternative
            text.
        subtitle: What is drawn, with units and what the intervals are.
        columns: Of axes beside each other.
        rows: Of axes above each other.
        height: Of the axes, inches; the words come on top.
        options: Passed on to `matplotlib.pyplot.subplots`, such as `sharey`.
    """
    import matplotlib.pyplot as plt

    titles = _balanced(title, _TITLE_WIDTH)
    subtitles = wrap(subtitle, _SUBTITLE_WIDTH)
    # Inches, with the leading of both sizes.
    words = 0.27 * len(titles) + 0.19 * len(subtitles) + 0.12
    total = height + words
    made, axes = plt.subplots(
        rows, columns, figsize=(_WIDTH, total), layout="constrained", **options
    )
    engine: Any = made.get_layout_engine()
    engine.set(rect=(0, 0, 1, height / total), w_pad=0.06, h_pad=0.06)
    made.text(
        0,
        1,
        "\n".join(titles),
        va="top",
        family=_SERIF,
        size=15,
        weight="bold",
        linespacing=1.22,
    )
    made.text(
        0,
        1 - (0.27 * len(titles) + 0.05) / total,
        "\n".join(subtitles),
        va="top",
        color=MUTED,
        size=10,
        linespacing=1.3,
    )
    made.set_gid(title)
    return made, axes


def _balanced(text: str, width: int) -> list[str]:
    """Return lines of about equal length, as few as `width` allows."""
    lines = wrap(text, width)
    while width > 1 and len(narrower := wrap(text, width - 1)) == len(lines):
        lines, width = narrower, width - 1
    return lines


def show(made: "Figure") -> None:
    """Display the figure as a vector graphic that a screen reader can name."""
    import matplotlib.pyplot as plt
    from IPython.display import display

    drawn = io.StringIO()
    # No date: the same data make the same picture.
    made.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(made)
    title = made.get_gid() or ""
    display(
        {"image/svg+xml": drawn.getvalue(), "text/plain": title},
        raw=True,
        metadata={"image/svg+xml": {"alt": title}},
    )


def intervals(
    axes: "Axes",
    names: Sequence[str],
    values: Sequence[float],
    lower: Sequence[float],
    upper: Sequence[float],
    *,
    colours: Sequence[str] | str = ACCENT,
    shown: Callable[[float], str] = "{:.1%}".format,
) -> None:
    """Draw a row for each name: a dot, its interval and its value; the first on top."""
    chosen = [colours] * len(names) if isinstance(colours, str) else list(colours)
    for place, (value, low, high, colour) in enumerate(
        zip(values, lower, upper, chosen, strict=True)
    ):
        axes.plot([low, high], [place, place], color=colour, linewidth=3)
        axes.plot([value], [place], "o", color=colour, markersize=9)
        axes.annotate(
            shown(value),
            (value, place),
            (0, 8),
            textcoords="offset points",
            ha="center",
            # A region's colour is dark enough for a mark, and not for small letters.
            color=INK,
            weight="bold",
            size=9.5,
        )
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.set_ylim(len(names) - 0.5, -0.65)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")


def months_of_year(axes: "Axes") -> None:
    """Label an axis of months with each half year, and the year below January."""
    from matplotlib.dates import DateFormatter, MonthLocator

    axes.xaxis.set_major_locator(MonthLocator(bymonth=(1, 7)))
    axes.xaxis.set_major_formatter(DateFormatter("%b\n%Y"))


def heat_colours() -> Any:
    """Return one hue from paper to ink, which survives in grey."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ink", HEAT)


def bootstrap(
    statistic: Callable[..., float],
    *columns: Any,
    draws: int = 400,
    seed: int = 1,
) -> tuple[float, float, float]:
    """Return a statistic with its 95 % percentile interval over resampled rows.

    Args:
        statistic: Takes the columns and returns a number.
        columns: Of equal length, a row for each independent unit (an account, a
            title); a unit's rows must be summed first.
        draws: How often the rows are drawn with replacement.
        seed: Of the draws, so that a rerun says the same.
    """
    arrays = [np.asarray(column) for column in columns]
    random = np.random.default_rng(seed)
    length = len(arrays[0])
    found = [
        statistic(*(array[chosen] for array in arrays))
        for chosen in random.integers(0, length, size=(draws, length))
    ]
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(statistic(*arrays)), float(low), float(high)
