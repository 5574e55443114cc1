"""What the view `care` shows of a patient's way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.aggregate import CommandContext
from domain.facility import Facility
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incidents import Incidents
from domain.monitoring.specimen import Measured
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    EmergencyDisclosure,
    Outreach,
    Patient,
    PatientMerged,
    Plan,
    PlannedService,
    Prompt,
    Referral,
    ResourceReferral,
    Screened,
    SupportMeeting,
    UnconsentedDisclosure,
)
from domain.screening import Candidacy, Finding, Screening
from domain.session import Meeting, Part, Session, SignIn
from projections.care import Care
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FACILITY,
    FOUND,
    LATE_AFTER,
    MONDAY,
    at,
    session,
)
from tests.support.read_models import ReadModels, facility, merged, patient

DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY
REFERRAL = Referral("adult-iop", MONDAY, "County hospital", "inpatient")
AGREED = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, MONDAY + 30 * DAY)


def candidate(patient_id: str = "ann") -> Patient:
    return Patient.refer(CAUSE, id=patient_id, facility_id=FACILITY, referral=REFERRAL)


# Candidates and episodes

CANDIDATES = """
    SELECT origin, recommended_level, state, referred_up_to, reasons FROM care.candidates
"""


def test_a_candidate_is_open_then_admitted(read_models: ReadModels) -> None:
    ann = candidate()
    read_models.take(ann)
    assert read_models.rows(CANDIDATES) == [("inpatient", None, "open", None, [])]
    read_models.after(
        ann, lambda p: p.take_screening(CAUSE, Screened("screening-1", MONDAY, "2.1"))
    )
    assert read_models.rows(CANDIDATES) == [("inpatient", "2.1", "open", None, [])]
    read_models.after(
        ann,
        lambda p: p.admit_candidate(
            CAUSE, admitted_on=MONDAY, payer="medicaid", focus="co-occurring"
        ),
    )
    assert read_models.rows(CANDIDATES) == [("inpatient", "2.1", "admitted", None, [])]


def test_a_candidate_is_referred_up_or_closed_and_may_come_again(read_models: ReadModels) -> None:
    ann = candidate()
    read_models.after(
        ann,
        lambda p: p.take_screening(CAUSE, Screened("screening-1", MONDAY, "3.5")),
        lambda p: p.refer_up(CAUSE, "3.5", ("no-safe-home",)),
    )
    assert read_models.rows(CANDIDATES) == [
        ("inpatient", "3.5", "referred up", "3.5", ["no-safe-home"])
    ]
    read_models.after(ann, lambda p: p.refer_again(CAUSE, replace(REFERRAL, origin="community")))
    assert read_models.rows(CANDIDATES) == [("community", None, "open", None, [])]
    read_models.after(ann, lambda p: p.close_referral(CAUSE, "could not be reached"))
    assert read_models.rows(CANDIDATES) == [
        ("community", None, "closed", None, ["could not be reached"])
    ]


def test_each_treatment_of_a_patient_is_an_episode(read_models: ReadModels) -> None:
    ann = patient("ann")
    left = Discharge(MONDAY, "step-up", ("needs-more-care",), "3.5")
    read_models.after(
        ann,
        lambda p: p.end(CAUSE, Discharge(MONDAY, "completed")),
        lambda p: p.end(CAUSE, left),
        lambda p: p.refer_again(CAUSE, replace(REFERRAL, day=TUESDAY)),
        lambda p: p.admit_candidate(
            CAUSE,
            admitted_on=TUESDAY,
            payer="medicare",
            focus="mental-health",
            override="known here",
        ),
        lambda p: p.correct_admission(
            CAUSE, program_id="adult-iop", admitted_on=TUESDAY + DAY, payer="medicare"
        ),
    )
    assert read_models.rows(
        "SELECT episode, admitted_on, payer, focus, override, discharged_on, discharge_kind,"
        " discharge_reasons, to_level FROM care.episodes ORDER BY episode"
    ) == [
        (
            *(1, MONDAY, "medicaid", None, "as it was before"),
            *(MONDAY, "step-up", ["needs-more-care"], "3.5"),
        ),
        (2, TUESDAY + DAY, "medicare", "mental-health", "known here", None, None, [], None),
    ]


def test_a_screening_is_shown_as_it_was_put_right(read_models: ReadModels) -> None:
    sound = Candidacy(
        stable_living=True, motivated=True, support_at_home=False, needs_24_hour_supervision=False
    )
    ratings = {str(number): number % 4 for number in range(1, 7)}
    finding = Finding("3", ratings, sound, "2.1", ("living", "dimension-5"))
    found = Screening.start(
        CAUSE,
        facility_id=FACILITY,
        patient_id="ann",
        screened_on=MONDAY,
        finding=finding,
        population="adult",
    )
    read_models.take(found)
    sql = "SELECT level, ratings ->> '3', support_at_home, verified, corrected FROM care.screenings"
    assert read_models.rows(sql) == [("2.1", "3", False, False, False)]
    other = replace(finding, level="2.5", ratings=ratings | {"3": 1})
    read_models.after(
        found, lambda s: s.correct(CAUSE, other, population="adult", reason="misread")
    )
    assert read_models.rows(sql) == [("2.5", "1", False, False, True)]


# Plans


def test_incidents_and_summaries_are_kept_until_they_are_taken_back(
    read_models: ReadModels,
) -> None:
    ann, incidents = patient("ann"), Incidents.start(CAUSE, facility_id=FACILITY, patient_id="ann")
    read_models.after(
        ann,
        lambda p: p.end(CAUSE, Discharge(MONDAY, "completed")),
        lambda p: p.sign_summary(CAUSE, TUESDAY, credential="LCSW"),
    )
    read_models.after(
        incidents,
        lambda i: i.learn(CAUSE, "arrest", MONDAY),
        lambda i: i.learn(CAUSE, "use", MONDAY),
        lambda i: i.withdraw(CAUSE, "use", MONDAY, "it was somebody else"),
    )
    told = "SELECT patient_id, kind, learned_on FROM care.incidents"
    signed = "SELECT patient_id, discharged_on, signed_on, credential FROM care.discharge_summaries"
    assert read_models.rows(told) == [("ann", "arrest", MONDAY)]
    assert read_models.rows(signed) == [("ann", MONDAY, TUESDAY, "LCSW")]


def test_plans_hold_from_their_day_with_what_prompted_them(read_models: ReadModels) -> None:
    plan = Plan(540, 3, (PlannedService("group", 90, 3, "week"),), ("work",), MONDAY + 30 * DAY)
    read_models.after(
        patient("ann"),
        lambda p: p.set_plan(CAUSE, plan, MONDAY),
        lambda p: p.set_plan(CAUSE, replace(plan, weekly_minutes=600), MONDAY + 9 * DAY),
        lambda p: p.set_plan(
            CAUSE,
            replace(plan, days_per_week=4),
            MONDAY + 7 * DAY,
            Prompt("assessment", "assessment-1"),
        ),
        lambda p: p.taper_plan(CAUSE, Plan(360, 2), MONDAY + 21 * DAY, "1"),
    )
    assert read_models.rows(
        "SELECT effective_from, weekly_minutes, days_per_week, goals, prompt_kind,"
        " prompt_reference, tapers_to FROM care.plans ORDER BY effective_from"
    ) == [
        (MONDAY, 540, 3, ["work"], None, None, None),
        (MONDAY + 7 * DAY, 540, 4, ["work"], "assessment", "assessment-1", None),
        (MONDAY + 21 * DAY, 360, 2, [], None, None, "1"),
    ]
    assert read_models.rows(
        "SELECT effective_from, service, minutes, times, per FROM care.planned_services ORDER BY 1"
    ) == [
        (MONDAY, "group", 90, 3, "week"),
        (MONDAY + 7 * DAY, "group", 90, 3, "week"),
    ]


DUE = "SELECT what, due FROM care.reviews_due ORDER BY what"


def test_reviews_are_due_while_a_patient_is_in_treatment(read_models: ReadModels) -> None:
    ann = patient("ann")
    review = MONDAY + 30 * DAY
    read_models.after(ann, lambda p: p.set_plan(CAUSE, Plan(540, 3, next_review=review), MONDAY))
    assert read_models.rows(DUE) == [("plan review", review)]
    read_models.after(ann, lambda p: p.certify(CAUSE, MONDAY, credential="MD"))
    read_models.after(ann, lambda p: p.review_plan(CAUSE, MONDAY, review + DAY))
    assert read_models.rows(DUE) == [
        ("plan review", review + DAY),
        ("recertification", MONDAY + 60 * DAY),
    ]
    read_models.after(ann, lambda p: p.end(CAUSE, Discharge(MONDAY, "completed")))
    assert read_models.rows(DUE) == []
    read_models.after(
        ann,
        lambda p: p.refer_again(CAUSE, replace(REFERRAL, day=TUESDAY)),
        lambda p: p.admit_candidate(
            CAUSE, admitted_on=TUESDAY, payer="self", focus="co-occurring", override="known here"
        ),
    )
    assert read_models.rows(DUE) == []


# Units of an authorization, as attendance stands

UNITS = "SELECT units, used, units_left FROM compliance.authorizations"


def on_day(offset: int) -> Session:
    """A session of three hours, so many days after Monday."""
    starts_at = at("17:00") + offset * DAY
    ends_at = starts_at + timedelta(hours=3)
    part = Part(starts_at, ends_at, "group", "Group")
    day = MONDAY + offset * DAY
    meeting = Meeting(
        "adult-iop", None, day, starts_at, ends_at, (part,), "room-1", "staff-7", 8, day
    )
    return session(meeting, f"evening-{offset}")


def held(read_models: ReadModels, found: Session) -> Session:
    """Close a session at which Ann was from the beginning to the end."""
    span = found.meeting.span
    closing = CommandContext("close", span.ends_at + timedelta(hours=1), "staff-7")
    found.roster(CAUSE, "ann")
    found.sign_in(closing, "ann", SignIn(span.starts_at, span.ends_at), amendment=FOUND)
    found.close(closing, LATE_AFTER)
    read_models.take(found)
    return found


def test_a_correction_gives_a_unit_back_and_a_session_that_moves_does(
    read_models: ReadModels,
) -> None:
    read_models.take(facility())
    read_models.after(patient("ann"), lambda p: p.authorize(CAUSE, AGREED))
    first, second = (held(read_models, on_day(offset)) for offset in (0, 1))
    assert read_models.rows(UNITS) == [(12, 2, 10)]
    late = CommandContext("late", first.meeting.ends_at + timedelta(hours=2), "staff-7")
    read_models.after(
        first,
        lambda s: s.undo_check_in(late, "ann", s.meeting.starts_at, amendment=FOUND),
        lambda s: s.reconcile_attendance(late, LATE_AFTER, FOUND),
    )
    assert read_models.rows(UNITS) == [(12, 1, 11)]
    ahead = on_day(9).meeting
    read_models.after(second, lambda s: s.reschedule(late, ahead))
    assert read_models.rows(UNITS) == [(12, 0, 12)]


# Monitoring


def phq(answers: dict[str, int]) -> Assessment:
    return Assessment.take(
        CAUSE,
        facility_id=FACILITY,
        patient_id="ann",
        instrument="phq-9",
        taken_at=CAUSE.at,
        answers=answers,
    )


def test_an_assessment_its_scales_and_the_concern_that_it_raises(read_models: ReadModels) -> None:
    answers = {str(number): 1 for number in range(1, 10)}
    taken = phq(answers)
    read_models.take(taken)
    scales = "SELECT scale, score, band, verified FROM care.scales"
    assert read_models.rows(scales) == [("total", 9, "mild", True)]
    concerns = "SELECT concern, acknowledged_by, response FROM care.concerns"
    assert read_models.rows(concerns) == [("thoughts-of-death", None, None)]
    read_models.after(taken, lambda a: a.correct(CAUSE, answers | {"1": 3}, "misread"))
    assert read_models.rows(scales) == [("total", 11, "moderate", True)]
    assert read_models.rows("SELECT corrected FROM care.assessments") == [(True,)]
    read_models.after(taken, lambda a: a.acknowledge(CAUSE, "seen-at-once", credential="LCSW"))
    assert read_models.rows(concerns) == [("thoughts-of-death", "staff-7", "seen-at-once")]


TESTS = "SELECT day, because, state, outcome, substances, validity, corrected FROM care.drug_tests"


def anns_tests() -> DrugTesting:
    return DrugTesting.start(CAUSE, facility_id=FACILITY, patient_id="ann")


def test_a_drawn_test_step_by_step(read_models: ReadModels) -> None:
    tests = anns_tests()
    tests.set_interval(CAUSE, Gaps(1, 1), MONDAY - DAY, "sealed")
    tests.draw(CAUSE, b"seed", MONDAY, [MONDAY])
    read_models.take(tests)
    (test_id,) = tests.tests
    assert read_models.rows(TESTS) == [(MONDAY, "drawn", "ordered", None, [], None, False)]
    measured = Measured(creatinine=10, specific_gravity=1.001, ph=6, nitrite=0)
    positive = Result("presumptive", "positive", AFTERWARDS.at, ("THC",), measured)
    read_models.after(
        tests,
        lambda t: t.notify(AFTERWARDS, test_id, at("17:00")),
        lambda t: t.collect(AFTERWARDS, test_id, at("17:10"), "urine", observed=True),
        lambda t: t.hand_over(
            AFTERWARDS, test_id, HandOver(at("17:20"), "staff-7", "County laboratory")
        ),
        lambda t: t.report_result(AFTERWARDS, test_id, positive),
    )
    assert read_models.rows(TESTS) == [
        (MONDAY, "drawn", "resulted", "positive", ["THC"], "dilute", False)
    ]
    assert read_models.rows("SELECT giver, taker FROM care.hand_overs") == [
        ("staff-7", "County laboratory")
    ]
    negative = Result("presumptive", "negative", AFTERWARDS.at)
    read_models.after(tests, lambda t: t.correct_result(AFTERWARDS, test_id, negative, "mixed up"))
    assert read_models.rows(TESTS) == [(MONDAY, "drawn", "resulted", "negative", [], None, True)]


@pytest.mark.parametrize("how", ["missed", "refused", "called off"])
def test_a_test_that_gave_no_specimen(read_models: ReadModels, how: str) -> None:
    tests = anns_tests()
    tests.order(CAUSE, "test-1", MONDAY, "for-cause")
    tests.notify(AFTERWARDS, "test-1", at("17:00"))
    if how == "missed":
        tests.miss(AFTERWARDS, "test-1", TUESDAY)
    elif how == "refused":
        tests.refuse(AFTERWARDS, "test-1", at("17:30"))
    else:
        tests.call_off(AFTERWARDS, "test-1", "excused")
    read_models.take(tests)
    assert read_models.rows(TESTS) == [(MONDAY, "for-cause", how, None, [], None, False)]


def test_of_the_draw_neither_the_seed_nor_a_day_to_come_is_shown(read_models: ReadModels) -> None:
    tests = anns_tests()
    tests.set_interval(CAUSE, Gaps(2, 7), MONDAY, "c2VhbGVk")
    read_models.take(tests)
    tested = "SELECT patient_id, shortest_days, longest_days, last_drawn FROM care.testing"
    assert read_models.rows(tested) == [("ann", 2, 7, None)]
    columns = read_models.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'care' AND data_type = 'text'"
    )
    assert len(columns) > 50
    assert not [each for each in columns if "seed" in each[1]]
    assert "c2VhbGVk" not in str(read_models.rows("SELECT * FROM care.testing"))
    read_models.after(tests, lambda t: t.end_interval(CAUSE, "discharged"))
    assert read_models.rows(tested) == [("ann", None, None, None)]


# Support and consents


def test_the_network_outreach_and_consents(read_models: ReadModels) -> None:
    consent = Consent(
        *("consent-1", "County court", "criminal-justice", ("attendance",), MONDAY, TUESDAY),
        *("the counselors", True, "guardian", False),
    )
    read_models.after(
        patient("ann"),
        lambda p: p.name_supporter(CAUSE, "supporter-1", "sponsor"),
        lambda p: p.name_supporter(CAUSE, "supporter-2", "sister"),
        lambda p: p.remove_supporter(CAUSE, "supporter-2"),
        lambda p: p.report_support_meeting(CAUSE, SupportMeeting("m-1", "12-step", MONDAY)),
        lambda p: p.report_support_meeting(CAUSE, SupportMeeting("m-2", "other", MONDAY)),
        lambda p: p.verify_support_meeting(CAUSE, "m-1"),
        lambda p: p.refer_to_resource(CAUSE, ResourceReferral("r-1", "housing", "County", MONDAY)),
        lambda p: p.record_resource_outcome(CAUSE, "r-1", "connected", TUESDAY),
        lambda p: p.attempt_outreach(CAUSE, Outreach("s-1", CAUSE.at, "call", "reached")),
        lambda p: p.give_consent(CAUSE, consent),
        lambda p: p.disclose(CAUSE, Disclosure("d-1", "consent-1", ("attendance",), MONDAY)),
        lambda p: p.revoke_consent(CAUSE, "consent-1", TUESDAY),
    )
    assert read_models.rows(
        "SELECT supporter_id, relation, removed FROM care.supporters ORDER BY 1"
    ) == [
        ("supporter-1", "sponsor", False),
        ("supporter-2", "sister", True),
    ]
    assert read_models.rows("SELECT kind, verified FROM care.support_meetings ORDER BY kind") == [
        ("12-step", True),
        ("other", False),
    ]
    assert read_models.rows("SELECT resource, outcome, outcome_day FROM care.resources") == [
        ("County", "connected", TUESDAY)
    ]
    assert read_models.rows("SELECT session_id, way, result, author FROM care.outreach") == [
        ("s-1", "call", "reached", "staff-7")
    ]
    assert read_models.rows("SELECT recipient, scope, revoked_on FROM care.consents") == [
        ("County court", ["attendance"], TUESDAY)
    ]
    assert read_models.rows(
        "SELECT purpose, discloser, redisclosure_told, signed_by, interpreter FROM care.consents"
    ) == [("criminal-justice", "the counselors", True, "guardian", False)]
    assert read_models.rows("SELECT consent_id, scope, day FROM care.disclosures") == [
        ("consent-1", ["attendance"], MONDAY)
    ]


def test_what_two_patients_have_under_one_id_is_not_mixed_up(read_models: ReadModels) -> None:
    """As where a client numbers consents 1, 2, 3 for each of them."""
    consent = Consent("1", "County court", "legal", ("attendance",), MONDAY, TUESDAY)
    given = (
        lambda p: p.give_consent(CAUSE, consent),
        lambda p: p.disclose(CAUSE, Disclosure("1", "1", ("attendance",), MONDAY)),
        lambda p: p.report_support_meeting(CAUSE, SupportMeeting("1", "12-step", MONDAY)),
        lambda p: p.refer_to_resource(CAUSE, ResourceReferral("1", "housing", "County", MONDAY)),
    )
    read_models.after(patient("ann"), *given)
    read_models.after(
        patient("ben"),
        *given,
        lambda p: p.revoke_consent(CAUSE, "1", TUESDAY),
        lambda p: p.verify_support_meeting(CAUSE, "1"),
        lambda p: p.record_resource_outcome(CAUSE, "1", "connected", TUESDAY),
    )
    for table, column, bens, anns in (
        ("consents", "revoked_on", TUESDAY, None),
        ("support_meetings", "verified", True, False),
        ("resources", "outcome", "connected", None),
        ("disclosures", "day", MONDAY, MONDAY),
    ):
        asked = f"SELECT patient_id, {column} FROM care.{table} ORDER BY 1"  # noqa: S608
        assert read_models.rows(asked) == [("ann", anns), ("ben", bens)]


def test_what_a_merged_record_had_belongs_to_the_other_one(read_models: ReadModels) -> None:
    read_models.take(facility())
    merged(read_models, "dup", "ann")
    assert read_models.rows("SELECT recorded_as, patient_id FROM care.episodes ORDER BY 1") == [
        ("ann", "ann"),
        ("dup", "ann"),
    ]
    assert read_models.rows("SELECT patient_id FROM care.patients WHERE merged_into = 'ann'") == [
        ("dup",)
    ]


def test_each_table_with_a_patient_is_handed_over_when_records_are_merged(
    read_models: ReadModels,
) -> None:
    tables = {
        row[0]
        for row in read_models.rows(
            "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE c.table_schema = 'care'"
            " AND c.column_name = 'patient_id' AND t.table_type = 'BASE TABLE'"
        )
    }
    duplicate, survivor = patient("dup"), patient("ann")
    survivor.absorb(CAUSE, duplicate)
    (*_, event) = duplicate.collect_events()
    assert isinstance(event, PatientMerged)
    said = " ".join(str(sql) for sql, _ in Care().changes(event))
    # Candidates stay as they are: a candidacy is of one record.
    assert {table for table in tables if f" {table} " in said} == tables - {"candidates"}


def test_what_is_told_without_a_consent_says_by_which_rule(read_models: ReadModels) -> None:
    site = Facility.start(
        CAUSE,
        facility_id=FACILITY,
        name="Oak Street",
        timezone="America/New_York",
        week_starts_on="monday",
        late_after_minutes=10,
    )
    read_models.take(site)
    told_at = datetime(2025, 3, 4, 2, 30, tzinfo=UTC)
    afterwards = replace(CAUSE, at=told_at + timedelta(hours=1))
    urgent = EmergencyDisclosure(
        *("d-1", told_at, "Pat Medic", "County ambulance", "Ana Diaz", "fainted"),
        ("attendance",),
        "4 Station Road",
    )
    ordered = UnconsentedDisclosure(
        *("d-2", "court-order", "County court", "custody", ("plan",), MONDAY, "order 25-117"),
    )
    read_models.after(
        patient("ann"),
        lambda p: p.disclose_in_emergency(afterwards, urgent),
        lambda p: p.disclose_without_consent(afterwards, ordered),
    )
    assert read_models.rows(
        "SELECT basis, consent_id, recipient, affiliation, address, purpose, reference, day,"
        " told_at, discloser FROM care.disclosures ORDER BY disclosure_id"
    ) == [
        (
            *("medical-emergency", None, "Pat Medic", "County ambulance", "4 Station Road"),
            *("fainted", None, MONDAY, told_at, "Ana Diaz"),
        ),
        (
            *("court-order", None, "County court", None, None, "custody", "order 25-117"),
            *(MONDAY, None, None),
        ),
    ]
