"""A page while it is read: who asks, at which facility, and what they are answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import psycopg

from services.access.principal import Role
from services.access.rights import NONE, reach
from services.access.viewing import may_ask, viewer_of
from services.api import problems
from services.api.asker import Asker
from services.api.context import Context
from services.api.earlier import Earlier, with_merged
from services.api.problems import Refused
from services.audit.verification.evidence import EvidenceOnRecord
from services.reports.explanation import NoSuchFinding
from services.reports.queries import NobodyThere, ReportQueries, Unanswerable
from services.reports.question import Answer, Question
from services.reports.report import Report

Given = ParamSpec("Given")
Answered = TypeVar("Answered", bound=Answer)

ROLE_NAMES: Mapping[Role, str] = {
    Role.FRONT_DESK: "Front desk",
    Role.COUNSELOR: "Counselor",
    Role.DIRECTOR: "Director",
    Role.COMPLIANCE: "Compliance",
    Role.BILLER: "Biller",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
    Role.PATIENT: "Patient",
    Role.SERVICE: "Service",
    Role.KIOSK: "Kiosk",
    Role.OPERATOR: "Operator",
}


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility as pages name it."""

    facility_id: str
    name: str
    timezone: str
    week_starts_on: str

    @property
    def zone(self) -> ZoneInfo:
        """Its clocks."""
        return ZoneInfo(self.timezone)


@dataclass(slots=True)
class Look:
    """Of whom a question showed something, or was refused: for the record of who looks."""

    question: str
    patients: set[str] = field(default_factory=set)
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier moment, and the page of today, by which it is decided who may see it."""

    moment: Earlier
    today: "Page"


@dataclass(slots=True)
class Page:
    """What a page is made from: questions asked at one moment, by the rights of who asks.

    `now` is aware, on the facility's clocks; `position` is that of the journal which everything on
    the page reflects. `conn` gives named tuples and only reads.

    A page of an earlier moment is about one patient: `now` is that moment, and what is shown is
    what was known. Who may see it is decided by what is so today.
    """

    asker: Asker
    facility: Facility
    facilities: tuple[Facility, ...]
    now: datetime
    position: int
    conn: psycopg.Connection[Any]
    context: Context
    looks: list[Look] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    past: Past | None = None

    @property
    def as_of(self) -> datetime | None:
        """The earlier moment that is shown, on the facility's clocks; None where it is now."""
        return self.now if self.past else None

    @property
    def facility_id(self) -> str:
        """The facility's id."""
        return self.facility.facility_id

    @property
    def today(self) -> date:
        """The day on the facility's clocks."""
        return self.now.date()

    @property
    def base(self) -> str:
        """The address below which everything of the facility stands."""
        return f"/facilities/{self.facility_id}"

    def theirs(self, question: Question[..., Any], patient_ids: Iterable[str]) -> set[str]:
        """Return of whom out of some patients a question may be answered to who asks."""
        if not self._may_ask(question.name):
            return set()
        return _those_shown(self.reports(question.name), patient_ids)

    def may(self, action: str) -> bool:
        """Tell whether who asks may do or see something at the facility, of some of it at least."""
        return reach(self.asker.principal, action, self.facility_id) is not NONE

    @property
    def role(self) -> str:
        """What who asks is at the facility, in words."""
        roles = dict.fromkeys(each.role for each in self.asker.principal.at(self.facility_id))
        return ", ".join(ROLE_NAMES[each] for each in roles)

    @property
    def staff_ids(self) -> set[str]:
        """Who on the staff of the facility asks."""
        granted = self.asker.principal.at(self.facility_id)
        return {each.staff_id for each in granted if each.staff_id}

    @property
    def initials(self) -> str:
        """The initials of who asks."""
        words = self.asker.principal.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"

    def ask(
        self,
        question: Question[Concatenate[Given], Answered],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Answered:
        """Return the answer to a question, as the API would give it to who asks.

        Raises Refused where they may not ask it, or not about this patient.
        """
        name, patient_id = question.name, kwargs.get("patient_id")
        about = {str(patient_id)} if patient_id else set()
        look = Look(name, set(about), is_refused=True)
        self.looks.append(look)
        if not self._may_ask(name):
            raise Refused(problems.not_allowed("your role does not include this"))
        reports = self.reports(name, str(patient_id) if patient_id else None)
        try:
            answer = question(reports, *args, **kwargs)
        except (NobodyThere, NoSuchFinding) as why:
            look.patients |= reports.refused
            raise Refused(problems.not_there(str(why))) from None
        except Unanswerable as why:
            raise Refused(problems.unanswerable(str(why))) from None
        look.is_refused = False
        if "directory" in question.views(kwargs):
            look.patients |= answer.patients
        self.notes += [each for each in reports.notes if each not in self.notes]
        return answer

    def rows(
        self,
        question: Question[Given, Report],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> list[dict[str, Any]]:
        """Return the rows of a report as dicts, each with the `patient_id` it is about."""
        report = self.ask(question, *args, **kwargs)
        ids = report.patient_ids or [None] * len(report.rows)
        return [
            {"patient_id": patient_id, **row}
            for patient_id, row in zip(ids, report.objects(), strict=True)
        ]

    def check_patient(self, patient_id: str) -> None:
        """Raise Refused where who asks may not see a patient's page."""
        look = Look("patient", {patient_id}, is_refused=True)
        self.looks.append(look)
        if not self._may_ask("patient"):
            raise Refused(problems.not_allowed("your role does not include this"))
        try:
            self.reports("patient", patient_id).patient(self.conn, patient_id)
        except NobodyThere as why:
            raise Refused(problems.not_there(str(why))) from None
        self.looks.remove(look)

    def names(self, question: Question[..., Any], patient_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of those of some patients whom a question shows to who asks."""
        if not self._may_ask(question.name):
            return {}
        reports = self.reports(question.name)
        shown = _those_shown(reports, patient_ids)
        people = reports.people(self.conn)
        people.load(shown)
        self.looks.append(Look(question.name, shown))
        return {each: people.name(each) for each in shown}

    def _may_ask(self, name: str) -> bool:
        """Tell whether who asks may ask a question of this name at the facility at all."""
        asker = self.asker
        return may_ask(asker.principal, name, self.facility_id, emergency=asker.is_emergency)

    def reports(self, name: str, patient_id: str | None = None) -> ReportQueries:
        """Return who answers a question of this name to who asks, at this moment."""
        if self.past:
            today = self.past.today
            viewer = with_merged(today.reports(name, patient_id).viewer, today.conn)
            return self.past.moment.reports(self.context, self.facility_id, viewer)
        reports = ReportQueries(
            self.context.database_url,
            self.context.vault,
            now=self.now,
            facility_id=self.facility_id,
            journal=self.context.journal,
            evidence=EvidenceOnRecord(self.context.journal),
            conn=self.conn,
        )
        reports.viewer = viewer_of(
            self.conn,
            self.asker.principal,
            name,
            self.facility_id,
            self.today,
            patient_id=patient_id,
            emergency=self.asker.is_emergency,
        )
        return reports


def _those_shown(reports: ReportQueries, patient_ids: Iterable[str]) -> set[str]:
    """Return those of some patients of whom something is shown to the viewer."""
    theirs = reports.viewer.patients
    return {each for each in patient_ids if theirs is None or each in theirs}
