"""Which faults are asked for, and at which rates."""

from streaming_analytics.errors import UserError
from streaming_analytics.generator.faults.files import FILE_FAULTS
from streaming_analytics.generator.faults.kinds import FileFault, RowFault, TableFault
from streaming_analytics.generator.faults.rows import ROW_FAULTS
from streaming_analytics.generator.faults.tables import TABLE_FAULTS

FAULTS: dict[str, RowFault | TableFault | FileFault] = {
    **ROW_FAULTS,
    **TABLE_FAULTS,
    **FILE_FAULTS,
}
# What real exports show (REALISM.md), all of which a build puts right by itself.
DIRT = ("exact_duplicate", "epoch_timestamp", "country_case")


def parse(names: str | None, is_dirty: bool) -> dict[str, float | None]:
    """Return the faults asked for, with their rates (None for the usual one).

    Args:
        names: Names separated by commas, each with `=RATE` if another is wanted.
        is_dirty: Whether to add the dirt of real exports.

    Raises:
        UserError: A name or a rate is not known.
    """
    wanted: dict[str, float | None] = dict.fromkeys(DIRT) if is_dirty else {}
    for item in filter(None, (names or "").split(",")):
        name, _, rate = item.strip().partition("=")
        if name not in FAULTS:
            known = ", ".join(sorted(FAULTS))
            raise UserError(f"there is no fault {name}; known are {known}")
        if rate and name not in ROW_FAULTS:
            raise UserError(f"fault {name} befalls a whole file; leave out the rate")
        wanted[name] = _rate(item, rate) if rate else None
    return wanted


def _rate(item: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate <= 1:
        raise UserError(f"fault {item}: give a rate above 0 and at most 1")
    return rate


def describe() -> list[tuple[int, str, str, str, str]]:
    """Return number, name, table, usual rate and description of every fault."""
    return sorted(
        (
            fault.number,
            name,
            fault.table,
            f"{fault.rate:.3%}" if isinstance(fault, RowFault) else "-",
            fault.what,
        )
        for name, fault in FAULTS.items()
    )
