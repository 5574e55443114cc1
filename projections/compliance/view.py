"""The view itself: a batch of events, or the passing of time, and what is judged anew by it."""

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, LiteralString

from domain.aggregate import Event
from projections.compliance import tables
from projections.compliance.questions import UNJUDGED
from projections.compliance.taken_events import TAKEN
from projections.view import Change, Question, Rows, Step, Steps, View

if TYPE_CHECKING:
    from projections.compliance.intake import EventIntake

_PLAN_ANEW: Change = ("SET LOCAL plan_cache_mode TO force_custom_plan", ())
"""Of a view that is being filled, plans made while its tables were empty would be kept."""


_WRITTEN: LiteralString = """
    INSERT INTO last_written (token) VALUES (%s)
    ON CONFLICT (only_row) DO UPDATE SET token = EXCLUDED.token
"""


@dataclass(slots=True)
class _Memory:
    """What is in memory of the tables, and the word that they have while it is theirs."""

    intake: "EventIntake"
    token: str


class Compliance(View):
    """What each rule says of whom, with the events that prove it; weeks, days, authorizations."""

    name: ClassVar[str] = "compliance"
    version: ClassVar[int] = 8
    tables: ClassVar[LiteralString] = tables.TABLES
    warnings: ClassVar[LiteralString | None] = UNJUDGED
    takes: ClassVar[frozenset[type[Event]] | None] = TAKEN
    built_by: ClassVar[int] = 5
    keeps_time: ClassVar[bool] = True

    def __init__(self) -> None:
        self._memory: _Memory | None = None

    def share(self, facility_id: str) -> "Compliance":
        """Return what takes the events of one facility: no file is of two."""
        return _Share(facility_id)

    def take(self, events: Sequence[Event]) -> Steps:
        """Take events in, one command after the other, and judge whom each of them touches."""
        taken = [each for each in events if type(each) in TAKEN]
        if not taken:
            return
        yield _PLAN_ANEW
        memory = yield from self._remembered()
        yield from memory.intake.take(taken)
        yield from self._written(memory)

    def tick(self, now: datetime) -> Steps:
        """Judge those of whom there is more to say by now."""
        yield _PLAN_ANEW
        memory = yield from self._remembered()
        while (yield from memory.intake.pass_time(now)):
            yield from self._written(memory)
            memory.intake.begin()
        self._memory = memory

    def _remembered(self) -> Generator[Step, Rows, _Memory]:
        """Return what is in memory, where it is what the tables say; else that nothing is.

        It is nobody else's while a batch is taken in, and is kept once all of that was sent. Where
        it is not committed, or another process or database has been written since, the tables have
        another word.
        """
        memory, self._memory = self._memory, None
        [(token, last)] = yield Question(
            "SELECT gen_random_uuid()::text, (SELECT token FROM last_written)"
        )
        if memory and memory.token == last:
            memory.intake.begin()
            memory.token = token
            return memory
        return _Memory(_new_intake(), token)

    def _written(self, memory: _Memory) -> Steps:
        yield from memory.intake.changes()
        yield _WRITTEN, (memory.token,)
        self._memory = memory


class _Share(Compliance):
    """The view of one facility, of which nobody else writes, and nothing is written yet."""

    def __init__(self, facility_id: str) -> None:
        super().__init__()
        self._facility_id = facility_id

    def take(self, events: Sequence[Event]) -> Steps:
        """Take events in, one command after the other, and judge whom each of them touches."""
        return self._answered(super().take(events))

    def tick(self, now: datetime) -> Steps:
        """Judge those at the facility of whom there is more to say by now."""
        return self._answered(self._passed(now))

    def _passed(self, now: datetime) -> Steps:
        yield _PLAN_ANEW
        memory = yield from self._remembered()
        yield from memory.intake.pass_time_at(self._facility_id, now)
        yield from self._written(memory)

    def _answered(self, steps: Steps) -> Steps:
        """Ask nothing: tables have no more than memory, until something of that was dropped."""
        with suppress(StopIteration):
            step = next(steps)
            while True:
                asks = isinstance(step, Question) and self._remembers_all
                step = steps.send(() if asks else (yield step))

    @property
    def _remembers_all(self) -> bool:
        return self._memory is None or not self._memory.intake.evaluator.has_forgotten

    def _remembered(self) -> Generator[Step, Rows, _Memory]:
        yield from ()
        if self._memory is None:
            self._memory = _Memory(_new_intake(), "")
        else:
            self._memory.intake.begin()
        return self._memory

    def _written(self, memory: _Memory) -> Steps:
        yield from memory.intake.changes()


def _new_intake() -> "EventIntake":
    # The rules are not asked, nor imported, by who only has to know where the view stands.
    from projections.compliance.intake import EventIntake  # noqa: PLC0415

    return EventIntake()
