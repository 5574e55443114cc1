"""The patient aggregate. Its parts are in the files beside this one, its state in `state`."""

from domain.aggregate import CommandContext
from domain.errors import OtherWayRound, RecordMerged
from domain.patient import events as on
from domain.patient.admission import Admission
from domain.patient.consents import Consents
from domain.patient.episode import Course
from domain.patient.leaves import Leaves
from domain.patient.network import Network
from domain.patient.partial_hospitalization import PartialHospitalization
from domain.patient.planning import Planning
from domain.patient.scheduling import Scheduling
from domain.patient.summaries import Summaries
from domain.patient.waivers import Waivers


class Patient(
    Admission,
    Course,
    Leaves,
    PartialHospitalization,
    Planning,
    Scheduling,
    Network,
    Consents,
    Summaries,
    Waivers,
):
    """Guards that a patient is in one place at a time, and only while admitted."""

    TOPIC = "patient"

    # Commands: one person, two records

    def absorb(self, context: CommandContext, duplicate: "Patient") -> None:
        """Take the history of another record of the same person over, and close that one."""
        if duplicate.merged_into == self.id:
            return
        if duplicate.merged_into or self.merged_into or duplicate.id == self.id:
            raise RecordMerged
        if duplicate.admitted_on and self.admitted_on is None:
            raise OtherWayRound
        self.record(on.PatientAbsorbed, context, patient_id=duplicate.id)
        duplicate.record(on.PatientMerged, context, into=self.id)
