"""Random commands about the care of a few patients who come to one track.

The same commands are played among all others in `test_everything_at_once`; here they go deeper.
"""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.patient import Enrolment
from services.application.check_in import check_in
from services.application.rosters import enrol_patient, wait_for_session, wait_for_track
from services.application.sessions import close_session
from services.application.signatures import merge_patients
from tests.support.random_care_commands import CareCommands
from tests.support.random_commands import few_stories
from tests.support.small_clinic import MONDAY, PATIENTS, TRACK

patients = st.sampled_from(PATIENTS)


class Care(CareCommands):
    """Four patients and those who are referred, one track."""

    @rule(patient_id=patients)
    def enrol(self, patient_id: str) -> None:
        enrolment = Enrolment(TRACK, ("MO", "WE", "FR"), MONDAY, None)
        self.attempt(
            lambda: self.daybook.handle(self.context(), enrol_patient, patient_id, enrolment)
        )

    @rule(patient_id=patients)
    def wait_for_track(self, patient_id: str) -> None:
        self.attempt(
            lambda: self.daybook.handle(self.context(), wait_for_track, patient_id, TRACK, ("WE",))
        )

    @rule(number=st.integers(0, 30), patient_id=patients)
    def wait_for_session(self, number: int, patient_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(self.context(), wait_for_session, session_id, patient_id)
        )

    @rule(number=st.integers(0, 30), patient_id=patients)
    def check_in(self, number: int, patient_id: str) -> None:
        session_id = self.pick(number)
        self.attempt(lambda: self.daybook.handle(self.context(), check_in, session_id, patient_id))

    @rule(number=st.integers(0, 30))
    def close(self, number: int) -> None:
        session_id = self.pick(number)
        self.attempt(lambda: self.daybook.handle(self.context(), close_session, session_id))

    @rule(first=patients, second=patients)
    def merge(self, first: str, second: str) -> None:
        if self.now.day > 10:
            self.attempt(lambda: self.daybook.handle(self.context(), merge_patients, first, second))


Care.TestCase.settings = few_stories(12)
TestCareAtOnce = Care.TestCase
