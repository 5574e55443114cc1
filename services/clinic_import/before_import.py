"""What was on record before an import, as far as the import has to know it while it changes it."""

from dataclasses import dataclass
from datetime import date

from domain.facility import Room
from domain.patient import Enrolment, Patient
from domain.program import Series
from domain.session import Meeting


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What decides when a track meets, and where."""

    series: Series
    closures: dict[date, str]
    rooms: dict[str, Room]


@dataclass(frozen=True, slots=True)
class PatientBefore:
    """What was on record of a patient before the import: what decides to which session they come.

    The days of stays are their first and their last, which is None while one goes on.
    """

    enrolments: tuple[Enrolment, ...]
    stays: tuple[tuple[date, date | None], ...]

    @classmethod
    def of(cls, patient: Patient) -> "PatientBefore":
        """Copy what may change of a patient."""
        stays = [(each.admitted_on, each.discharge.day) for each in patient.earlier]
        if patient.admitted_on:
            ended = patient.discharge.day if patient.discharge else None
            return cls(tuple(patient.enrolments.values()), (*stays, (patient.admitted_on, ended)))
        return cls(tuple(patient.enrolments.values()), tuple(stays))

    def expects(self, meeting: Meeting) -> bool:
        """Tell whether an enrolment asks the patient, while admitted, to a meeting of a track."""
        enrolled = any(
            each.track_id == meeting.track_id and each.covers(meeting.day, meeting.occurrence)
            for each in self.enrolments
        )
        return enrolled and any(
            first <= meeting.day and (last is None or meeting.day <= last)
            for first, last in self.stays
        )
