"""Columns read from their YAML; what is wrong is named."""

from typing import Any

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.mart_columns import Additivity, Column, Format, read_columns


def read(data_type: str = "integer", **meta: Any) -> Column:
    def node(meta: dict[str, Any]) -> dict[str, Any]:
        return {"data_type": data_type, "description": "", "config": {"meta": meta}}

    nodes = {"x": node(meta), "a": node({}), "b": node({}), "day": node({})}
    return read_columns("agg_x", nodes, frozenset())["x"]


def test_a_plain_attribute_needs_no_word() -> None:
    for data_type, shown in (
        ("string", Format.TEXT),
        ("boolean", Format.YES_NO),
        ("date", Format.DATE),
        ("timestamp", Format.TIMESTAMP),
    ):
        column = read(data_type)
        assert (column.format, column.additivity) == (shown, Additivity.NONE)


def test_an_undeclared_number_is_never_summed() -> None:
    assert read("numeric(12, 6)").additivity is Additivity.NONE


def test_the_unit_says_the_format_unless_one_is_declared() -> None:
    assert read(unit="usd").format is Format.DOLLARS
    assert read(unit="usd", format="cents").format is Format.CENTS


def test_a_ratio_names_formulas_of_columns() -> None:
    parts = read(numerator="a - b", denominator="28 * day", unit="share").parts
    assert parts is not None
    assert parts.numerator.names == ("a", "b")
    assert parts.numerator.terms() == (frozenset("a"), frozenset("b"))
    assert parts.denominator.written(lambda name: f"[{name}]", _divide) == "28 * [day]"


def _divide(top: str, bottom: str) -> str:
    return f"{top} over {bottom}"


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"unit": "euros"}, "unit 'euros' is none of count"),
        ({"unit": "count", "format": "bold"}, "format 'bold' is none of text"),
        ({"additivity": "some"}, "additivity 'some' is none of additive"),
        ({"additivity": "semi_additive"}, "over belong together"),
        ({"additivity": "additive", "over": "day"}, "over belong together"),
        ({"numerator": "a"}, "numerator and denominator belong together"),
        (
            {"numerator": "a", "denominator": "b", "additivity": "additive"},
            "a ratio does not add up",
        ),
        ({"numerator": "a", "denominator": "c"}, "names c, which agg_x does not have"),
        ({"additivity": "semi_additive", "over": "month"}, "names month"),
        ({"numerator": "max(a)", "denominator": "b"}, "more than"),
        ({"numerator": "a +", "denominator": "b"}, "no expression of SQL"),
        ({"numerator": "1", "denominator": "b"}, "names nothing"),
        ({"total": "sum"}, "total, which nothing reads"),
    ],
)
def test_a_wrong_declaration_is_named(meta: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"column x of agg_x") as caught:
        read(**meta)
    assert message in str(caught.value)


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UserError, match="column x has the data type 'money'"):
        read("money")
