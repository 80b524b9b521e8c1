"""A notebook that was run, as one HTML file that asks the network for nothing."""

import html
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from streaming_analytics.errors import UserError
from streaming_analytics.notebooks.running import Kernels
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.whole_files import write_whole

if TYPE_CHECKING:
    from nbformat import NotebookNode

_TEMPLATES = Path(__file__).parent / "templates"
_HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
# Of a drawing: names of vocabularies only.
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)
_NUMERIC = re.compile(r"[-+\d,.\s%$]*|NaN|None|&lt;NA&gt;")
# pandas puts a style sheet of its own before each table.
_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)


def write_notebooks(
    project: Project, kernels: Kernels, progress: Progress
) -> tuple[list[Path], list[UserError]]:
    """Run the notebooks of some kernels and write them below site/notebooks/.

    Returns:
        The pages, and why the other notebooks failed; those have no page, not even one
        of an earlier build.

    Raises:
        UserError: What runs them is not installed.
    """
    progress.update(f"running {len(kernels.paths)} notebooks")
    written, failures = [], []
    for path, notebook in zip(kernels.paths, kernels.run(), strict=True):
        page = project.site / "notebooks" / f"{path.stem}.html"
        if isinstance(notebook, UserError):
            page.unlink(missing_ok=True)
            failures.append(notebook)
            continue
        write_whole(page, notebook_page(notebook))
        written.append(page)
    progress.clear()
    return written, failures


def notebook_page(notebook: "NotebookNode") -> str:
    """Return the page: words and outputs, with the code folded away."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("notebook.html.jinja").render(
        title=title_of(notebook),
        style=(_TEMPLATES / "notebook.css").read_text(encoding="utf-8"),
        cells=[_cell(cell) for cell in notebook["cells"]],
    )


def title_of(notebook: "NotebookNode") -> str:
    """Return its first heading."""
    for cell in notebook["cells"]:
        found = _HEADING.search(cell["source"]) if _is_words(cell) else None
        if found:
            return found[1].strip()
    return "Notebook"


def _is_words(cell: Any) -> bool:
    return cell["cell_type"] == "markdown"


def _cell(cell: Any) -> dict[str, Any]:
    from nbconvert.filters.highlight import Highlight2HTML
    from nbconvert.filters.markdown import markdown2html

    if _is_words(cell):
        return {"words": _plain_headings(markdown2html(cell["source"]))}
    return {
        # Long lines scroll, also for who has no mouse.
        "code": Highlight2HTML()(cell["source"]).replace("<pre>", '<pre tabindex="0">'),
        "outputs": [_output(output) for output in cell["outputs"]],
    }


def _plain_headings(text: str) -> str:
    """Take the link signs away that nbconvert puts behind each heading."""
    return re.sub(r'<a class="anchor-link".*?</a>', "", text)


def _output(output: Any) -> str:
    """Return an output as HTML; pictures carry their finding as a name."""
    if output["output_type"] == "stream":
        return f"<pre>{html.escape(output['text'])}</pre>"
    data = output["data"]
    if "image/svg+xml" in data:
        picture = data["image/svg+xml"]
        named = output["metadata"].get("image/svg+xml", {}).get("alt", "chart")
        drawn = _METADATA.sub("", picture[picture.index("<svg") :])
        label = html.escape(named, quote=True)
        return drawn.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    if "text/html" in data:
        tables = map(_aligned, _TABLE.findall(data["text/html"]))
        return f'<div class="table">{"".join(tables)}</div>'
    return f"<pre>{html.escape(data['text/plain'])}</pre>"


def _aligned(table: str) -> str:
    """Mark the columns that hold words, by what stands in their first row."""
    head, begin, body = table.partition("<tbody>")
    first = _CELL.findall(body.partition("</tr>")[0])
    holds_words = [not _NUMERIC.fullmatch(cell.strip()) for cell in first]
    if not holds_words:
        return table
    cells = itertools.cycle(holds_words)
    # Rows of the head begin with a heading above the names of the rows.
    headings = itertools.cycle([False, *holds_words])
    head = re.sub(
        "<th>", lambda th: '<th class="words">' if next(headings) else th[0], head
    )
    # The corner above the rows' names is no heading of anything.
    head = re.sub("<th></th>", "<td></td>", head)
    body = re.sub(
        "<td>", lambda td: '<td class="words">' if next(cells) else td[0], body
    )
    return head + begin + body
