"""A small clinic whose compliance is judged as it goes: commands come in, findings come out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, LiteralString

from domain.aggregate import CommandContext, Event
from domain.policy import SERVICES, Parameter, Policy
from domain.session import Absence, SignIn
from services.application import Asked
from services.application.check_in import check_in, check_out, note_absence
from services.application.policies import adopt_policy
from services.application.sessions import close_session
from services.application.unit_of_work import UnitOfWork
from services.vault import Vault
from tests.support.read_models import ReadModels
from tests.support.small_clinic import FACILITY, FOUND, MONDAY, PROGRAM, SmallClinic

TUESDAY_OF_NEXT_WEEK = MONDAY + timedelta(days=8)


def house_rules(version: int = 1, policy_id: str = "house", **numbers: int) -> Policy:
    """A policy with these numbers and no others."""
    parameters = tuple(Parameter(key, each, "a source", True) for key, each in numbers.items())
    return Policy(policy_id, version, "House rules", "payer", None, MONDAY, SERVICES, parameters)


class EvaluatedClinic(SmallClinic):
    """The small clinic, with commands that each have an id, and what is shown of it."""

    def __init__(
        self, read_models: ReadModels | None = None, journal: Any = None, vault: Vault | None = None
    ) -> None:
        self._numbers = count(1)
        self._read_models = read_models
        self._taken = 0
        super().__init__(journal, vault=vault)

    def context(self, author: str = "staff-1") -> CommandContext:
        return CommandContext(f"command-{next(self._numbers)}", self.now, author, author)

    # What happens

    def adopt(self, from_day: date = MONDAY, version: int = 1, **numbers: int) -> None:
        policy = house_rules(version, "house", **numbers)
        self.daybook.handle(self.context(), adopt_policy, FACILITY, PROGRAM, policy, from_day)

    def attends(
        self, patient_id: str, *days: date, arrives: str = "17:00", leaves: str | None = "20:00"
    ) -> None:
        """Let a patient be at the track's meeting of some days."""
        for day in days:
            session_id = self.evening(day).id
            self.at(arrives, day)
            self.daybook.handle(self.context(), check_in, session_id, patient_id)
            if leaves:
                self.at(leaves, day)
                self.daybook.handle(self.context(), check_out, session_id, patient_id)

    def closes(self, *days: date) -> None:
        for day in days:
            self.at("21:00", day)
            self.daybook.handle(self.context(), close_session, self.evening(day).id)

    def stays_away(self, patient_id: str, day: date) -> None:
        """Let a patient say now that they will not come to an evening."""
        absence = Absence("ill", self.now, excused=False)
        self.daybook.handle(self.context(), note_absence, self.evening(day).id, patient_id, absence)

    def was_there(self, patient_id: str, day: date, until: str, arrived: str = "17:00") -> None:
        """Let the sheet of an evening be put right, on the Tuesday of the week after."""
        self.at("10:00", TUESDAY_OF_NEXT_WEEK)
        context, session_id = self.context(), self.evening(day).id
        came, left = (datetime.combine(day, time.fromisoformat(at), UTC) for at in (arrived, until))

        def decision(work: UnitOfWork) -> None:
            session = work.session(session_id)
            session.sign_in(context, patient_id, SignIn(came, left), amendment=FOUND)
            work.reconcile_attendance(session, FOUND)

        self.daybook.run(Asked(context, decision))

    # What is shown of it

    def new_events(self) -> list[Event]:
        found: list[Event] = self.journal.all_events()[self._taken :]
        self._taken += len(found)
        return found

    def show(self, now: datetime | None = None) -> None:
        """Take what happened in, and let it be a time."""
        assert self._read_models
        self._read_models.take_events(self.new_events())
        if now:
            self._read_models.tick(now)

    def rows(self, sql: LiteralString, **parameters: object) -> list[tuple[Any, ...]]:
        assert self._read_models
        return self._read_models.rows(sql, **parameters)

    def findings(self, rule: str, *columns: str) -> list[tuple[Any, ...]]:
        """The verdicts of a rule in the order of their days; of each these columns."""
        return self._findings(rule, columns, running=False)

    def running(self, rule: str, *columns: str) -> list[tuple[Any, ...]]:
        """The findings of a rule that are not decided yet; of each these columns."""
        return self._findings(rule, columns, running=True)

    def _findings(
        self, rule: str, columns: Sequence[str], *, running: bool
    ) -> list[tuple[Any, ...]]:
        wanted = columns or ("from_day", "state", "measured")
        found = self.rows(
            "SELECT to_jsonb(f), from_day, to_day FROM compliance.findings f WHERE rule = %(rule)s"
            " AND (until IS NOT NULL) = %(running)s ORDER BY from_day, subject",
            rule=rule,
            running=running,
        )
        days = ({**row[0], "from_day": row[1], "to_day": row[2]} for row in found)
        return [tuple(each[name] for name in wanted) for each in days]


def morning_after(day: date, days: int = 1) -> datetime:
    """Nine o'clock some days after a day."""
    return datetime.combine(day + timedelta(days=days), time(9), UTC)
