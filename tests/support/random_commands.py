"""How random commands are given to a small clinic, each of them twice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.aggregate import CommandContext
from domain.errors import Refusal
from domain.facility import Facility
from domain.session import Session
from domain.staff import Credential
from tests.support.clinic_invariants import sessions_of
from tests.support.examples import examples
from tests.support.memory_journal import MemoryJournal
from tests.support.small_clinic import FACILITY, MONDAY, SmallClinic


class RandomCommands(RuleBasedStateMachine):
    """A small clinic, its clock, and a way of giving commands that any command has to stand."""

    def __init__(self) -> None:
        super().__init__()
        self.clinic = SmallClinic()
        self.journal: MemoryJournal = self.clinic.journal
        self.daybook = self.clinic.daybook
        site = self.journal.load(Facility.id_of(FACILITY))
        dated = Credential("LMSW", MONDAY, date(2025, 3, 6))
        site.record_credential(self.context(), "staff-3", dated)
        site.record_credential(self.context(), "staff-2", Credential("MD", date(2025, 1, 1)))
        self.journal.save(site)

    @property
    def now(self) -> datetime:
        return self.clinic.now

    def context(self, author: str = "staff-1") -> CommandContext:
        return self.clinic.context(author)

    def attempt(self, command: Callable[[], object]) -> None:
        """Give a command, and give it again: what is refused or repeated records nothing."""
        self.journal.last_saved = []
        before = len(self.journal.order)
        try:
            command()
        except Refusal:
            assert len(self.journal.order) == before
            return
        saved, after = self.journal.last_saved, len(self.journal.order)
        try:
            command()
        except Refusal:
            pass
        else:
            topics = [each.topic for each in self.journal.order[after:]]
            # Who is passed over is told so each time that a place is offered.
            assert set(topics) <= {"session.patient-passed-over", "program.track-passed-over"}
        self.journal.last_saved += saved

    def sessions(self) -> list[Session]:
        return sessions_of(self.journal)

    def pick(self, number: int) -> str:
        found = self.sessions()
        return found[number % len(found)].id if found else "nothing"

    @rule(minutes=st.sampled_from((5, 30, 60, 180, 540, 1440)))
    def time_goes_by(self, minutes: int) -> None:
        self.clinic.now += timedelta(minutes=minutes)

    @invariant()
    def what_was_saved_is_what_its_events_and_a_snapshot_make(self) -> None:
        for aggregate_id in set(self.journal.last_saved):
            assert self.journal.from_snapshot(aggregate_id) == self.journal.load(aggregate_id)


def few_stories(few: int) -> settings:
    """Return the settings of a machine: so many stories of forty commands, day by day."""
    return examples(few, stateful_step_count=40, phases=[Phase.generate])
