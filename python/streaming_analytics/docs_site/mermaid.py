"""Diagrams as Mermaid in one Markdown page, which code hosts draw themselves."""

import re
from collections.abc import Sequence

from streaming_analytics.docs_site.diagram import Box, Diagram, Row

_HEAD = """\
# Entity-relationship diagrams

Made from the contracts in `models/core/` and `models/areas/` by `streaming docs --erd`;
do not edit.
To edit a picture, open [`{drawio}`]({drawio}) in draw.io: one page for each diagram.

A line goes from the table that holds a foreign key (crow's foot) to the table it
names (bar; a ring means that the key may be NULL).

Diagrams: {index}
"""


def to_markdown(diagrams: Sequence[Diagram], drawio: str) -> str:
    """Return the page with every diagram, its picture first."""
    index = " · ".join(
        f"[{diagram.title}](#{diagram.title.lower().replace(' ', '-')})"
        for diagram in diagrams
    )
    parts = [_HEAD.format(drawio=drawio, index=index)]
    for diagram in diagrams:
        note = f"{diagram.note}\n\n" if diagram.note else ""
        picture = f"{diagram.name}.svg"
        parts.append(
            f"## {diagram.title}\n\n{note}"
            f"[![{diagram.title}]({picture})]({picture})\n\n"
            "<details><summary>Mermaid</summary>\n\n"
            f"```mermaid\n{to_mermaid(diagram)}```\n\n</details>\n"
        )
    return "\n".join(parts)


def to_mermaid(diagram: Diagram) -> str:
    """Return the diagram in Mermaid's language."""
    lines = ["erDiagram", "    direction LR"]
    for box in diagram.boxes:
        lines += _entity(box)
    for link in diagram.links:
        parent = "|o" if link.is_optional else "||"
        child = "o|" if link.is_single else "o{"
        lines.append(
            f"    {link.parent} {parent}--{child} {link.child} : {link.child_column}"
        )
    return "\n".join(lines) + "\n"


def _entity(box: Box) -> list[str]:
    rows = [f"        {_attribute(row)}" for row in box.rows]
    return [f"    {box.table} {{", *rows, "    }"]


def _attribute(row: Row) -> str:
    # Mermaid takes no comma or blank in a type.
    kind = re.split(r"[ ,(]", row.type_label)[0]
    keys = [
        key for key, is_it in (("PK", row.is_primary), ("FK", row.is_foreign)) if is_it
    ]
    return " ".join([kind, row.column, ", ".join(keys)]).rstrip()
