"""Raw tables that another tool keeps in the warehouse, and are read where they are."""

from typing import Any

import yaml

from streaming_analytics.errors import UserError
from streaming_analytics.project import Project

# Beside dbt_project.yml; dbt by itself: dbt build --vars "$(cat raw_tables.yml)".
FILE = "raw_tables.yml"
_VARIABLE = "raw_tables"


def mapped_tables(project: Project) -> dict[str, Any]:
    """Return the mapping as dbt's variable; nothing without the file.

    Raises:
        UserError: The file is not YAML, or has no mapping of tables.
    """
    path = project.root / FILE
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML: {str(error).splitlines()[0]}") from error
    tables = content.get(_VARIABLE) if isinstance(content, dict) else None
    if not isinstance(tables, dict) or not all(
        isinstance(table, dict) and isinstance(table.get("columns"), dict)
        for table in tables.values()
    ):
        raise UserError(
            f"{path} has no tables under {_VARIABLE}, each with its columns; "
            "see docs/warehouse-tables.md"
        )
    return {_VARIABLE: tables}
