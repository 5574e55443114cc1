"""What a form is about: a patient, a session, a site, as far as who asks may know them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from domain.aggregate import Aggregate
from domain.facility import Facility
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incidents import Incidents
from domain.patient import Patient
from domain.program import Program
from domain.session import Session
from services.api import problems
from services.api.problems import Refused
from services.reports.one_patient import patient as patient_question
from services.reports.queries import ReportQueries
from services.reports.roster import roster
from services.reports.sessions import NO_SUCH_SESSION
from services.reports.sessions import sessions as sessions_question
from services.reports.sites import facilities
from services.web.page import Page


@dataclass
class About:
    """The patient and the session that a form was asked for, and the site.

    `given` is what the address says besides. That somebody may know of a patient or session is
    asked first, as of any page; what there is to choose from is then what was recorded last.
    """

    page: Page
    given: Mapping[str, str]
    patient_id: str | None = None
    session_id: str | None = None

    def check(self) -> None:
        """Raise Refused where who asks may not know of the patient or session."""
        if self.patient_id:
            self.facts  # noqa: B018 - asked for whether they may
        if self.session_id and self.page.may(sessions_question.name):
            self.meeting  # noqa: B018
        elif self.session_id and not self._is_booked(self.session_id):
            raise Refused(problems.not_there(NO_SUCH_SESSION))

    def _is_booked(self, session_id: str) -> bool:
        """Tell whether the patient, of whom they may know, is expected in a session."""
        bookings = self.patient.bookings.values() if self.patient_id else ()
        return any(each.session_id == session_id for each in bookings)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What the patient's page says to who asks."""
        patient_id = self._required(self.patient_id)
        return self.page.ask(patient_question, patient_id=patient_id).facts

    @cached_property
    def person(self) -> Any:
        """Who the patient is; None where that cannot be read."""
        self.facts  # noqa: B018 - asked for whether they may
        page = self.page
        reports = ReportQueries(
            page.context.database_url, page.context.vault, now=page.now, conn=page.conn
        )
        return reports.people(page.conn).known(self._required(self.patient_id))

    @cached_property
    def meeting(self) -> Mapping[str, Any]:
        """The session, as the schedule has it."""
        return self.page.rows(sessions_question, session_id=self.session_id)[0]

    @cached_property
    def roster(self) -> list[dict[str, Any]]:
        """Who is expected in the session, came to it or waits for it."""
        return self.page.rows(roster, session_id=self._required(self.session_id))

    @cached_property
    def site(self) -> Mapping[str, Any]:
        """What there is at the facility: programs, tracks, rooms and staff."""
        rows = self.page.rows(facilities)
        return next(each for each in rows if each["facility_id"] == self.page.facility_id)

    # As it was recorded last

    @cached_property
    def patient(self) -> Patient:
        """The patient."""
        return cast("Patient", self._load(self._required(self.patient_id)))

    @cached_property
    def drug_testing(self) -> DrugTesting | None:
        """The patient's drug tests; None where none was ever ordered."""
        found = self.page.context.journal.load(DrugTesting.id_of(self._required(self.patient_id)))
        return cast("DrugTesting | None", found)

    @cached_property
    def incidents(self) -> Incidents | None:
        """The patient's incidents; None where none was ever recorded."""
        found = self.page.context.journal.load(Incidents.id_of(self._required(self.patient_id)))
        return cast("Incidents | None", found)

    @cached_property
    def session(self) -> Session:
        """The session."""
        return self.session_of(self._required(self.session_id))

    @cached_property
    def facility(self) -> Facility:
        """The facility."""
        return cast("Facility", self._load(Facility.id_of(self.page.facility_id)))

    @cached_property
    def programs(self) -> dict[str, Program]:
        """The programs of the facility, by their ids."""
        ids = [each["program_id"] for each in self.site["programs"]]
        where = self.page.facility_id
        return {each: cast("Program", self._load(Program.id_of(where, each))) for each in ids}

    def session_of(self, session_id: str) -> Session:
        """Return a session, whatever one it is."""
        return cast("Session", self._load(session_id))

    def staff_id(self) -> str | None:
        """Return who on the staff asks; None for somebody who is not on it."""
        grants = self.page.asker.principal.at(self.page.facility_id)
        return next((each.staff_id for each in grants if each.staff_id), None)

    def _load(self, aggregate_id: str) -> Aggregate:
        found = self.page.context.journal.load(aggregate_id)
        if found is None or found.facility_id != self.page.facility_id:
            raise Refused(problems.not_there(NO_SUCH_SESSION))
        return cast("Aggregate", found)

    def _required(self, known: str | None) -> str:
        if known is None:
            raise Refused(problems.unanswerable("the address does not say whom it is about"))
        return known
