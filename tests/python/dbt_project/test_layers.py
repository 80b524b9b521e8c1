"""The layers that docs/architecture.md draws: what may read what."""

from collections.abc import Iterator
from typing import Any

from dbt_sample import Built

Model = dict[str, Any]

#: Folders of models, lowest first: a model reads its own and those before it.
LAYERS = (
    "staging/streaming_app",
    "staging/reference",
    "utilities",
    # What was fitted is picked by today's date, a utility.
    "staging/ml",
    "intermediate",
    "core",
    "areas",
)

#: Which areas read marts of which others; every other pair meets in core or below.
AREAS_THAT_READ_OTHERS = {
    # What a channel's members are worth rests on how long they stay.
    ("acquisition", "churn"),
}


def models(built: Built) -> list[Model]:
    return [
        node
        for node in built.manifest["nodes"].values()
        if node["resource_type"] == "model"
    ]


def folder(model: Model) -> str:
    """Return the model's folder below models/, as `areas/churn/steps`."""
    return "/".join(model["fqn"][1:-1])


def layer(model: Model) -> int:
    """Return the place of the model's folder in `LAYERS`."""
    (place,) = [
        place
        for place, name in enumerate(LAYERS)
        if f"{folder(model)}/".startswith(f"{name}/")
    ]
    return place


def area(model: Model) -> str:
    """Return the area that the model lives with, or nothing for the layers below."""
    return model["fqn"][2] if model["fqn"][1] == "areas" else ""


def is_step(model: Model) -> bool:
    return model["fqn"][-2] == "steps"


def edges(built: Built) -> Iterator[tuple[Model, Model]]:
    """Yield each model with each model that it reads."""
    found = {model["unique_id"]: model for model in models(built)}
    for reader in found.values():
        for parent in reader["depends_on"]["nodes"]:
            if parent in found:
                yield reader, found[parent]


def test_no_model_reads_a_layer_above_its_own(built: Built) -> None:
    pairs = list(edges(built))
    assert len(pairs) > 250
    upwards = [
        f"{reader['name']} ({folder(reader)}) reads {read['name']} ({folder(read)})"
        for reader, read in pairs
        if layer(reader) < layer(read)
    ]
    assert upwards == []


def test_areas_read_each_other_where_the_list_says_so(built: Built) -> None:
    """A pair that is listed and not needed goes, so that the list stays the truth."""
    read = {
        (area(reader), area(parent))
        for reader, parent in edges(built)
        if area(parent) and area(reader) != area(parent)
    }
    assert read == AREAS_THAT_READ_OTHERS
    assert not read & {(second, first) for first, second in read}


def test_only_staging_reads_what_is_loaded_or_fitted(built: Built) -> None:
    reading = {
        model["name"]
        for model in models(built)
        if model["fqn"][1] != "staging"
        and any(
            parent.startswith(("seed.", "source."))
            for parent in model["depends_on"]["nodes"]
        )
    }
    assert reading == set()


def test_names_and_schemas_follow_the_folder(built: Built) -> None:
    kinds = {
        "staging": ("stg_",),
        "utilities": ("util_",),
        "intermediate": ("int_",),
        "core": ("dim_", "fct_", "bridge_"),
        "areas": ("dim_", "fct_", "agg_"),
    }
    for model in models(built):
        name = model["name"]
        top = model["fqn"][1]
        assert name.startswith(("int_",) if is_step(model) else kinds[top]), name
        expected = {"core": "mart_core", "areas": f"mart_{area(model)}"}.get(top, top)
        if is_step(model) or top == "utilities":
            expected = "intermediate"
        assert model["config"]["schema"] == expected, name


def test_steps_are_private_to_their_group(built: Built) -> None:
    """The three of core that areas read are marked; dbt refuses the rest to others."""
    readers: dict[str, set[str]] = {}
    for reader, parent in edges(built):
        readers.setdefault(parent["name"], set()).add(area(reader) or "core")
    steps = [model for model in models(built) if is_step(model)]
    assert len(steps) > 18
    for step in steps:
        home = area(step) or "core"
        assert step["config"]["group"] == home, step["name"]
        shared = readers.get(step["name"], set()) - {home}
        assert step["config"]["access"] == ("protected" if shared else "private"), (
            f"{step['name']} of {home} is read by {sorted(shared) or 'its own'}"
        )
        assert not (shared and home != "core"), step["name"]
    # That one is there for the checks, which are no models.
    assert {step["name"] for step in steps} - readers.keys() == {"int_plays_by_day"}


def test_what_one_area_alone_needs_lives_with_it(built: Built) -> None:
    readers: dict[str, set[str]] = {}
    for reader, parent in edges(built):
        readers.setdefault(parent["name"], set()).add(area(reader) or "below")
    alone = {
        model["name"]: readers[model["name"]]
        for model in models(built)
        if (model["fqn"][1] == "intermediate" or (is_step(model) and not area(model)))
        and len(readers.get(model["name"], set())) == 1
        and "below" not in readers[model["name"]]
    }
    assert alone == {}
