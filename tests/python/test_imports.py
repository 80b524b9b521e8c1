"""Which part of the package may know which other: read from its import statements."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import streaming_analytics

ROOT = Path(streaming_analytics.__file__).parent
NAME = "streaming_analytics"

# What renders for people; the warehouse's side of the job knows nothing of it.
SHOWS = {"report", "docs_site", "bi", "notebooks"}


def module_name(path: Path) -> str:
    parts = (NAME, *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(part for part in parts if part != "__init__")


MODULES = {module_name(path): path for path in ROOT.rglob("*.py")}


def imported(path: Path) -> Iterator[str]:
    """Yield the package's modules that a module imports, within functions too.

    What only a type checker follows is left out.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module
        todo.extend(ast.iter_child_nodes(node))


def part_of(module: str) -> str:
    """Return the folder or module right below the package."""
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize(
    ("part", "never"),
    [
        ("jobs", {"cli"}),
        ("publishing", SHOWS | {"jobs", "cli"}),
        ("models", SHOWS | {"jobs", "cli", "publishing"}),
        ("loading", SHOWS | {"jobs", "cli", "publishing", "models"}),
        ("generator", SHOWS | {"jobs", "cli", "publishing", "models", "warehouse"}),
        ("warehouse", SHOWS | {"jobs", "cli", "publishing", "models", "generator"}),
        *((part, {"jobs", "cli"}) for part in sorted(SHOWS)),
    ],
)
def test_a_part_knows_only_what_lies_below_it(part: str, never: set[str]) -> None:
    found = {
        f"{module} imports {other}"
        for module, path in MODULES.items()
        if part_of(module) == part
        for other in imported(path)
        if part_of(other) in never
    }
    assert found == set()


def test_the_command_line_alone_knows_click() -> None:
    users = {
        module
        for module, path in MODULES.items()
        if any(
            isinstance(node, ast.Import) and node.names[0].name == "click"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert {part_of(module) for module in users} == {"cli"}
