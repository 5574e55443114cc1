"""A small clinic whose documents are hard to set: names, corrections, a merged record, long stays.

It is the one of `tests.support.small_clinic`, and stands at the Tuesday of the second week.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.patient import Enrolment, Plan, PlannedService, Referral
from domain.session import Absence
from services.application.admissions import admit_patient, refer_patient
from services.application.check_in import check_in, check_out, note_absence
from services.application.episode import assign_counselor
from services.application.plans import set_plan
from services.application.rosters import book_patient, enrol_patient
from services.application.sessions import close_session
from services.application.signatures import (
    merge_patients,
    sign_group_note,
    sign_individual_note,
    sign_sheet,
)
from services.audit.verification.evidence import EvidenceOnRecord
from services.documents.kind import Asked
from services.documents.making import Made, Standing, make
from services.hosting.bootstrap import VIEWS
from services.reports.queries import ReportQueries
from services.vault import Person
from tests.services.reports.test_patient_page import fill
from tests.support.backend import Backend
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.small_clinic import FACILITY, FRIDAY, MONDAY, PROGRAM, TRACK, WEDNESDAY

MARKUP = ("#evil[] *bold*", '$x^2$ @ref <label> _O\'Neil_ "quoted" \\ // /* = head')
"""A name that would be markup, if it were no text."""

LONG = ("Maximiliana-Aurora Philippa", "Wolfeschlegelsteinhausen-Featherstonehaugh de la Trinidad")
"""A name of 85 characters."""

SCRIPTS = (
    *(("王", "小明"), ("さくら", "田中"), ("민수", "김"), ("Дмитрий", "Щербаков")),
    *(("Ελένη", "Παπαδοπούλου"), ("محمد", "الأحمد"), ("דוד", "כהן"), ("अमित", "शर्मा")),
    *(("Thị Hường", "Nguyễn"), ("Zoë Łucja", "Ğüzelšek")),
)
"""Names in the scripts that the fonts have: family name second, as records keep them."""

NOT_COVERED = ("ሰላም", "ተስፋዬ")
"""A name in Ethiopic, which the fonts do not have."""

PLAN = Plan(540, 3, (PlannedService("group", 90, 3, "week"),), ("sobriety",))


class Documented(EvaluatedClinic):
    """Two weeks of two who came; others are added by whoever needs them."""

    def __init__(self, backend: Backend, *views: str, fills: bool = True) -> None:
        """Let it happen; the documents ask some read models alone, unless all are wanted.

        Where it does not fill them itself, whoever has it does.
        """
        super().__init__(journal=backend.journal, vault=backend.vault)
        self.backend = backend
        self._filled = 0
        self._fills = fills
        self._views = [each for each in VIEWS if not views or each.name in views]
        self.ann, self.ben = self.admitted(*MARKUP), self.admitted("Ben", "Baker")
        for each in (self.ann, self.ben):
            self.does(enrol_patient, each, Enrolment(TRACK, ("MO", "WE", "FR"), MONDAY, None))
            self.does(set_plan, each, PLAN, MONDAY)
        self.does(assign_counselor, self.ann, "staff-2", MONDAY)
        self.attends(self.ann, MONDAY)
        self.attends(self.ben, MONDAY, arrives="17:20", leaves="19:30")
        self.closes(MONDAY)
        self.does(sign_group_note, self.evening(MONDAY).id)
        for service in ("group", "education"):
            self.does(sign_individual_note, self.evening(MONDAY).id, self.ann, (service,))
        self.does(sign_sheet, self.evening(MONDAY).id)
        self.at("09:00", WEDNESDAY)
        told = Absence("The car broke down", self.now, excused=True)
        self.does(note_absence, self.evening(WEDNESDAY).id, self.ann, told)
        self.closes(WEDNESDAY)
        self.attends(self.ann, FRIDAY)
        self.closes(FRIDAY)
        self.was_there(self.ben, WEDNESDAY, "19:00")

    def does(self, command: Any, *words: Any, **more: Any) -> Any:
        return self.daybook.handle(self.context(), command, *words, **more)

    def admitted(self, given: str, family: str, number: str | None = None) -> str:
        number = number or f"OS-{self.journal.position()}"
        person = Person(number, given, family, date(1990, 3, 4))
        found = self.does(
            refer_patient, FACILITY, person, Referral(PROGRAM, MONDAY, "Court", "community")
        )
        facts = {"payer": "self", "focus": "co-occurring", "override": "known here"}
        self.does(admit_patient, found, admitted_on=MONDAY, **facts)
        return str(found)

    def meets(self, day: date, *patient_ids: str, hour: int = 9) -> str:
        """Let a session of its own be held with some patients; return its id."""
        self.now = datetime.combine(day, time(hour), UTC)
        session_id = self.own(f"own-{day}-{hour}", day, hour)
        for each in patient_ids:
            self.does(book_patient, session_id, each)
            self.does(check_in, session_id, each)
        self.now += timedelta(hours=2)
        for each in patient_ids:
            self.does(check_out, session_id, each)
        self.does(close_session, session_id)
        return session_id

    def many_visits(self, patient_id: str, number: int, after: int = 14) -> None:
        """Let somebody come to so many sessions of their own, two a day, some days after Monday."""
        first = MONDAY + timedelta(days=after)
        for each in range(number):
            day, hour = first + timedelta(days=each // 2), 9 + 3 * (each % 2)
            self.meets(day, patient_id, hour=hour)

    def merged(self, into: str) -> str:
        """Record somebody a second time, let them come as that, and merge; return the old id."""
        again = self.admitted("Benjamin", "Baker", "OS-again")
        self.meets(FRIDAY + timedelta(days=3), again, hour=15)
        self.does(merge_patients, again, into)
        return again

    def reports(self) -> ReportQueries:
        """Fill the read models, and return who answers."""
        if self._fills and (position := self.journal.position()) != self._filled:
            fill(self.backend, self._views)
            self._filled = position
        return ReportQueries(
            self.backend.database_url,
            self.backend.vault,
            now=self.now,
            facility_id=FACILITY,
            journal=self.backend.journal,
            evidence=EvidenceOnRecord(self.backend.journal),
        )

    def standing(self) -> Standing:
        recorded = self.backend.journal.recorded(None)
        return Standing(recorded.position, recorded.latest or self.now)

    def makes(self, kind: str, **asked: Any) -> Made:
        return make(kind, self.reports(), Asked(**asked), self.standing())
