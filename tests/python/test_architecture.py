"""What holds for every module of the package, read from its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import streaming_analytics

PACKAGE = Path(streaming_analytics.__file__).parent
ROOT = PACKAGE.parent.parent
MOST_LINES = 400


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a module imports as it is loaded.

    Those for type checkers alone count as well: they are how a circle hides. Imports
    within a function do not: they happen when it is called.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def graph() -> dict[str, set[str]]:
    """Return the package's modules, and those of it that each imports."""
    return {
        name: {
            other
            for other in imported(ast.parse(path.read_text(encoding="utf-8")))
            if other in MODULES and other != name
        }
        for name, path in MODULES.items()
    }


def circle_in(edges: dict[str, set[str]]) -> list[str]:
    """Return a circle of the graph, or nothing."""
    done: set[str] = set()

    def search(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for other in sorted(edges.get(node, ())):
            if found := search(other, [*way, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(edges) if (found := search(node, []))), [])


def test_the_search_finds_a_circle() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_import_goes_round_in_a_circle() -> None:
    edges = graph()
    assert sum(map(len, edges.values())) > 100
    assert circle_in(edges) == []


GENERATOR = "streaming_analytics.generator."
# Each of the generator's folders stands on those before it.
FOLDERS = (
    "numeric",
    "world",
    "catalogue",
    "accounts",
    "watching",
    "simulation",
    "output",
    "faults",
    "run",
)


def test_the_generators_folders_stand_on_one_another() -> None:
    def folder(name: str) -> str:
        return name.removeprefix(GENERATOR).split(".")[0]

    upwards = [
        f"{name} imports {other}"
        for name, others in graph().items()
        for other in others
        if name.startswith(GENERATOR)
        and other.startswith(GENERATOR)
        and folder(name) in FOLDERS
        and FOLDERS.index(folder(other)) > FOLDERS.index(folder(name))
    ]
    assert upwards == []


def test_every_module_is_short() -> None:
    long = {
        name: lines
        for name, path in MODULES.items()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= MOST_LINES
    }
    assert long == {}


def test_every_folder_is_among_the_parts() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {name for name in folders if f"{name}/`" not in page} == set()


def test_no_module_holds_a_control_character() -> None:
    """An editor shows a backspace as nothing, and click takes it for a text."""
    held = {
        name
        for name, path in MODULES.items()
        if re.search(r"[\x00-\x08\x0b-\x1f]", path.read_text(encoding="utf-8"))
    }
    assert held == set()


def splats(tree: ast.AST) -> list[int]:
    """Return the lines of calls that unpack a tuple or list written in place."""
    return [
        argument.lineno
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for argument in call.args
        if isinstance(argument, ast.Starred)
        and isinstance(argument.value, ast.Tuple | ast.List)
    ]


@pytest.mark.parametrize("folder", ["python", "tests", "docs"])
def test_calls_say_their_arguments_one_by_one(folder: str) -> None:
    assert splats(ast.parse("f(*(1, 2), *[3])")) == [1, 1]
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in (ROOT / folder).rglob("*.py")
        if (lines := splats(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}
