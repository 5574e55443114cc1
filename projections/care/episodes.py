"""Candidates, screenings and episodes: who came from where, and how each treatment ended."""

import json
from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.levels import VERIFIED
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    DischargeCorrected,
    PatientAdmitted,
    PatientDischarged,
    PatientReferred,
    PatientReferredAgain,
    PatientReferredUp,
    PatientScreened,
    ReferralClosed,
)
from domain.screening import Finding, ScreeningCorrected, ScreeningRecorded
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE patients (
        patient_id text PRIMARY KEY,
        facility_id text NOT NULL,
        merged_into text
    );
    COMMENT ON TABLE patients IS 'Everybody who was ever referred or admitted.';
    COMMENT ON COLUMN patients.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN patients.facility_id IS 'The site.';
    COMMENT ON COLUMN patients.merged_into IS
        'The record of the same person that goes on; empty unless this one was merged.';

    CREATE TABLE candidates (
        patient_id text PRIMARY KEY,
        program_id text NOT NULL,
        referred_on date NOT NULL,
        referred_by text NOT NULL,
        origin text NOT NULL,
        recommended_level text,
        state text NOT NULL DEFAULT 'open',
        referred_up_to text,
        reasons text[] NOT NULL DEFAULT '{}'
    );
    COMMENT ON TABLE candidates IS 'The last candidacy of each patient who was referred.';
    COMMENT ON COLUMN candidates.patient_id IS 'The patient''s random id, as in the event.';
    COMMENT ON COLUMN candidates.program_id IS 'The program that they were referred to.';
    COMMENT ON COLUMN candidates.referred_on IS 'The day of the referral.';
    COMMENT ON COLUMN candidates.referred_by IS 'An organization, an office, or self.';
    COMMENT ON COLUMN candidates.origin IS
        'inpatient, residential or partial-hospitalization (a step down), or community.';
    COMMENT ON COLUMN candidates.recommended_level IS
        'The level of care that the last screening recommends; empty before one.';
    COMMENT ON COLUMN candidates.state IS 'open, admitted, referred up, or closed.';
    COMMENT ON COLUMN candidates.referred_up_to IS 'The level to which they were referred up.';
    COMMENT ON COLUMN candidates.reasons IS 'Why they were referred up, or the referral closed.';

    CREATE TABLE screenings (
        screening_id text PRIMARY KEY,
        patient_id text NOT NULL,
        screened_on date NOT NULL,
        edition text NOT NULL,
        ratings jsonb NOT NULL,
        stable_living boolean NOT NULL,
        motivated boolean NOT NULL,
        support_at_home boolean NOT NULL,
        needs_24_hour_supervision boolean NOT NULL,
        level text NOT NULL,
        grounds text[] NOT NULL,
        verified boolean NOT NULL,
        corrected boolean NOT NULL DEFAULT false
    );
    CREATE INDEX ON screenings (patient_id);
    COMMENT ON TABLE screenings IS 'Clinical: assessments by the dimensions of the ASAM Criteria.';
    COMMENT ON COLUMN screenings.screening_id IS 'The screening.';
    COMMENT ON COLUMN screenings.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN screenings.screened_on IS 'Its day.';
    COMMENT ON COLUMN screenings.edition IS 'The edition of the criteria: 3 or 4.';
    COMMENT ON COLUMN screenings.ratings IS 'Risk from 0 to 4, by the dimension''s number.';
    COMMENT ON COLUMN screenings.stable_living IS 'Whether the patient lives safely.';
    COMMENT ON COLUMN screenings.motivated IS 'Whether the patient wants treatment.';
    COMMENT ON COLUMN screenings.support_at_home IS 'Whether somebody at home helps.';
    COMMENT ON COLUMN screenings.needs_24_hour_supervision IS
        'Whether somebody has to be there day and night.';
    COMMENT ON COLUMN screenings.level IS 'The level of care that it recommends.';
    COMMENT ON COLUMN screenings.grounds IS 'What decided that.';
    COMMENT ON COLUMN screenings.verified IS
        'False while nobody has read the source of the dimensions and ratings.';
    COMMENT ON COLUMN screenings.corrected IS 'Whether it was put right since.';

    CREATE TABLE episodes (
        recorded_as text,
        episode integer,
        patient_id text NOT NULL,
        facility_id text NOT NULL,
        program_id text NOT NULL,
        admitted_on date NOT NULL,
        payer text NOT NULL,
        focus text,
        override text,
        discharged_on date,
        discharge_kind text,
        discharge_reasons text[] NOT NULL DEFAULT '{}',
        to_level text,
        PRIMARY KEY (recorded_as, episode)
    );
    CREATE INDEX ON episodes (patient_id);
    COMMENT ON TABLE episodes IS 'Each treatment of a patient; both of its days are included.';
    COMMENT ON COLUMN episodes.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN episodes.episode IS 'Which treatment of that record it is, from 1.';
    COMMENT ON COLUMN episodes.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN episodes.facility_id IS 'The site.';
    COMMENT ON COLUMN episodes.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN episodes.admitted_on IS 'The first day.';
    COMMENT ON COLUMN episodes.payer IS 'Who pays.';
    COMMENT ON COLUMN episodes.focus IS
        'substance-use, mental-health or co-occurring; empty where it is not known.';
    COMMENT ON COLUMN episodes.override IS
        'Why it began although no screening recommended this level; empty where one did.';
    COMMENT ON COLUMN episodes.discharged_on IS 'The last day; empty while it goes on.';
    COMMENT ON COLUMN episodes.discharge_kind IS 'How it ended.';
    COMMENT ON COLUMN episodes.discharge_reasons IS 'Why it ended.';
    COMMENT ON COLUMN episodes.to_level IS 'The level of care to which the patient went.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep candidates, screenings and episodes."""
    match event:
        case PatientReferred() | PatientReferredAgain():
            yield from _referred(event)
        case PatientScreened():
            yield (
                "UPDATE candidates SET recommended_level = %s WHERE patient_id = %s"
                " AND state = 'open'",
                (event.screened.level, event.originator_id),
            )
        case PatientReferredUp():
            yield (
                "UPDATE candidates SET state = 'referred up', referred_up_to = %s, reasons = %s"
                " WHERE patient_id = %s",
                (event.level, list(event.reasons), event.originator_id),
            )
        case ReferralClosed():
            yield (
                "UPDATE candidates SET state = 'closed', reasons = %s WHERE patient_id = %s",
                ([event.reason], event.originator_id),
            )
        case ScreeningRecorded():
            yield _screened(event)
        case ScreeningCorrected():
            yield (
                "UPDATE screenings SET (edition, ratings, stable_living, motivated,"
                " support_at_home, needs_24_hour_supervision, level, grounds, corrected)"
                " = (%s, %s, %s, %s, %s, %s, %s, %s, true) WHERE screening_id = %s",
                (*_finding(event.finding), event.originator_id),
            )
        case _:
            yield from _episode(event)


def _referred(event: PatientReferred | PatientReferredAgain) -> Iterator[Change]:
    if isinstance(event, PatientReferred):
        yield _patient(event)
    referral = event.referral
    yield (
        "INSERT INTO candidates VALUES (%s, %s, %s, %s, %s) ON CONFLICT (patient_id) DO UPDATE"
        " SET (program_id, referred_on, referred_by, origin, recommended_level, state,"
        " referred_up_to, reasons) = (EXCLUDED.program_id, EXCLUDED.referred_on,"
        " EXCLUDED.referred_by, EXCLUDED.origin,"
        " CASE WHEN candidates.state = 'open' THEN candidates.recommended_level END,"
        " 'open', NULL, '{}')",
        (
            event.originator_id,
            referral.program_id,
            referral.day,
            referral.by,
            referral.origin,
        ),
    )


def _patient(event: PatientReferred | PatientAdmitted) -> Change:
    return (
        "INSERT INTO patients VALUES (%s, %s)",
        (event.originator_id, event.facility_id),
    )


def _screened(event: ScreeningRecorded) -> Change:
    return (
        "INSERT INTO screenings (screening_id, patient_id, screened_on, verified, edition, ratings,"
        " stable_living, motivated, support_at_home, needs_24_hour_supervision, level, grounds)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            event.originator_id,
            event.patient_id,
            event.screened_on,
            VERIFIED,
            *_finding(event.finding),
        ),
    )


def _finding(finding: Finding) -> tuple[object, ...]:
    candidacy = finding.candidacy
    return (
        finding.edition,
        json.dumps(dict(finding.ratings)),
        candidacy.stable_living,
        candidacy.motivated,
        candidacy.support_at_home,
        candidacy.needs_24_hour_supervision,
        finding.level,
        list(finding.grounds),
    )


def _episode(event: Event) -> Iterator[Change]:
    match event:
        case PatientAdmitted() | CandidateAdmitted():
            if isinstance(event, PatientAdmitted):
                yield _patient(event)
            else:
                yield (
                    "UPDATE candidates SET state = 'admitted' WHERE patient_id = %s",
                    (event.originator_id,),
                )
            yield (
                "INSERT INTO episodes VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    event.originator_id,
                    event.episode if isinstance(event, CandidateAdmitted) else 1,
                    event.originator_id,
                    event.facility_id,
                    event.program_id,
                    event.admitted_on,
                    event.payer,
                    event.focus,
                    event.override,
                ),
            )
        case AdmissionCorrected():
            yield (
                "UPDATE episodes e SET (program_id, admitted_on, payer) = (%s, %s, %s)"
                " WHERE recorded_as = %s AND episode = (SELECT max(episode) FROM episodes"
                " WHERE recorded_as = e.recorded_as)",
                (event.program_id, event.admitted_on, event.payer, event.originator_id),
            )
        case PatientDischarged() | DischargeCorrected():
            ended = event.discharge
            yield (
                "UPDATE episodes e SET (discharged_on, discharge_kind, discharge_reasons,"
                " to_level) = (%s, %s, %s, %s) WHERE recorded_as = %s AND episode ="
                " (SELECT max(episode) FROM episodes WHERE recorded_as = e.recorded_as)",
                (
                    ended and ended.day,
                    ended and ended.kind,
                    list(ended.reasons) if ended else [],
                    ended and ended.to_level,
                    event.originator_id,
                ),
            )
