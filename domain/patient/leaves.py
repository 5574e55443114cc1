"""The patient's leaves: granted, and revised when somebody comes back at another time."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import (
    EndsBeforeStart,
    LeavesOverlap,
    LeaveTooLong,
    NotAdmitted,
    NotOnRecord,
    ReasonMissing,
)
from domain.patient import events as on
from domain.patient.leave import LONGEST_LEAVE, Leave
from domain.patient.state import PatientState


class Leaves(PatientState):
    """Guards that a leave lies in one treatment, has an end, and has its days to itself.

    What is booked stays booked: a leave stops clocks, not bookings. An absence on one of its days
    is excused, or the place released, as on any other.
    """

    # Commands

    def grant_leave(
        self, context: CommandContext, first_day: date, last_day: date, reason: str
    ) -> None:
        """Grant a leave on these days, both included, which may be past.

        A leave that is on record gets another end by `revise_leave` alone.
        """
        if not reason.strip():
            raise ReasonMissing
        leave = Leave(first_day, last_day)
        if self.leaves.get(first_day) == leave:
            return
        self._check_days(leave)
        self._check_free(leave, list(self.leaves.values()))
        self.record(on.LeaveGranted, context, first_day=first_day, last_day=last_day, reason=reason)

    def revise_leave(
        self, context: CommandContext, first_day: date, last_day: date | None, reason: str
    ) -> None:
        """Change the last day of the leave that begins on `first_day`; None strikes it.

        One whose first day is wrong is taken back, and another one granted.
        """
        if not reason.strip():
            raise ReasonMissing
        if last_day is None and first_day in self.leaves_taken_back:
            return
        known = self.leaves.get(first_day)
        if known is None:
            raise NotOnRecord(what="leave")
        if known.last_day == last_day:
            return
        if last_day:
            leave = Leave(first_day, last_day)
            self._check_days(leave)
            self._check_free(leave, [each for each in self.leaves.values() if each != known])
        self.record(on.LeaveRevised, context, first_day=first_day, last_day=last_day, reason=reason)

    # Helpers

    def _check_days(self, leave: Leave) -> None:
        if leave.last_day < leave.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        self.check_admitted(leave.first_day)
        self.check_admitted(leave.last_day)
        if self._number_of(leave.first_day) != self._number_of(leave.last_day):
            raise NotAdmitted
        if leave.days > LONGEST_LEAVE:
            raise LeaveTooLong(days=LONGEST_LEAVE)

    def _check_free(self, leave: Leave, others: list[Leave]) -> None:
        """Raise LeavesOverlap where another leave of the same treatment has one of the days.

        One that goes on beyond the discharge takes no days from the treatment after it.
        """
        number = self._number_of(leave.first_day)
        for other in others:
            if leave.overlaps(other) and self._number_of(other.first_day) == number:
                raise LeavesOverlap(first_day=other.first_day, last_day=other.last_day)

    def _number_of(self, day: date) -> int:
        """Return how many treatments had ended before a day."""
        return sum(stay.discharge.day < day for stay in self.earlier)
