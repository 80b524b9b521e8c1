"""What a unit block carries from one month to the next."""

from dataclasses import dataclass, fields
from typing import Self

from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.state import AccountState
from streaming_analytics.generator.watching.open_runs import OpenRuns
from streaming_analytics.generator.watching.state import WatchState

# Open runs stand under this prefix beside the arrays of the accounts.
_OPEN = "open_"


@dataclass
class UnitState:
    """The accounts of a unit block, and what they watch."""

    account: AccountState
    watch: WatchState

    @classmethod
    def fresh(cls, members: Members, titles: int) -> Self:
        """Return the state before anybody has signed up."""
        return cls(AccountState.fresh(members), WatchState.fresh(titles))

    def arrays(self) -> dict[str, NDArray]:
        """Return the arrays by name, those of open runs as open_..."""
        account = {
            item.name: getattr(self.account, item.name) for item in fields(AccountState)
        }
        opened = self.watch.open._asdict()
        return (
            account
            | {"seen": self.watch.seen}
            | {f"{_OPEN}{name}": values for name, values in opened.items()}
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray]) -> Self:
        """Return the state of which `arrays` were returned."""
        account = {item.name: arrays[item.name] for item in fields(AccountState)}
        opened = {name: arrays[f"{_OPEN}{name}"] for name in OpenRuns._fields}
        return cls(
            AccountState(**account), WatchState(OpenRuns(**opened), arrays["seen"])
        )


@dataclass
class Snapshot:
    """Unit blocks as they stood before a month."""

    month: int
    states: dict[int, UnitState]
