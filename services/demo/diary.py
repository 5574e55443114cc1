"""What happens at the clinic, each at its moment: who gives which command, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.aggregate import derived_id
from domain.author import staff_author, user_author
from domain.patient import Referral
from services.application import UnitOfWork
from services.application.admissions import refer_patient
from services.application.command import Command
from services.demo.people import Course
from services.demo.place import FACILITY_ID, staff_member


@dataclass(frozen=True, slots=True)
class By:
    """Who gives a command: the author on record, and who on the staff that is."""

    author: str
    staff_id: str | None = None


DESK = By(user_author("Robin Vale", "robin"))
ADMINISTRATOR = By(user_author("Alex Moreau", "admin"))
COMPLIANCE = By(user_author("Omar Haddad", "compliance"))
BILLER = By(user_author("Grace Lind", "biller"))
ITSELF = By("daybook")
"""Who does what happens by itself."""


def staff(staff_id: str) -> By:
    """Return a member of the staff as the author."""
    known = staff_member(staff_id)
    return By(staff_author(known.name, known.credential, staff_id), staff_id)


@dataclass(frozen=True, slots=True)
class Act:
    """A command at its moment; `decide` is given the unit of work."""

    at: datetime
    by: By
    decide: Callable[[UnitOfWork], object]


class Diary:
    """Collects what happens up to now, in any order; what would be later is left out."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._acts: list[Act] = []
        self._patients: dict[str, str] = {}

    def acts(self) -> list[Act]:
        """Return what happens, in the order of its moments."""
        return sorted(self._acts, key=lambda each: each.at)

    def patient_id(self, course: Course) -> str:
        """Return the random id of a patient who has been referred by now."""
        return self._patients[course.mrn]

    def do(
        self, at: datetime, by: By, command: Command[..., Any], /, *given: Any, **named: Any
    ) -> None:
        """Note a command about no patient."""
        self.decide(at, by, lambda work: command(work, *given, **named))

    def of_patient(
        self,
        at: datetime,
        by: By,
        course: Course,
        command: Command[..., Any],
        /,
        *given: Any,
        **named: Any,
    ) -> None:
        """Note a command about a patient."""
        self.decide(at, by, lambda work: command(work, self.patient_id(course), *given, **named))

    def of_visit(
        self,
        at: datetime,
        by: By,
        session_id: str,
        course: Course,
        command: Command[..., Any],
        /,
        *given: Any,
        **named: Any,
    ) -> None:
        """Note a command about a patient in a session."""
        self.decide(
            at, by, lambda work: command(work, session_id, self.patient_id(course), *given, **named)
        )

    def of_test(
        self,
        at: datetime,
        course: Course,
        number: int,
        by: By,
        command: Command[..., Any],
        /,
        *given: Any,
        **named: Any,
    ) -> None:
        """Note a command about the drug test that was drawn as a patient's first, second ..."""

        def decide(work: UnitOfWork) -> object:
            patient_id = self.patient_id(course)
            test_id = derived_id("drug-test", patient_id, "drawn", str(number))
            return command(work, patient_id, test_id, *given, **named)

        self.decide(at, by, decide)

    def refer(self, at: datetime, by: By, course: Course, referral: Referral) -> None:
        """Note the referral of a patient, who is known by a random id from then on."""

        def decide(work: UnitOfWork) -> object:
            # Decided again, it is another random id.
            self._patients[course.mrn] = refer_patient(work, FACILITY_ID, course.person, referral)
            return self._patients[course.mrn]

        self.decide(at, by, decide)

    def decide(self, at: datetime, by: By, decide: Callable[[UnitOfWork], object]) -> None:
        """Note a decision, of one command or several."""
        if at <= self._now:
            self._acts.append(Act(at, by, decide))
