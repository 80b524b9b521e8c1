"""What the semantic model has beside tables and measures: levels to drill, a role."""

from streaming_analytics.bi.captions import Captions
from streaming_analytics.bi.powerbi.names import lineage, quoted
from streaming_analytics.bi.shapes import Hierarchy

ROLE = "Readers of one region"


def levels(names: Captions, hierarchy: Hierarchy) -> list[str]:
    """Return the lines of a hierarchy within its table."""
    lines = [
        f"\thierarchy {quoted(hierarchy.name)}",
        f"\t\tlineageTag: {lineage('hierarchy', hierarchy.table, hierarchy.name)}",
        "",
    ]
    for column in hierarchy.columns:
        caption = quoted(names.columns[hierarchy.table, column])
        tag = lineage("level", hierarchy.table, hierarchy.name, column)
        lines += [
            f"\t\tlevel {caption}",
            f"\t\t\tlineageTag: {tag}",
            f"\t\t\tcolumn: {caption}",
            "",
        ]
    return lines


def role(names: Captions) -> str:
    """Return a role whose reader sees one region: the code that the session brings.

    An embedding application or a gateway hands it over as CUSTOMDATA; what names no
    region stays visible.
    """
    code = quoted(names.columns["dim_regions", "region_code"]).strip("'")
    return "\n".join(
        [
            f"role {quoted(ROLE)}",
            "\tmodelPermission: read",
            "",
            f"\ttablePermission dim_regions = 'dim_regions'[{code}] = "
            "UPPER(CUSTOMDATA())",
            "",
        ]
    )
