"""Clinical: assessments over time, safety concerns, and drug tests step by step."""

from collections.abc import Iterator, Sequence
from typing import LiteralString

from domain.aggregate import Event
from domain.monitoring.drug_test import Result
from domain.monitoring.events import (
    AssessmentCorrected,
    AssessmentTaken,
    ConcernAcknowledged,
    ConcernRaised,
    DrugTestCalledOff,
    DrugTestDrawn,
    DrugTestingOpened,
    DrugTestMissed,
    DrugTestOrdered,
    DrugTestRefused,
    IntervalEnded,
    IntervalSet,
    PatientNotified,
    PhaseSet,
    ResultCorrected,
    ResultReported,
    SpecimenCollected,
    SpecimenHandedOver,
)
from domain.monitoring.instruments import Scale
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE assessments (
        assessment_id text PRIMARY KEY,
        patient_id text NOT NULL,
        facility_id text NOT NULL,
        instrument text NOT NULL,
        taken_at timestamptz NOT NULL,
        corrected boolean NOT NULL DEFAULT false
    );
    CREATE INDEX ON assessments (patient_id);
    COMMENT ON TABLE assessments IS 'Clinical: the questionnaires that patients answered.';
    COMMENT ON COLUMN assessments.assessment_id IS 'The assessment.';
    COMMENT ON COLUMN assessments.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN assessments.facility_id IS 'The site.';
    COMMENT ON COLUMN assessments.instrument IS 'phq-9, gad-7, bam or c-ssrs.';
    COMMENT ON COLUMN assessments.taken_at IS 'When it was answered (UTC).';
    COMMENT ON COLUMN assessments.corrected IS 'Whether answers were put right since.';

    CREATE TABLE scales (
        assessment_id text,
        scale text,
        score integer,
        band text NOT NULL,
        verified boolean NOT NULL,
        PRIMARY KEY (assessment_id, scale)
    );
    COMMENT ON TABLE scales IS 'Clinical: what the scales of an assessment came to.';
    COMMENT ON COLUMN scales.assessment_id IS 'The assessment.';
    COMMENT ON COLUMN scales.scale IS 'Which scale: total, or one of several.';
    COMMENT ON COLUMN scales.score IS 'The sum of its items; empty where nothing is added up.';
    COMMENT ON COLUMN scales.band IS 'What that is called.';
    COMMENT ON COLUMN scales.verified IS 'False while nobody has read the source of the band.';

    CREATE TABLE concerns (
        assessment_id text PRIMARY KEY,
        patient_id text NOT NULL,
        facility_id text NOT NULL,
        concern text NOT NULL,
        raised_at timestamptz NOT NULL,
        acknowledged_at timestamptz,
        acknowledged_by text,
        response text
    );
    CREATE INDEX ON concerns (patient_id);
    COMMENT ON TABLE concerns IS 'Clinical: safety concerns; somebody acknowledges each.';
    COMMENT ON COLUMN concerns.assessment_id IS 'The assessment that raised it.';
    COMMENT ON COLUMN concerns.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN concerns.facility_id IS 'The site.';
    COMMENT ON COLUMN concerns.concern IS 'thoughts-of-death or suicide-risk-high.';
    COMMENT ON COLUMN concerns.raised_at IS 'When it reached the record (UTC).';
    COMMENT ON COLUMN concerns.acknowledged_at IS 'When somebody saw it; empty while nobody has.';
    COMMENT ON COLUMN concerns.acknowledged_by IS 'Who saw it.';
    COMMENT ON COLUMN concerns.response IS 'What was done.';

    CREATE TABLE testing (
        aggregate_id text PRIMARY KEY,
        patient_id text NOT NULL,
        facility_id text NOT NULL,
        shortest_days integer,
        longest_days integer,
        began_on date,
        last_drawn date,
        stable_from date
    );
    COMMENT ON TABLE testing IS
        'Clinical: of whom drug tests are on record. The days to come are written nowhere.';
    COMMENT ON COLUMN testing.aggregate_id IS 'The id of the patient''s tests.';
    COMMENT ON COLUMN testing.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN testing.facility_id IS 'The site.';
    COMMENT ON COLUMN testing.shortest_days IS
        'The fewest days between two drawn tests; empty while none are drawn.';
    COMMENT ON COLUMN testing.longest_days IS 'The most days between two drawn tests.';
    COMMENT ON COLUMN testing.began_on IS 'Since when tests are drawn.';
    COMMENT ON COLUMN testing.last_drawn IS 'The day of the last drawn test.';
    COMMENT ON COLUMN testing.stable_from IS
        'Since when the patient is stable, as decided last; empty where they are not.';

    CREATE TABLE drug_tests (
        test_id text PRIMARY KEY,
        patient_id text NOT NULL,
        facility_id text NOT NULL,
        day date NOT NULL,
        because text NOT NULL,
        state text NOT NULL DEFAULT 'ordered',
        notified_at timestamptz,
        collected_at timestamptz,
        specimen text,
        observed boolean,
        result_kind text,
        outcome text,
        substances text[] NOT NULL DEFAULT '{}',
        validity text,
        reported_at timestamptz,
        corrected boolean NOT NULL DEFAULT false
    );
    CREATE INDEX ON drug_tests (patient_id);
    COMMENT ON TABLE drug_tests IS 'Clinical: each drug test, and how far it is.';
    COMMENT ON COLUMN drug_tests.test_id IS 'The test.';
    COMMENT ON COLUMN drug_tests.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN drug_tests.facility_id IS 'The site.';
    COMMENT ON COLUMN drug_tests.day IS 'Its day.';
    COMMENT ON COLUMN drug_tests.because IS
        'drawn (at random), intake, for-cause, return or court-order.';
    COMMENT ON COLUMN drug_tests.state IS
        'ordered, notified, collected, resulted, missed, refused or called off.';
    COMMENT ON COLUMN drug_tests.notified_at IS 'When the patient was told (UTC).';
    COMMENT ON COLUMN drug_tests.collected_at IS 'When the specimen was taken (UTC).';
    COMMENT ON COLUMN drug_tests.specimen IS 'urine, oral-fluid, breath, hair or blood.';
    COMMENT ON COLUMN drug_tests.observed IS 'Whether somebody looked on.';
    COMMENT ON COLUMN drug_tests.result_kind IS 'presumptive or definitive.';
    COMMENT ON COLUMN drug_tests.outcome IS
        'negative, positive, expected-positive (it is prescribed) or no-result.';
    COMMENT ON COLUMN drug_tests.substances IS 'What was found.';
    COMMENT ON COLUMN drug_tests.validity IS
        'valid, dilute, substituted or adulterated; empty where nobody measured.';
    COMMENT ON COLUMN drug_tests.reported_at IS 'When the last result came in (UTC).';
    COMMENT ON COLUMN drug_tests.corrected IS 'Whether a result was put right.';

    CREATE TABLE hand_overs (
        test_id text,
        at timestamptz,
        giver text NOT NULL,
        taker text NOT NULL,
        PRIMARY KEY (test_id, at, giver, taker)
    );
    COMMENT ON TABLE hand_overs IS 'Clinical: through whose hands a specimen went.';
    COMMENT ON COLUMN hand_overs.test_id IS 'The test.';
    COMMENT ON COLUMN hand_overs.at IS 'When (UTC).';
    COMMENT ON COLUMN hand_overs.giver IS 'From whom.';
    COMMENT ON COLUMN hand_overs.taker IS 'To whom.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep assessments, concerns and drug tests."""
    match event:
        case AssessmentTaken():
            yield (
                "INSERT INTO assessments VALUES (%s, %s, %s, %s, %s)",
                (
                    event.originator_id,
                    event.patient_id,
                    event.facility_id,
                    event.instrument,
                    event.taken_at,
                ),
            )
            yield from _scales(event.originator_id, event.scales)
        case AssessmentCorrected():
            yield (
                "UPDATE assessments SET corrected = true WHERE assessment_id = %s",
                (event.originator_id,),
            )
            yield "DELETE FROM scales WHERE assessment_id = %s", (event.originator_id,)
            yield from _scales(event.originator_id, event.scales)
        case ConcernRaised():
            yield (
                "INSERT INTO concerns SELECT assessment_id, patient_id, facility_id, %s, %s"
                " FROM assessments WHERE assessment_id = %s",
                (event.concern, event.timestamp, event.originator_id),
            )
        case ConcernAcknowledged():
            yield (
                "UPDATE concerns SET (acknowledged_at, acknowledged_by, response) = (%s, %s, %s)"
                " WHERE assessment_id = %s",
                (event.timestamp, event.author, event.response, event.originator_id),
            )
        case _:
            yield from _draws(event)
            yield from _steps(event)


def _scales(assessment_id: str, scales: Sequence[Scale]) -> Iterator[Change]:
    for each in scales:
        yield (
            "INSERT INTO scales VALUES (%s, %s, %s, %s, %s)",
            (assessment_id, each.name, each.score, each.band, each.verified),
        )


def _draws(event: Event) -> Iterator[Change]:
    match event:
        case DrugTestingOpened():
            yield (
                "INSERT INTO testing VALUES (%s, %s, %s)",
                (event.originator_id, event.patient_id, event.facility_id),
            )
        case IntervalSet():
            yield (
                "UPDATE testing SET (shortest_days, longest_days, began_on) = (%s, %s, %s)"
                " WHERE aggregate_id = %s",
                (event.gaps.shortest, event.gaps.longest, event.began_on, event.originator_id),
            )
        case IntervalEnded():
            yield (
                "UPDATE testing SET (shortest_days, longest_days, began_on) = (NULL, NULL, NULL)"
                " WHERE aggregate_id = %s",
                (event.originator_id,),
            )
        case PhaseSet():
            stable_from = event.from_day if event.phase == "stable" else None
            yield (
                "UPDATE testing SET stable_from = %s WHERE aggregate_id = %s",
                (stable_from, event.originator_id),
            )
        case DrugTestDrawn():
            yield (
                "UPDATE testing SET last_drawn = %s WHERE aggregate_id = %s",
                (event.day, event.originator_id),
            )
            yield _test(event, "drawn")
        case DrugTestOrdered():
            yield _test(event, event.because)


def _test(event: DrugTestDrawn | DrugTestOrdered, because: str) -> Change:
    return (
        "INSERT INTO drug_tests (test_id, patient_id, facility_id, day, because)"
        " SELECT %s, patient_id, facility_id, %s, %s FROM testing WHERE aggregate_id = %s",
        (event.test_id, event.day, because, event.originator_id),
    )


def _steps(event: Event) -> Iterator[Change]:
    match event:
        case PatientNotified():
            yield (
                "UPDATE drug_tests SET (state, notified_at) = ('notified', %s) WHERE test_id = %s",
                (event.at, event.test_id),
            )
        case SpecimenCollected():
            yield (
                "UPDATE drug_tests SET (state, collected_at, specimen, observed)"
                " = ('collected', %s, %s, %s) WHERE test_id = %s",
                (event.at, event.specimen, event.observed, event.test_id),
            )
        case SpecimenHandedOver():
            over = event.hand_over
            yield (
                "INSERT INTO hand_overs VALUES (%s, %s, %s, %s)",
                (event.test_id, over.at, over.giver, over.taker),
            )
        case ResultReported():
            yield _result(event.test_id, event.result)
        case ResultCorrected():
            yield _result(event.test_id, event.result)
            yield "UPDATE drug_tests SET corrected = true WHERE test_id = %s", (event.test_id,)
        case DrugTestMissed():
            yield _ended(event.test_id, "missed")
        case DrugTestRefused():
            yield _ended(event.test_id, "refused")
        case DrugTestCalledOff():
            yield _ended(event.test_id, "called off")


def _result(test_id: str, result: Result) -> Change:
    return (
        "UPDATE drug_tests SET (state, result_kind, outcome, substances, validity, reported_at)"
        " = ('resulted', %s, %s, %s, %s, %s) WHERE test_id = %s",
        (
            result.kind,
            result.outcome,
            list(result.substances),
            result.validity,
            result.reported_at,
            test_id,
        ),
    )


def _ended(test_id: str, how: str) -> Change:
    return "UPDATE drug_tests SET state = %s WHERE test_id = %s", (how, test_id)
