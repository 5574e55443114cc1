"""The course of a treatment: the payer, who is the counselor, why it goes on at this level."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import NotAdmitted, PayerMissing
from domain.patient import events as on
from domain.patient.state import PatientState
from domain.policy import in_force


class Course(PatientState):
    """Guards that what is said of a treatment is said of one of its days.

    Payer and counselor are those of the present treatment, or of the last one.
    """

    # Commands

    def change_payer(self, context: CommandContext, payer: str, from_day: date) -> None:
        """Change the payer from a day on, until the next change that is on record."""
        if not payer.strip():
            raise PayerMissing
        self._check_day(from_day)
        if self.payer_on(from_day) != payer:
            self.record(on.PayerChanged, context, payer=payer, from_day=from_day)

    def assign_counselor(self, context: CommandContext, staff_id: str, from_day: date) -> None:
        """Assign the patient's counselor from a day on, until the next who is on record.

        New Jersey asks for a primary counselor from the admission on (N.J.A.C. 10:161B-10.1,
        https://regulations.justia.com/states/new-jersey/title-10/chapter-161b/subchapter-10/section-10-161b-10-1/).
        """
        self._check_day(from_day)
        if self.counselor_on(from_day) != staff_id:
            self.record(on.CounselorAssigned, context, staff_id=staff_id, from_day=from_day)

    def justify_stay(self, context: CommandContext, justified_on: date, credential: str) -> None:
        """Record that the author wrote down why the treatment goes on; each author once a day.

        New York asks for a clinical rationale after six weeks
        (https://wchsb.com/wch-news/intensive-outpatient-service-ios).
        """
        self.check_admitted(justified_on)
        if context.signer not in self.justified.get(justified_on, ()):
            facts = {"justified_on": justified_on, "credential": credential}
            self.record(on.StayJustified, context, **facts)

    # Questions

    def program_on(self, day: date) -> str:
        """Return the program of the treatment in which a day lies, or of the last one before it.

        Before the first one it is that one's.
        """
        begun = [stay.program_id for stay in self.earlier if stay.admitted_on <= day]
        if self.admitted_on and self.admitted_on <= day:
            return self.program_id
        if begun:
            return begun[-1]
        return self.earlier[0].program_id if self.earlier else self.program_id

    def payer_on(self, day: date) -> str | None:
        """Return the payer on a day of the treatment: on admission `payer`, then who follows.

        None on any other day.
        """
        if self.admitted_on is None or self.payer is None or not self._in_course(day):
            return None
        return in_force({self.admitted_on: self.payer} | self.payers, day)

    def counselor_on(self, day: date) -> str | None:
        """Return the id of the counselor on a day of the treatment; None where there is none."""
        return in_force(self.counselors, day) if self._in_course(day) else None

    def _in_course(self, day: date) -> bool:
        """Tell whether a day lies in the present treatment, or the last one."""
        begun = self.admitted_on is not None and self.admitted_on <= day
        return begun and (self.discharge is None or day <= self.discharge.day)

    def _check_day(self, day: date) -> None:
        if not self._in_course(day):
            raise NotAdmitted
