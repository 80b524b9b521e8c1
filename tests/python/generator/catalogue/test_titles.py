"""Titles: each its own, also as the catalogue grows."""

import csv

import numpy as np

from streaming_analytics.generator.catalogue.catalogue import build_catalogue
from streaming_analytics.generator.catalogue.titles import (
    draw_titles,
    without_repeats,
)
from streaming_analytics.project import own_checkout

from ..conftest import DAYS, make_world


def test_no_two_titles_of_a_large_catalogue_are_alike() -> None:
    world = make_world(1_000, 6_000)
    titles = build_catalogue(world, world.start_day + DAYS).titles
    assert len(titles) == 6_000
    assert len({title.casefold() for title in titles}) == 6_000


def test_a_longer_span_leaves_the_titles_as_they_were() -> None:
    world = make_world(1_000, 600)
    short = build_catalogue(world, world.start_day + 400).titles
    longer = build_catalogue(world, world.start_day + DAYS).titles
    assert len(longer) > len(short)
    assert longer[: len(short)] == short


def test_a_title_that_is_taken_gets_another_name_and_the_first_keeps_it() -> None:
    taken = {"one harbour"}
    rng = np.random.default_rng(1)
    found = without_repeats(["New", "NEW", "One Harbour", "new"], taken, rng)
    assert found[0] == "New"
    assert len({title.casefold() for title in found} | {"one harbour"}) == 5
    assert taken == {title.casefold() for title in found} | {"one harbour"}


def test_names_never_run_out(monkeypatch) -> None:
    from streaming_analytics.generator.catalogue import titles

    monkeypatch.setattr(titles, "_RARE", ("The one",))
    monkeypatch.setattr(titles, "_TRIES", 2)
    found = without_repeats(["Same"] * 4, set(), np.random.default_rng(1))
    assert len(set(found)) == 4


def test_nothing_stands_twice_in_a_title() -> None:
    for title in draw_titles(np.random.default_rng(2), 20_000):
        first, found, second = title.partition(" and the ")
        if found and first.startswith("The "):
            assert first.removeprefix("The ") != second


def test_the_sample_costs_about_half_of_what_its_members_pay() -> None:
    sample = own_checkout().root / "seeds" / "sample"

    def total(table: str, column: str, **only: str) -> float:
        with (sample / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return sum(
                float(row[column] or 0)
                for row in csv.DictReader(file)
                if all(row[name] == value for name, value in only.items())
            )

    cost = total("content", "licence_cost_usd")
    revenue = total("payments", "amount_usd", status="paid")
    assert 0.25 < cost / revenue < 0.75
