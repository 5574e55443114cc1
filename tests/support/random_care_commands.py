"""Random commands about the whole of the care, and what must hold of it whatever they are."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from domain.levels import Level
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import Phase, Result
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incident import IncidentKind
from domain.monitoring.instruments import Instrument
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Patient,
    PatientReferred,
    Plan,
    Prompt,
    Referral,
    ResourceReferral,
    SupportMeeting,
)
from domain.patient.consent import Scope
from domain.patient.treatment import DischargeKind
from domain.program import Program
from domain.screening import Candidacy, Finding
from domain.session import Session
from services.application.admissions import (
    admit_patient,
    close_referral,
    refer_patient,
    refer_up,
    screen_patient,
)
from services.application.discharge import (
    discharge_patient,
    sign_discharge_summary,
    take_discharge_back,
)
from services.application.disclosures import disclose, give_consent, revoke_consent
from services.application.episode import (
    assign_counselor,
    change_payer,
    justify_stay,
    record_incident,
    withdraw_incident,
)
from services.application.monitoring import (
    acknowledge_concern,
    call_test_off,
    collect_specimen,
    draw_drug_test,
    draw_drug_tests,
    miss_test,
    notify_of_test,
    order_drug_test,
    refuse_test,
    report_result,
    set_testing_phase,
    take_assessment,
)
from services.application.plans import authorize, certify_care, review_plan, set_plan, taper_plan
from services.application.support_network import (
    attempt_outreach,
    name_supporter,
    record_resource_outcome,
    refer_to_resource,
    report_support_meeting,
    verify_support_meeting,
)
from services.vault import Contact, Person
from tests.support.random_commands import RandomCommands
from tests.support.small_clinic import ANN, BEN, FACILITY, MONDAY, PATIENTS, PROGRAM, STAFF

NUMBERS = ("OS-1", "OS-2")

known = st.sampled_from(PATIENTS)
days = st.integers(-2, 13).map(lambda offset: MONDAY + timedelta(days=offset))
picks = st.integers(0, 30)
levels: Any = st.sampled_from(("1", "2.1", "2.1", "3.5"))
origins = st.sampled_from(("inpatient", "community"))
kinds: Any = st.sampled_from(
    ("completed", "dropped-out", "step-up", "step-down", "against-advice", "administrative")
)
scopes: Any = st.lists(st.sampled_from(("attendance", "plan", "drug-tests")), unique=True)


class CareCommands(RandomCommands):
    """What is done about a patient's care; newcomers are referred under two record numbers."""

    def __init__(self) -> None:
        super().__init__()
        # Something is under way, so that the steps that follow it are taken often enough.
        self.refer("OS-1", MONDAY, "inpatient")
        self.screen(ANN, 0, "2.1", home=True)
        for patient_id in (ANN, BEN):
            self.plan(patient_id, 1, hours=9, on=3, day=MONDAY)
            self.consent(patient_id, MONDAY, None, ["attendance", "plan"])
            self.draw_tests(patient_id, 1, 1)
            self.order_test(patient_id)
        self.assess(ANN, 1, "phq-9", 1)

    @property
    def newcomers(self) -> list[str]:
        """Those who were referred, in that order."""
        return [
            str(each.originator_id)
            for each in self.journal.order
            if each.topic == PatientReferred.TOPIC
        ]

    def somebody(self, patient_id: str, number: int) -> str:
        """One of the clinic's patients or, as often, a newcomer."""
        if self.newcomers and number % 2 == 0:
            return self.newcomers[number % len(self.newcomers)]
        return patient_id

    # The way in

    @rule(
        number=st.sampled_from(NUMBERS),
        day=days,
        origin=st.sampled_from(("inpatient", "community")),
    )
    def refer(self, number: str, day: date, origin: Any) -> None:
        person = Person(number, "Lee", "Example", date(1990, 1, 1))
        referral = Referral(PROGRAM, day, "County hospital", origin)

        self.attempt(
            lambda: self.daybook.handle(self.context(), refer_patient, FACILITY, person, referral)
        )

    @rule(patient_id=known, number=picks, level=levels, home=st.booleans())
    def screen(self, patient_id: str, number: int, level: Level, home: bool) -> None:
        candidacy = Candidacy(
            stable_living=home,
            motivated=True,
            support_at_home=True,
            needs_24_hour_supervision=False,
        )
        ratings = {str(each): 1 for each in range(1, 7)}
        finding = Finding("3", ratings, candidacy, level, ("living",))
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                screen_patient,
                self.somebody(patient_id, number),
                self.now.date(),
                finding,
                reason="looked again",
            )
        )

    @rule(patient_id=known, number=picks, up=st.booleans())
    def end_candidacy(self, patient_id: str, number: int, up: bool) -> None:
        somebody = self.somebody(patient_id, number)
        if up:
            self.attempt(
                lambda: self.daybook.handle(
                    self.context(), refer_up, somebody, "3.5", ("no-safe-home",)
                )
            )
        elif number % 4 == 0:
            self.attempt(
                lambda: self.daybook.handle(self.context(), close_referral, somebody, "not reached")
            )

    @rule(
        patient_id=known,
        number=picks,
        later=st.integers(-1, 2),
        override=st.sampled_from((None, None, "the court asks for it")),
    )
    def admit(self, patient_id: str, number: int, later: int, override: str | None) -> None:
        day = self.now.date() + timedelta(days=later)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                admit_patient,
                self.somebody(patient_id, number),
                admitted_on=day,
                payer="medicaid",
                focus="co-occurring",
                override=override,
            )
        )

    @rule(patient_id=known, day=days)
    def refer_again(self, patient_id: str, day: date) -> None:
        referral = Referral(PROGRAM, day, "self", "community")

        def command() -> None:
            patient = self.journal.load(patient_id)
            patient.refer_again(self.context(), referral)
            self.journal.save(patient)

        self.attempt(command)

    # The plan

    @rule(patient_id=known, number=picks, hours=st.integers(0, 12), on=st.integers(0, 4), day=days)
    def plan(self, patient_id: str, number: int, hours: int, on: int, day: date) -> None:
        somebody = self.somebody(patient_id, number)
        plan = Plan(hours * 60, on, goals=("work",), next_review=day + timedelta(days=number))
        if number % 3 == 0:
            self.attempt(
                lambda: self.daybook.handle(self.context(), taper_plan, somebody, plan, day, "1")
            )
        else:
            self.attempt(
                lambda: self.daybook.handle(
                    self.context(), set_plan, somebody, plan, day, Prompt("attendance")
                )
            )

    @rule(patient_id=known, ago=st.integers(-1, 1), doctor=st.booleans())
    def review_and_certify(self, patient_id: str, ago: int, doctor: bool) -> None:
        day = self.now.date() - timedelta(days=ago)
        due = day + timedelta(days=14)
        self.attempt(lambda: self.daybook.handle(self.context(), review_plan, patient_id, day, due))
        author = "staff-2" if doctor else "staff-1"
        self.attempt(
            lambda: self.daybook.handle(self.context(author), certify_care, patient_id, day)
        )

    @rule(patient_id=known, units=st.integers(0, 12), day=days)
    def authorize(self, patient_id: str, units: int, day: date) -> None:
        agreed = Authorization(f"{patient_id}-auth", "medicaid", "H0015", units, MONDAY, day)
        self.attempt(lambda: self.daybook.handle(self.context(), authorize, patient_id, agreed))

    # Who pays, who looks after whom, why it goes on

    @rule(patient_id=known, number=picks, payer=st.sampled_from(("aetna", "self", "")), day=days)
    def change_payer(self, patient_id: str, number: int, payer: str, day: date) -> None:
        somebody = self.somebody(patient_id, number)
        self.attempt(
            lambda: self.daybook.handle(self.context(), change_payer, somebody, payer, day)
        )

    @rule(patient_id=known, number=picks, staff_id=st.sampled_from(STAFF), day=days)
    def look_after(self, patient_id: str, number: int, staff_id: str, day: date) -> None:
        somebody, author = self.somebody(patient_id, number), self.context(staff_id)
        self.attempt(lambda: self.daybook.handle(author, assign_counselor, somebody, staff_id, day))
        self.attempt(lambda: self.daybook.handle(author, justify_stay, somebody, day))

    # What is summed up, and what was learned

    @rule(patient_id=known, number=picks, day=days)
    def sum_up(self, patient_id: str, number: int, day: date) -> None:
        somebody = self.somebody(patient_id, number)
        self.attempt(
            lambda: self.daybook.handle(self.context(), sign_discharge_summary, somebody, day)
        )

    @rule(
        patient_id=known,
        number=picks,
        kind=st.sampled_from(("use", "no-progress")),
        day=days,
        is_wrong=st.booleans(),
    )
    def learn(
        self, patient_id: str, number: int, kind: IncidentKind, day: date, is_wrong: bool
    ) -> None:
        learned = (self.somebody(patient_id, number), kind, day)
        self.attempt(lambda: self.daybook.handle(self.context(), record_incident, *learned))
        if is_wrong:
            wrong = (*learned, "of another patient")
            self.attempt(lambda: self.daybook.handle(self.context(), withdraw_incident, *wrong))

    # Monitoring

    @rule(patient_id=known, phase=st.sampled_from(("initial", "stable")), day=days)
    def decide_phase(self, patient_id: str, phase: Phase, day: date) -> None:
        self.attempt(
            lambda: self.daybook.handle(self.context(), set_testing_phase, patient_id, phase, day)
        )

    @rule(
        patient_id=known,
        number=picks,
        instrument=st.sampled_from(("phq-9", "gad-7")),
        answer=st.sampled_from((0, 1, 2, 3, 4)),
    )
    def assess(self, patient_id: str, number: int, instrument: Instrument, answer: int) -> None:
        items = 9 if instrument == "phq-9" else 7
        answers = {str(each): answer for each in range(1, items + 1)}
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                take_assessment,
                self.somebody(patient_id, number),
                instrument,
                answers,
                reason="typed wrongly",
            )
        )

    @rule(number=picks)
    def acknowledge(self, number: int) -> None:
        found = sorted(each.id for each in self.journal.aggregates(Assessment) if each.concern)
        assessment_id = found[number % len(found)] if found else "nothing"
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), acknowledge_concern, assessment_id, "safety-plan"
            )
        )

    @rule(patient_id=known, shortest=st.integers(0, 3), more=st.integers(-1, 4))
    def draw_tests(self, patient_id: str, shortest: int, more: int) -> None:
        gaps = Gaps(shortest, shortest + more)
        self.attempt(lambda: self.daybook.handle(self.context(), draw_drug_tests, patient_id, gaps))

    @rule(patient_id=known, tomorrow=st.booleans())
    def draw_today(self, patient_id: str, tomorrow: bool) -> None:
        if tomorrow:
            self.clinic.now += timedelta(days=1)
        self.attempt(lambda: self.daybook.handle(self.context(), draw_drug_test, patient_id))

    @rule(patient_id=known)
    def order_test(self, patient_id: str) -> None:
        self.attempt(
            lambda: self.daybook.handle(self.context(), order_drug_test, patient_id, "for-cause")
        )

    @rule(
        patient_id=known,
        number=picks,
        step=st.sampled_from(("notify", "collect", "result", "result", "miss", "refuse", "off")),
        positive=st.booleans(),
    )
    def go_on_with_test(self, patient_id: str, number: int, step: str, positive: bool) -> None:
        testing = self.journal.load(DrugTesting.id_of(patient_id))
        found = sorted(testing.tests) if testing else []
        if step == "result":
            # Whoever has a result has been notified and has given a specimen.
            self.go_on_with_test(patient_id, number, "notify", positive)
            self.go_on_with_test(patient_id, number, "collect", positive)
        test_id = found[number % len(found)] if found else "nothing"
        context, of = self.context(), (patient_id, test_id)
        result = Result(
            "presumptive" if number % 2 else "definitive",
            "positive" if positive else "negative",
            self.now,
            ("THC",) if positive else (),
        )
        commands = {
            "notify": lambda: self.daybook.handle(context, notify_of_test, *of),
            "collect": lambda: self.daybook.handle(context, collect_specimen, *of, "urine"),
            "result": lambda: self.daybook.handle(context, report_result, *of, result),
            "miss": lambda: self.daybook.handle(context, miss_test, *of),
            "refuse": lambda: self.daybook.handle(context, refuse_test, *of),
            "off": lambda: self.daybook.handle(
                context, call_test_off, *of, "the specimen was lost"
            ),
        }

        def command() -> None:
            before = self.journal.load(patient_id)
            commands[step]()
            # A result, a missed test and a refused one change nothing about the treatment.
            assert self.journal.load(patient_id) == before

        self.attempt(command)

    # The network, consents

    @rule(patient_id=known, number=picks)
    def network(self, patient_id: str, number: int) -> None:
        meeting = SupportMeeting(f"{patient_id}-{number}", "12-step", self.now.date())
        self.attempt(
            lambda: self.daybook.handle(self.context(), report_support_meeting, patient_id, meeting)
        )
        self.attempt(
            lambda: self.daybook.handle(
                self.context(), verify_support_meeting, patient_id, f"{patient_id}-{number // 2}"
            )
        )
        office = ResourceReferral(f"{patient_id}-office", "housing", "County", self.now.date())
        self.attempt(
            lambda: self.daybook.handle(self.context(), refer_to_resource, patient_id, office)
        )
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                record_resource_outcome,
                patient_id,
                f"{patient_id}-office",
                "connected",
                self.now.date(),
            )
        )

    @rule(number=picks)
    def name_sponsor(self, number: int) -> None:
        if self.newcomers:
            newcomer = self.newcomers[number % len(self.newcomers)]
            named = (newcomer, f"{newcomer}-sponsor", "sponsor", Contact("Sam", f"555-01{number}"))
            self.attempt(lambda: self.daybook.handle(self.context(), name_supporter, *named))

    @rule(patient_id=known, number=picks)
    def reach_out(self, patient_id: str, number: int) -> None:
        expected = [each.id for each in self.sessions() if patient_id in each.visits]
        session_id = expected[number % len(expected)] if expected else self.pick(number)
        self.attempt(
            lambda: self.daybook.handle(
                self.context(),
                attempt_outreach,
                patient_id,
                session_id,
                way="call",
                result="no-answer",
            )
        )

    @rule(patient_id=known, day=days, lasts=st.none() | st.integers(-1, 20), scope=scopes)
    def consent(self, patient_id: str, day: date, lasts: int | None, scope: list[Scope]) -> None:
        end = None if lasts is None else day + timedelta(days=lasts)
        purpose: Any = "treatment-payment-operations" if day == MONDAY else "legal"
        consent_id = f"{patient_id}-{day}"
        consent = Consent(consent_id, "County court", purpose, tuple(scope), day, end)
        self.attempt(lambda: self.daybook.handle(self.context(), give_consent, patient_id, consent))

    @rule(patient_id=known, ago=st.integers(-1, 2), revoke=st.booleans(), number=picks)
    def disclose(self, patient_id: str, ago: int, revoke: bool, number: int) -> None:
        on = self.now.date() - timedelta(days=ago)
        given = sorted(self.journal.load(patient_id).consents)
        consent_id = given[number % len(given)] if given else "nothing"
        if revoke and number % 3 == 0:
            self.attempt(
                lambda: self.daybook.handle(
                    self.context(), revoke_consent, patient_id, consent_id, on
                )
            )
        told = Disclosure(f"{patient_id}-{number}", consent_id, ("attendance",), on)
        self.attempt(lambda: self.daybook.handle(self.context(), disclose, patient_id, told))

    # The way out

    @rule(patient_id=known, number=picks, day=days, kind=kinds)
    def discharge(self, patient_id: str, number: int, day: date, kind: DischargeKind) -> None:
        if number % 2:
            return
        level: Any = {"step-up": "3.5", "step-down": "1"}.get(kind)
        discharge = Discharge(day, kind, ("own-wish",), level)
        self.attempt(
            lambda: self.daybook.handle(self.context(), discharge_patient, patient_id, discharge)
        )

    @rule(patient_id=known)
    def take_discharge_back(self, patient_id: str) -> None:
        self.attempt(lambda: self.daybook.handle(self.context(), take_discharge_back, patient_id))

    # What must hold

    @invariant()
    def somebody_pays_on_each_day_of_a_treatment_and_on_no_other(self) -> None:
        for patient in map(self.journal.load, (*PATIENTS, *self.newcomers)):
            for offset in range(-2, 14):
                day = MONDAY + timedelta(days=offset)
                earlier = any(stay.covers(day) for stay in patient.earlier)
                assert (patient.payer_on(day) is not None) == (
                    patient.admitted_at(day) and not earlier
                )

    @invariant()
    def whoever_was_discharged_has_nothing_to_come(self) -> None:
        program: Any = self.journal.load(Program.id_of(FACILITY, PROGRAM))
        sessions = {each.id: each for each in self.journal.aggregates(Session)}
        for patient in self.journal.aggregates(Patient):
            if patient.discharge is None:
                continue
            last = patient.discharge.day
            assert all(
                sessions[session_id].meeting.day <= last
                or sessions[session_id].visits[patient.id].sign_ins
                for session_id in patient.bookings
            )
            for session in sessions.values():
                if session.meeting.day > last:
                    assert patient.id not in session.waiting
            assert patient.id not in {
                each.patient_id for waiting in program.waiting.values() for each in waiting
            }
            testing = self.journal.load(DrugTesting.id_of(patient.id))
            assert testing is None or testing.gaps is None

    @invariant()
    def treatments_of_one_patient_follow_one_another(self) -> None:
        for patient in self.journal.aggregates(Patient):
            ends = [stay.discharge.day for stay in patient.earlier]
            begins = [stay.admitted_on for stay in patient.earlier[1:]]
            if patient.earlier:
                begins.append(patient.admitted_on)
            assert all(end < begin for end, begin in zip(ends, begins, strict=True))

    @invariant()
    def no_two_drawn_tests_are_closer_than_the_shortest_gap(self) -> None:
        for testing in self.journal.aggregates(DrugTesting):
            drawn = sorted(each.day for each in testing.tests.values() if each.because == "drawn")
            assert len(drawn) == testing.drawn == len(set(drawn))
