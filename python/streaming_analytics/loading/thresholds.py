"""How much of a table may be set aside before a load warns, and before it stops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from numbers import Real
from pathlib import Path

from streaming_analytics.definitions import PROJECT_FILE, read_definitions
from streaming_analytics.errors import UserError
from streaming_analytics.loading.checked import Context
from streaming_analytics.loading.intake import Landed
from streaming_analytics.loading.reasons import FOLLOWING, Reason
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import RawTable, read_raw_contract

VARIABLE = "set_aside_limits"
# One wrong row of a short table is a large share and no reason to warn.
_FEW = 5
# Limits of all tables that state none of their own.
ALL = "all"


@dataclass(frozen=True)
class Limits:
    """What a table lets pass; dbt_project.yml gives the reasons.

    Attributes:
        warn_percent: Share of its rows above which the load warns.
        stop_percent: Share of its rows above which nothing is loaded ...
        stop_rows: ... and no less than so many rows.
        stop_deleted_percent: Share of its keys that are gone while other tables still
            describe them, above which nothing is loaded.
    """

    warn_percent: float
    stop_percent: float
    stop_rows: int
    stop_deleted_percent: float

    def stops(self, wrong: int, rows: int) -> bool:
        """Whether so many wrong rows of all stop a load."""
        return wrong >= self.stop_rows and percent(wrong, rows) > self.stop_percent

    def stops_deleted(self, deleted: int, keys: int) -> bool:
        """Whether so many deleted keys of all stop a load."""
        share = percent(deleted, keys)
        return deleted >= self.stop_rows and share > self.stop_deleted_percent


_NAMES = tuple(field.name for field in fields(Limits))


def percent(part: int, whole: int) -> float:
    """Return a part in percent; of nothing it is 0."""
    return 100 * part / max(whole, 1)


def read_limits(root: Path, tables: Iterable[RawTable]) -> dict[str, Limits]:
    """Return the limits of each table, as the checkout's dbt variable states them.

    Raises:
        UserError: The variable is missing, or names a table or limit there is not.
    """
    stated = read_definitions(root).variables.get(VARIABLE)
    names = [table.name for table in tables]
    if not isinstance(stated, dict) or set(stated.get(ALL) or ()) != set(_NAMES):
        raise UserError(
            f"the variable {VARIABLE} has to state {', '.join(_NAMES)} under {ALL}; "
            f"see {PROJECT_FILE}"
        )
    for name, own in stated.items():
        if name not in (ALL, *names) and name not in _contract_names(root):
            raise _wrong(f"there is no raw table {name}")
        for limit, value in (own or {}).items():
            if limit not in _NAMES:
                raise _wrong(f"{name}: there is no limit {limit}")
            if not isinstance(value, Real) or value < 0:
                raise _wrong(f"{name}: {limit} is {value!r}, and no number from 0")
    return {
        name: Limits(**{**stated[ALL], **(stated.get(name) or {})}) for name in names
    }


def why_to_stop(
    landed: Landed,
    context: Context,
    limits: Mapping[str, Limits],
    load_id: str | None,
    *,
    appends: bool,
) -> str:
    """Return why a load has to stop, or nothing; warn of what is much.

    The rows can be looked at under `load_id`; None: they are not kept. A load that
    `appends` leaves no table empty.
    """
    name, wrong, rows = landed.table.name, landed.wrong, landed.rows_in
    own, share = limits[name], percent(wrong, rows)
    leaves_nothing = wrong > 0 and landed.accepted == 0 and not appends
    if leaves_nothing or own.stops(wrong, rows):
        worst = next(
            found
            for found in landed.findings
            if not found.is_repair and found.reason not in FOLLOWING
        )
        limit = (
            "a load stops where none is left"
            if leaves_nothing
            else f"more than {own.stop_percent:g} % stop a load"
        )
        look = f". See: streaming quarantine --load {load_id[:8]}" if load_id else ""
        return (
            f"{wrong:,} of {rows:,} rows of {name} ({share:.1f} %) break the raw "
            f"contract, and {limit}; nothing was "
            f"loaded. Most often: {worst.describe()}{look}"
        )
    overlapping = landed.findings.count(Reason.OVERLAP)
    if overlapping:
        # Few as they are: somebody is billed twice, or a title is licensed twice.
        landed.findings.warn(
            "rows set aside that overlap an earlier span of the same owner", overlapping
        )
    if wrong >= _FEW and share > own.warn_percent:
        landed.findings.warn(
            f"rows set aside, more than {own.warn_percent:g} % of the table", wrong
        )
    for column in landed.table.columns:
        parent = column.rules.references or ""
        kept = context.kept.get(parent)
        if not column.rules.keeps or kept is None:
            continue
        deleted, keys = len(kept), len(context.keys[parent])
        if limits[parent].stops_deleted(deleted, keys):
            return (
                f"{deleted:,} of {keys:,} keys of {parent} are gone, though {name} "
                f"still describes them ({percent(deleted, keys):.1f} %), and more than "
                f"{limits[parent].stop_deleted_percent:g} % stop a load; nothing was "
                f"loaded. Deliver {parent} whole"
            )
    return ""


def warn_of_deleted(landed: Mapping[str, Landed], context: Context) -> None:
    """Say of each table how many of its keys are gone and kept."""
    for parent, kept in context.kept.items():
        if parent in landed:
            landed[parent].findings.warn(
                "keys that are gone, though other tables still describe them: kept as "
                "deleted ones, with all that refers to them",
                len(kept),
            )


def _contract_names(root: Path) -> list[str]:
    return [table.name for table in read_raw_contract(Project(root).raw_contract)]


def _wrong(what: str) -> UserError:
    return UserError(f"the variable {VARIABLE} in {PROJECT_FILE}: {what}")
