from hypothesis import given
from hypothesis import strategies as st

from streaming_analytics.report.panels.labels import Point, place_names

POINTS = st.lists(
    st.builds(
        Point,
        name=st.text("abcdefgh", min_size=1, max_size=14),
        x=st.floats(0, 600),
        y=st.floats(0, 400),
    ),
    max_size=16,
)


def test_a_lonely_name_stands_to_the_right() -> None:
    assert place_names([Point("War", 10, 10)], 300) == ["right"]


def test_at_the_edge_it_turns_to_the_left() -> None:
    assert place_names([Point("Science fiction", 290, 10)], 300) == ["left"]


def test_two_points_at_one_place_do_not_write_over_each_other() -> None:
    places = place_names([Point("Drama", 100, 50), Point("Crime", 104, 52)], 300)
    assert len(set(places)) == 2


def test_a_name_without_room_is_left_out() -> None:
    assert place_names([Point("Documentary", 10, 10)], 30) == ["none"]


@given(POINTS)
def test_every_point_gets_an_answer(points: list[Point]) -> None:
    places = place_names(points, 600)
    assert len(places) == len(points)
    sides = {"right", "left", "above", "below", "higher", "lower", "none"}
    assert set(places) <= sides
