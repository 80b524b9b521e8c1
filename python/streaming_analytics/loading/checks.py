"""The raw contract's rules, held to one block of rows at a time.

A row keeps the first thing that is wrong with it. docs/decisions/0048-raw-quarantine.md
"""

from datetime import date

import numpy as np

from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import Block
from streaming_analytics.loading.cast_kernels import clean_text
from streaming_analytics.loading.casts import Type, cast, type_of
from streaming_analytics.loading.cells import Column, Text, Values
from streaming_analytics.loading.checked import NO_COLUMN, Checked, Context
from streaming_analytics.loading.codes import allowed_keys
from streaming_analytics.loading.headers import LOADED_AT
from streaming_analytics.loading.keys import Hashes, Keys, Places, hash_text
from streaming_analytics.loading.rates import is_foreign
from streaming_analytics.loading.reasons import FIRST_REPAIR, Reason
from streaming_analytics.loading.text_rules import (
    differing,
    unstorable,
    written_alike,
)
from streaming_analytics.raw_contract import EXCHANGE_RATES, RawColumn, RawTable

_EMPTY, _PADDED, _CAPITALS, _SMALL, _BEYOND_ASCII = 1, 2, 4, 8, 16
_DAY = 86_400_000_000
# Clocks of two machines differ; a local date may be a day ahead of UTC.
_TOLERANCE = 600_000_000
_LOCAL_DAYS = 1
# A machine that loads may be in any time zone, and its clock wrong.
_FUTURE = 2 * _DAY


class Checker:
    """Casts and checks the rows of one table."""

    def __init__(self, table: RawTable, context: Context) -> None:
        """Prepare the table's rules."""
        self.table = table
        self.types = [type_of(column.type) for column in table.columns]
        self._context = context
        self._places = {name: at for at, name in enumerate(table.column_names)}
        self._allowed = allowed_keys(table, context.codes)

    def check(self, block: Block) -> Checked:
        """Cast a block and hold it to the rules.

        Raises:
            UserError: A column of a type that cannot be loaded.
        """
        rows = block.rows
        columns: list[Column] = []
        checked = Checked(
            columns, block.reasons.copy(), np.full(rows, NO_COLUMN, np.int8)
        )
        for place, (column, type_) in enumerate(
            zip(self.table.columns, self.types, strict=True)
        ):
            columns.append(self._cast(block, column, type_, place, checked))
        found: dict[str, tuple[Hashes, Places]] = {}
        self._keep_parents(checked)
        for place, column in enumerate(self.table.columns):
            self._hold(column, place, checked, found)
        if self.table.over_runtime_percent is not None:
            self._hold_plays(self.table.over_runtime_percent, checked, found)
        return checked

    @property
    def own_keys(self) -> Keys | None:
        """The table's keys, where others refer to them."""
        return self._context.keys.get(self.table.name)

    def learn(self, checked: Checked) -> int:
        """Keep keys that others refer to; return how many rows' keys were there."""
        good = checked.good
        if self.table.name == EXCHANGE_RATES:
            self._context.rates.learn(
                self._text(checked, "currency_code"),
                self._values(checked, "rate_date"),
                good,
            )
        codes = self._context.codes.get(self.table.name)
        if codes is not None:
            names = self._text(checked, self.table.key[0]).to_arrow()
            codes.allow(names.take(good).to_pylist())
        keys = self.own_keys
        if keys is None:
            return 0
        if self.table.name == "users" and len(good):
            signed_up = self._values(checked, "signed_up_at").numbers[good]
            first = self._context.launch.get("users", int(signed_up[0]))
            self._context.launch["users"] = min(first, int(signed_up.min()))
        hashes = self._hashes(checked, self.table.key[0])
        wrong = checked.reasons != 0
        if wrong.any():
            self.set_aside(hashes[wrong])
        facts = {}
        if self.table.name in RUNTIMES:
            runtime = self._values(checked, "runtime_seconds")
            facts["runtime"] = np.where(runtime.valid, runtime.numbers, 0)[good]
        if self.table.name == "episodes":
            title = self._hashes(checked, "content_id").view(np.int64)
            facts["title"] = title[good]
        if self.table.name == "content":
            kind = self._text(checked, "content_type")
            facts["series"] = (kind.lengths == len("series")).astype(np.int64)[good]
        return len(good) - keys.add(hashes[good], **facts)

    def set_aside(self, hashes: Hashes) -> None:
        """Remember the keys of rows that were set aside, NULL left out."""
        aside = self._context.aside.setdefault(self.table.name, Keys())
        aside.add(hashes[hashes != 0])

    def _keep_parents(self, checked: Checked) -> None:
        """Keep keys that their own table lacks, where this one still describes them."""
        for column in self.table.columns:
            parent = column.rules.references or ""
            keys = self._context.keys.get(parent)
            if not column.rules.keeps or keys is None:
                continue
            hashes = self._hashes(checked, column.name)
            aside = self._context.aside.get(parent, Keys())
            # Not those that are set aside for a reason of their own.
            gone = (hashes != 0) & (keys.find(hashes) < 0) & (aside.find(hashes) < 0)
            gone &= checked.reasons == 0
            if not gone.any():
                continue
            self._context.kept.setdefault(parent, Keys()).add(hashes[gone])
            nothing = np.zeros(int(gone.sum()), np.int64)
            facts = {name: nothing for name in FACTS.get(parent, ())}
            if "series" in facts:
                facts["series"] = nothing + (self.table.name == "episodes")
            keys.add(hashes[gone], **facts)

    def _cast(
        self,
        block: Block,
        column: RawColumn,
        type_: Type,
        place: int,
        checked: Checked,
    ) -> Column:
        cells = block.cells.get(column.name)
        if cells is None:
            return self._absent(block.rows, column, type_)
        try:
            values, reasons = cast(cells, type_, assume_utc=self._context.assume_utc)
        except UserError as error:
            raise UserError(f"{block.path}: column {column.name}: {error}") from error
        if reasons.any():
            for reason in np.unique(reasons[reasons > 0]):
                rows = reasons == reason
                if reason < FIRST_REPAIR:
                    checked.mark(rows, place, Reason(reason))
                else:
                    checked.repairs[column.name, Reason(reason)] = int(rows.sum())
        if not isinstance(values, Text):
            if column.name == LOADED_AT and not (values.valid.any() or reasons.any()):
                # As in a template that was filled in: the column is there, and empty.
                return self._absent(block.rows, column, type_)
            return values
        values = self._clean(values, column, place, checked)
        if not isinstance(cells, Text):
            checked.mark(unstorable(values), place, Reason.NOT_TEXT)
        return values

    def _absent(self, rows: int, column: RawColumn, type_: Type) -> Column:
        nothing = np.zeros(rows, np.bool_)
        if column.name == LOADED_AT:
            return Values(np.full(rows, self._context.now, np.int64), ~nothing)
        if type_.kind == "string":
            return Text(np.zeros(rows + 1, np.int32), np.zeros(0, np.uint8), nothing)
        return Values(np.zeros(rows, np.int64), nothing)

    def _clean(
        self, text: Text, column: RawColumn, place: int, checked: Checked
    ) -> Text:
        """Take an empty key or code for NULL, refuse padded keys, write codes alike."""
        rules = column.rules
        is_key = column.name in self.table.key or rules.references is not None
        is_code = rules.case or rules.values or rules.seed or rules.is_time_zone
        if not (is_key or is_code):
            return text
        marks = clean_text(text.offsets, text.data, text.valid)
        if (marks & _EMPTY).any():
            text = Text(text.offsets, text.data, text.valid & (marks & _EMPTY == 0))
        if rules.case is None:
            if is_key:
                checked.mark(marks & _PADDED != 0, place, Reason.PADDED)
            return text
        wrong = _PADDED | _BEYOND_ASCII
        wrong |= _CAPITALS if rules.case == "lower" else _SMALL
        if not (marks & wrong).any():
            return text
        alike = written_alike(text.to_arrow(), rules.case)
        changed = differing(text, alike)
        if changed:
            checked.repairs[column.name, Reason.WRITTEN_ALIKE] = changed
        return alike

    def _hold(
        self,
        column: RawColumn,
        place: int,
        checked: Checked,
        found: dict[str, tuple[Hashes, Places]],
    ) -> None:
        rules = column.rules
        values = checked.columns[place]
        valid = values.valid
        if self.table.is_required(column) or column.name == LOADED_AT:
            checked.mark(~valid, place, Reason.MISSING)
        if rules.together_with:
            other = checked.columns[self._places[rules.together_with]]
            checked.mark(~valid & other.valid, place, Reason.APART)
        if rules.instead_of:
            other = checked.columns[self._places[rules.instead_of]]
            checked.mark(~valid & ~other.valid, place, Reason.NEITHER)
            checked.mark(valid & other.valid, place, Reason.BOTH)
        if isinstance(values, Text):
            allowed = self._allowed.get(column.name)
            keys = self._context.keys.get(rules.references or "")
            if allowed is not None or keys is not None:
                hashes = hash_text(values)
                if allowed is not None:
                    unknown = valid & (allowed.find(hashes) < 0)
                    checked.mark(unknown, place, Reason.NOT_ALLOWED)
                if keys is not None:
                    places = keys.find(hashes)
                    found[column.name] = hashes, places
                    unknown = valid & (places < 0)
                    for rows, reason in self._context.why_unknown(
                        rules.references or "", hashes, unknown
                    ):
                        checked.mark(rows, place, reason)
            if rules.rate_on:
                day = self._values(checked, rules.rate_on)
                lacking = self._context.rates.lacking(values, day)
                checked.mark(lacking, place, Reason.NO_RATE)
            if rules.currency_of:
                amount = self._values(checked, rules.currency_of)
                wrong = is_foreign(values) & ~amount.valid
                checked.mark(wrong, place, Reason.IN_DOLLARS)
            return
        self._hold_number(rules_of(column), values, place, checked)
        self._hold_time(column, values, place, checked)

    def _hold_number(
        self,
        limits: tuple[int | None, int | None, int | None],
        values: Values,
        place: int,
        checked: Checked,
    ) -> None:
        least, greatest, step = limits
        numbers, valid = values.numbers, values.valid
        if least is not None:
            checked.mark(valid & (numbers < least), place, Reason.TOO_SMALL)
        if greatest is not None:
            checked.mark(valid & (numbers > greatest), place, Reason.TOO_GREAT)
        if step is not None:
            checked.mark(valid & (numbers % step != 0), place, Reason.OFF_GRID)

    def _hold_time(
        self, column: RawColumn, values: Values, place: int, checked: Checked
    ) -> None:
        rules = column.rules
        numbers, valid = values.numbers, values.valid
        unit = 1 if column.type == "date" else _DAY
        for limit, reason in (
            (rules.not_before, Reason.TOO_EARLY),
            (rules.after, Reason.NOT_AFTER),
        ):
            if limit is None:
                continue
            if limit in self._places:
                other = self._values(checked, limit)
                wrong = other.valid & (numbers < other.numbers)
                if reason == Reason.NOT_AFTER:
                    wrong |= other.valid & (numbers == other.numbers)
            else:
                wrong = numbers < _day(limit) * unit
            checked.mark(valid & wrong, place, reason)
        if rules.not_after == LOADED_AT:
            loaded = self._values(checked, LOADED_AT)
            if column.type == "date":
                last = loaded.numbers // _DAY + _LOCAL_DAYS
            else:
                last = loaded.numbers + _TOLERANCE
            wrong = valid & loaded.valid & (numbers > last)
            checked.mark(wrong, place, Reason.AFTER_LOAD)
        elif rules.not_after is not None:
            wrong = valid & (numbers > _day(rules.not_after) * unit)
            checked.mark(wrong, place, Reason.TOO_LATE)
        if rules.day_of_month is not None:
            days = numbers.astype("datetime64[D]")
            number = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
            wrong = valid & (number != rules.day_of_month)
            checked.mark(wrong, place, Reason.WRONG_DAY)
        if column.name == LOADED_AT:
            latest = max(self._context.now, self._context.latest) + _FUTURE
            checked.mark(valid & (numbers > latest), place, Reason.FROM_FUTURE)

    def _hold_plays(
        self,
        percent: float,
        checked: Checked,
        found: dict[str, tuple[Hashes, Places]],
    ) -> None:
        """Hold a play to the length of what was played, and an episode to its title."""
        if not {"content_id", "episode_id"} <= set(found):
            return
        title_hashes, titles = found["content_id"]
        _, episodes = found["episode_id"]
        content, parts = self._context.keys["content"], self._context.keys["episodes"]
        # Place -1 reads some other row's fact: it is told apart below.
        of_episode = self._text(checked, "episode_id").valid & (episodes >= 0)
        of_title = titles >= 0
        owner = parts.fact("title", episodes).view(np.uint64)
        place = self._places["episode_id"]
        wrong = of_episode & of_title & (owner != title_hashes)
        checked.mark(wrong, place, Reason.OTHER_TITLE)
        runtime = np.where(
            of_episode,
            parts.fact("runtime", episodes),
            np.where(of_title, content.fact("runtime", titles), 0),
        )
        # "main" is the one of the two that has four letters.
        is_main = self._text(checked, "play_type").lengths == len("main")
        watched = self._values(checked, "watched_seconds")
        longest = runtime * (100 + percent) // 100
        place = self._places["watched_seconds"]
        over = is_main & (runtime > 0) & watched.valid & (watched.numbers > runtime)
        checked.mark(over & (watched.numbers > longest), place, Reason.OVER_RUNTIME)
        cut = over & (checked.reasons == 0)
        if cut.any():
            numbers = np.where(cut, runtime, watched.numbers)
            checked.columns[place] = Values(numbers, watched.valid)
            checked.repairs["watched_seconds", Reason.CUT_TO_RUNTIME] = int(cut.sum())
        launch = self._context.launch.get("users")
        started = self._values(checked, "started_at")
        if launch is not None:
            # A clock may be wrong by hours, or in another time zone.
            wrong = started.valid & (started.numbers < launch - _DAY)
            checked.mark(wrong, self._places["started_at"], Reason.BEFORE_LAUNCH)
        if self.table.trailer_seconds is not None:
            wrong = ~is_main & watched.valid
            wrong &= watched.numbers > self.table.trailer_seconds
            checked.mark(wrong, place, Reason.TRAILER_TOO_LONG)
        is_series = of_title & (content.fact("series", titles) > 0)
        is_whole = is_main & is_series & ~of_episode & (checked.reasons == 0)
        is_unlisted = is_whole.copy()
        if is_whole.any():
            listed = parts.fact_of_all("title").view(np.uint64)
            is_unlisted[is_whole] = ~np.isin(title_hashes[is_whole], listed)
        checked.warned = is_whole & ~is_unlisted
        title = self._text(checked, "content_id")
        checked.unlisted.update(
            title.at(row) or "" for row in np.flatnonzero(is_unlisted)
        )

    def _values(self, checked: Checked, name: str) -> Values:
        values = checked.columns[self._places[name]]
        assert isinstance(values, Values)
        return values

    def _text(self, checked: Checked, name: str) -> Text:
        text = checked.columns[self._places[name]]
        assert isinstance(text, Text)
        return text

    def _hashes(self, checked: Checked, name: str) -> Hashes:
        return hash_text(self._text(checked, name))


# Tables whose rows say how long something lasts.
RUNTIMES = ("content", "episodes")
# Facts kept beside the keys of a table.
FACTS = {"content": ("runtime", "series"), "episodes": ("runtime", "title")}


def rules_of(column: RawColumn) -> tuple[int | None, int | None, int | None]:
    """Return least, greatest and step in the unit in which the column is kept."""
    unit = 10 ** type_of(column.type).scale
    least, greatest, step = (
        None if limit is None else round(limit * unit)
        for limit in (column.rules.min, column.rules.max, column.rules.step)
    )
    return least, greatest, step


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days
