"""What the view `care` shows of one person who had two records, table by table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.incidents import Incidents
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Outreach,
    Patient,
    Plan,
    ResourceReferral,
    SupportMeeting,
)
from domain.screening import Candidacy, Finding, Screening
from domain.session import Session, SignIn
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FACILITY,
    FOUND,
    LATE_AFTER,
    MONDAY,
    absence,
    session,
)
from tests.support.domain_examples import MEETING as EVENING
from tests.support.read_models import ReadModels, facility, patient

DAY = timedelta(days=1)
AGREED = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, MONDAY + 30 * DAY)
CONSENT = Consent("consent-1", "County court", "legal", ("attendance",), MONDAY, MONDAY + DAY)
TOLD = Disclosure("disclosure-1", "consent-1", ("attendance",), MONDAY)

OWNERS = """
    SELECT 'screenings' AS name, patient_id FROM care.screenings
    UNION ALL SELECT 'episodes', patient_id FROM care.episodes
    UNION ALL SELECT 'plans', patient_id FROM care.plans
    UNION ALL SELECT 'reviews', patient_id FROM care.reviews
    UNION ALL SELECT 'assessments', patient_id FROM care.assessments
    UNION ALL SELECT 'concerns', patient_id FROM care.concerns
    UNION ALL SELECT 'testing', patient_id FROM care.testing
    UNION ALL SELECT 'drug_tests', patient_id FROM care.drug_tests
    UNION ALL SELECT 'supporters', patient_id FROM care.supporters
    UNION ALL SELECT 'support_meetings', patient_id FROM care.support_meetings
    UNION ALL SELECT 'resources', patient_id FROM care.resources
    UNION ALL SELECT 'outreach', patient_id FROM care.outreach
    UNION ALL SELECT 'consents', patient_id FROM care.consents
    UNION ALL SELECT 'disclosures', patient_id FROM care.disclosures
    UNION ALL SELECT 'incidents', patient_id FROM care.incidents
    UNION ALL SELECT 'discharge_summaries', patient_id FROM care.discharge_summaries
"""
NOT_HANDED_OVER = {"patients", "candidates", "counselors"}
"""Of these each record has its own row: who merged into whom, and who was referred; the counselor
is that of the record that goes on."""


def everything(read_models: ReadModels) -> Patient:
    """A record with a row in each table."""
    sound = Candidacy(
        stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
    )
    ratings = {str(number): 1 for number in range(1, 7)}
    answers = {str(number): 1 for number in range(1, 10)}
    who = {"facility_id": FACILITY, "patient_id": "dup"}
    tests = DrugTesting.start(CAUSE, **who)
    tests.set_interval(CAUSE, Gaps(2, 7), MONDAY, "sealed")
    tests.order(CAUSE, "test-1", MONDAY, "intake")
    incidents = Incidents.start(CAUSE, **who)
    incidents.learn(CAUSE, "arrest", MONDAY)
    duplicate = patient("dup")
    commands: list[Callable[[Patient], object]] = [
        lambda p: p.set_plan(CAUSE, Plan(540, 3, next_review=MONDAY + 30 * DAY), MONDAY),
        lambda p: p.authorize(CAUSE, AGREED),
        lambda p: p.name_supporter(CAUSE, "supporter-1", "sponsor"),
        lambda p: p.report_support_meeting(CAUSE, SupportMeeting("m-1", "12-step", MONDAY)),
        lambda p: p.refer_to_resource(CAUSE, ResourceReferral("r-1", "food", "County", MONDAY)),
        lambda p: p.attempt_outreach(CAUSE, Outreach("s-1", CAUSE.at, "call", "reached")),
        lambda p: p.give_consent(CAUSE, CONSENT),
        lambda p: p.disclose(CAUSE, TOLD),
        lambda p: p.end(CAUSE, Discharge(MONDAY, "completed")),
        lambda p: p.sign_summary(CAUSE, MONDAY, credential="LCSW"),
    ]
    for command in commands:
        command(duplicate)
    read_models.take(
        facility(),
        duplicate,
        visited("dup"),
        tests,
        incidents,
        Assessment.take(CAUSE, **who, instrument="phq-9", taken_at=CAUSE.at, answers=answers),
        Screening.start(
            CAUSE,
            **who,
            screened_on=MONDAY,
            finding=Finding("3", ratings, sound, "2.1", ("dimension-5",)),
            population="adult",
        ),
    )
    return duplicate


def visited(
    *came: str, missed: tuple[str, ...] = (), excused: tuple[str, ...] = (), days: int = 0
) -> Session:
    """A closed session, so many days after Monday, to which some came and others did not."""
    shift = days * DAY
    part = EVENING.parts[0]
    meeting = replace(
        EVENING,
        day=MONDAY + shift,
        occurrence=MONDAY + shift,
        starts_at=part.starts_at + shift,
        ends_at=part.ends_at + shift,
        parts=(replace(part, starts_at=part.starts_at + shift, ends_at=part.ends_at + shift),),
    )
    found = session(meeting, f"evening-{days}")
    for patient_id in (*came, *missed, *excused):
        found.roster(CAUSE, patient_id)
    closing = replace(AFTERWARDS, at=AFTERWARDS.at + shift)
    for patient_id in came:
        line = SignIn(meeting.starts_at, meeting.ends_at)
        found.sign_in(closing, patient_id, line, amendment=FOUND)
    for patient_id in excused:
        found.note_absence(CAUSE, patient_id, absence(excused=True))
    found.close(closing, LATE_AFTER)
    return found


def merge(read_models: ReadModels, duplicate: Patient, survivor: Patient, *, first: str) -> None:
    """Merge as the command does: what was agreed to and is in force is said of the survivor too."""
    for supporter_id, relation in duplicate.supporters.items():
        survivor.name_supporter(CAUSE, supporter_id, relation)
    for authorization in duplicate.authorizations.values():
        survivor.authorize(CAUSE, authorization)
    for consent_id, consent in duplicate.consents.items():
        if consent_id not in duplicate.revoked:
            survivor.give_consent(CAUSE, consent)
    survivor.absorb(CAUSE, duplicate)
    both = (duplicate, survivor) if first == "duplicate" else (survivor, duplicate)
    read_models.take(*both)


def test_the_question_asks_each_table_that_has_a_patient(read_models: ReadModels) -> None:
    tables = read_models.rows(
        "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t"
        " USING (table_schema, table_name) WHERE c.table_schema = 'care'"
        " AND c.column_name = 'patient_id' AND t.table_type = 'BASE TABLE'"
    )
    everything(read_models)
    asked = {name for name, _ in read_models.rows(OWNERS)}
    assert asked == {name for (name,) in tables} - NOT_HANDED_OVER


@pytest.mark.parametrize("first", ["duplicate", "survivor"])
def test_every_row_is_the_survivors(read_models: ReadModels, first: str) -> None:
    duplicate, survivor = everything(read_models), patient("ann")
    read_models.take(survivor)
    before = read_models.rows(OWNERS)
    assert {owner for _, owner in before} == {"dup", "ann"}
    merge(read_models, duplicate, survivor, first=first)
    after = read_models.rows(OWNERS)
    assert {owner for _, owner in after} == {"ann"}
    assert sorted(name for name, _ in after) == sorted(name for name, _ in before)
    assert read_models.rows("SELECT * FROM care.patients ORDER BY patient_id") == [
        ("ann", FACILITY, None),
        ("dup", FACILITY, "ann"),
    ]


def test_what_was_authorized_is_the_survivors_even_where_it_is_not_said_of_them_anew(
    read_models: ReadModels,
) -> None:
    duplicate, survivor = everything(read_models), patient("ann")
    survivor.absorb(CAUSE, duplicate)
    read_models.take(survivor, duplicate)
    assert read_models.rows("SELECT patient_id FROM compliance.authorizations") == [("ann",)]


def test_a_survivor_that_is_merged_again_hands_everything_on(read_models: ReadModels) -> None:
    duplicate, ann, eve = everything(read_models), patient("ann"), patient("eve")
    read_models.take(ann, eve)
    merge(read_models, duplicate, ann, first="survivor")
    merge(read_models, ann, eve, first="survivor")
    assert {owner for _, owner in read_models.rows(OWNERS)} == {"eve"}
    merges = "SELECT patient_id, merged_into FROM care.patients ORDER BY patient_id"
    assert read_models.rows(merges) == [("ann", "eve"), ("dup", "eve"), ("eve", None)]


def test_somebody_elses_rows_stay_theirs(read_models: ReadModels) -> None:
    duplicate, ann = everything(read_models), patient("ann")
    read_models.take(ann, patient("eve"), visited("eve", days=1))
    merge(read_models, duplicate, ann, first="duplicate")
    assert [name for name, owner in read_models.rows(OWNERS) if owner == "eve"] == ["episodes"]


def test_what_is_revoked_after_the_merge_is_revoked_once(read_models: ReadModels) -> None:
    duplicate, ann = everything(read_models), patient("ann")
    read_models.take(ann)
    merge(read_models, duplicate, ann, first="survivor")
    read_models.after(ann, lambda p: p.revoke_consent(CAUSE, "consent-1", MONDAY + DAY))
    assert read_models.rows("SELECT patient_id, revoked_on FROM care.consents") == [
        ("ann", MONDAY + DAY)
    ]


def test_what_was_revoked_before_the_merge_stays_revoked(read_models: ReadModels) -> None:
    duplicate, ann = everything(read_models), patient("ann")
    read_models.take(ann)
    read_models.after(duplicate, lambda p: p.revoke_consent(CAUSE, "consent-1", MONDAY + DAY))
    merge(read_models, duplicate, ann, first="survivor")
    assert read_models.rows("SELECT patient_id, revoked_on FROM care.consents") == [
        ("ann", MONDAY + DAY)
    ]


def test_the_days_of_both_records_use_one_authorization(read_models: ReadModels) -> None:
    duplicate, ann = patient("dup"), patient("ann")
    read_models.take(facility(), duplicate, visited("dup"), visited("ann", days=1))
    read_models.after(ann, lambda p: p.authorize(CAUSE, replace(AGREED, minutes_per_unit=90)))
    used = "SELECT used FROM compliance.authorizations"
    assert read_models.rows(used) == [(1,)]
    merge(read_models, duplicate, ann, first="survivor")
    assert read_models.rows(used) == [(2,)]


# What both records have


def test_a_disclosure_that_is_told_again_after_the_merge_does_not_stop_the_view(
    read_models: ReadModels,
) -> None:
    duplicate, ann = everything(read_models), patient("ann")
    read_models.take(ann)
    merge(read_models, duplicate, ann, first="survivor")
    read_models.after(ann, lambda p: p.disclose(CAUSE, TOLD))
    assert read_models.rows("SELECT disclosure_id, patient_id FROM care.disclosures") == [
        ("disclosure-1", "ann")
    ]


def test_minutes_that_both_records_have_of_one_session_count_once(read_models: ReadModels) -> None:
    duplicate, ann = patient("dup"), patient("ann")
    read_models.take(facility(), duplicate, visited("dup", "ann"))
    read_models.after(ann, lambda p: p.authorize(CAUSE, AGREED))
    merge(read_models, duplicate, ann, first="survivor")
    assert read_models.rows("SELECT credited_minutes FROM attendance.counted_visits") == [(90,)]
    assert read_models.rows("SELECT used FROM compliance.authorizations") == [(0,)]


@pytest.mark.parametrize("came", [(), ("dup",)])
def test_one_session_that_both_records_have_is_no_run_of_absences(
    read_models: ReadModels, came: tuple[str, ...]
) -> None:
    duplicate, ann = patient("dup"), patient("ann")
    read_models.take(facility(), duplicate, ann)
    if came:
        # Missed on Monday, and there on Tuesday: by the other record.
        read_models.take(visited(missed=("ann",)), visited("dup", missed=("ann",), days=1))
    else:
        read_models.take(visited(missed=("ann", "dup")))
    merge(read_models, duplicate, ann, first="survivor")
    assert read_models.rows("SELECT sessions FROM attendance.absence_runs") == [(1,)]


def test_a_session_that_one_record_missed_and_the_other_was_excused_from_is_no_missed_one(
    read_models: ReadModels,
) -> None:
    duplicate, ann = patient("dup"), patient("ann")
    read_models.take(facility(), duplicate, ann)
    read_models.take(visited(missed=("ann",)), visited(missed=("ann",), excused=("dup",), days=1))
    merge(read_models, duplicate, ann, first="survivor")
    assert read_models.rows("SELECT sessions FROM attendance.absence_runs") == [(1,)]
