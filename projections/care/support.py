"""The support network, outreach, and consents with what was disclosed under them."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.patient import (
    ConsentGiven,
    ConsentRevoked,
    DisclosedInEmergency,
    DisclosedWithoutConsent,
    DisclosureMade,
    OutreachAttempted,
    ReferredToResource,
    ResourceOutcomeRecorded,
    SupporterNamed,
    SupporterRemoved,
    SupportMeetingReported,
    SupportMeetingVerified,
)
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE supporters (
        supporter_id text,
        patient_id text,
        relation text NOT NULL,
        removed boolean NOT NULL DEFAULT false,
        PRIMARY KEY (supporter_id, patient_id)
    );
    CREATE INDEX ON supporters (patient_id);
    COMMENT ON TABLE supporters IS 'Who is close to a patient; who that is, is not here.';
    COMMENT ON COLUMN supporters.supporter_id IS 'The supporter''s random id.';
    COMMENT ON COLUMN supporters.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN supporters.relation IS 'What they are to the patient, such as sponsor.';
    COMMENT ON COLUMN supporters.removed IS 'Whether they are no supporter any longer.';

    CREATE TABLE support_meetings (
        meeting_id text,
        patient_id text,
        kind text NOT NULL,
        day date NOT NULL,
        verified boolean NOT NULL DEFAULT false,
        PRIMARY KEY (patient_id, meeting_id)
    );
    COMMENT ON TABLE support_meetings IS
        'Meetings of others, like those of the twelve steps: never hours of treatment.';
    COMMENT ON COLUMN support_meetings.meeting_id IS 'The meeting''s random id.';
    COMMENT ON COLUMN support_meetings.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN support_meetings.kind IS '12-step, mutual-aid, peer-group or other.';
    COMMENT ON COLUMN support_meetings.day IS 'Its day.';
    COMMENT ON COLUMN support_meetings.verified IS 'True where somebody has seen a proof.';

    CREATE TABLE resources (
        referral_id text,
        patient_id text,
        kind text NOT NULL,
        resource text NOT NULL,
        day date NOT NULL,
        outcome text,
        outcome_day date,
        PRIMARY KEY (patient_id, referral_id)
    );
    COMMENT ON TABLE resources IS 'Community resources to which a patient was referred.';
    COMMENT ON COLUMN resources.referral_id IS 'The referral''s random id.';
    COMMENT ON COLUMN resources.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN resources.kind IS 'What for, such as housing.';
    COMMENT ON COLUMN resources.resource IS 'What it is called.';
    COMMENT ON COLUMN resources.day IS 'The day of the referral.';
    COMMENT ON COLUMN resources.outcome IS 'What became of it; empty while nobody knows.';
    COMMENT ON COLUMN resources.outcome_day IS 'As known on which day.';

    CREATE TABLE outreach (
        event_id text PRIMARY KEY,
        patient_id text NOT NULL,
        session_id text NOT NULL,
        at timestamptz NOT NULL,
        way text NOT NULL,
        result text NOT NULL,
        author text NOT NULL
    );
    CREATE INDEX ON outreach (patient_id);
    COMMENT ON TABLE outreach IS 'Attempts to reach a patient after a missed session.';
    COMMENT ON COLUMN outreach.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN outreach.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN outreach.session_id IS 'The missed session.';
    COMMENT ON COLUMN outreach.at IS 'When (UTC).';
    COMMENT ON COLUMN outreach.way IS 'call, text, email, letter or visit.';
    COMMENT ON COLUMN outreach.result IS 'reached, message-left, no-answer or not-reachable.';
    COMMENT ON COLUMN outreach.author IS 'Who tried.';

    CREATE TABLE consents (
        consent_id text,
        patient_id text,
        recipient text NOT NULL,
        purpose text NOT NULL,
        scope text[] NOT NULL,
        given_on date NOT NULL,
        last_day date,
        revoked_on date,
        discloser text,
        redisclosure_told boolean,
        signed_by text,
        interpreter boolean,
        PRIMARY KEY (patient_id, consent_id)
    );
    COMMENT ON TABLE consents IS 'What patients let be told to whom (42 CFR 2.31).';
    COMMENT ON COLUMN consents.consent_id IS 'The consent''s random id.';
    COMMENT ON COLUMN consents.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN consents.recipient IS
        'An organization, an office, or the id of one of the patient''s supporters.';
    COMMENT ON COLUMN consents.purpose IS 'What for.';
    COMMENT ON COLUMN consents.scope IS 'Which kinds of information.';
    COMMENT ON COLUMN consents.given_on IS 'The first day.';
    COMMENT ON COLUMN consents.last_day IS 'The last day; empty: until it is revoked.';
    COMMENT ON COLUMN consents.revoked_on IS 'From which day it holds no longer; else empty.';
    COMMENT ON COLUMN consents.discloser IS 'Who may tell it; empty where it is not said.';
    COMMENT ON COLUMN consents.redisclosure_told IS
        'Whether the form says that the recipient may tell it on; empty where it is not said.';
    COMMENT ON COLUMN consents.signed_by IS 'patient, guardian or patient-and-guardian, or empty.';
    COMMENT ON COLUMN consents.interpreter IS
        'Whether somebody interpreted; empty where it is not said.';

    CREATE TABLE disclosures (
        disclosure_id text,
        event_id text NOT NULL,
        patient_id text,
        basis text NOT NULL,
        consent_id text,
        recipient text,
        affiliation text,
        address text,
        purpose text,
        reference text,
        scope text[] NOT NULL,
        day date NOT NULL,
        told_at timestamptz,
        discloser text,
        author text NOT NULL,
        PRIMARY KEY (patient_id, disclosure_id)
    );
    COMMENT ON TABLE disclosures IS 'What was told, and the consent or rule that it relied on.';
    COMMENT ON COLUMN disclosures.disclosure_id IS 'The disclosure''s random id.';
    COMMENT ON COLUMN disclosures.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN disclosures.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN disclosures.basis IS 'consent, medical-emergency, court-order and so on.';
    COMMENT ON COLUMN disclosures.consent_id IS 'The consent that it relied on; empty: on none.';
    COMMENT ON COLUMN disclosures.recipient IS
        'Who was told; empty: whom the consent names.';
    COMMENT ON COLUMN disclosures.affiliation IS
        'The health care facility of medical personnel, in an emergency.';
    COMMENT ON COLUMN disclosures.address IS 'Their address; empty where it is not known.';
    COMMENT ON COLUMN disclosures.purpose IS
        'What for, or the nature of the emergency; empty: what the consent says.';
    COMMENT ON COLUMN disclosures.reference IS 'The court''s order, say, that it relied on.';
    COMMENT ON COLUMN disclosures.scope IS 'Which kinds of information were told.';
    COMMENT ON COLUMN disclosures.day IS 'The day, by the facility''s clocks.';
    COMMENT ON COLUMN disclosures.told_at IS 'When (UTC), in an emergency; else empty.';
    COMMENT ON COLUMN disclosures.discloser IS 'Who told it, in an emergency.';
    COMMENT ON COLUMN disclosures.author IS 'Who recorded it.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep the network, outreach, consents and disclosures."""
    match event:
        case SupporterNamed():
            yield (
                "INSERT INTO supporters VALUES (%s, %s, %s) ON CONFLICT (supporter_id, patient_id)"
                " DO UPDATE SET (relation, removed) = (EXCLUDED.relation, false)",
                (event.supporter_id, event.originator_id, event.relation),
            )
        case SupporterRemoved():
            yield (
                "UPDATE supporters SET removed = true WHERE supporter_id = %s AND patient_id = %s",
                (event.supporter_id, event.originator_id),
            )
        case SupportMeetingReported():
            meeting = event.meeting
            yield (
                "INSERT INTO support_meetings VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (patient_id, meeting_id) DO UPDATE"
                " SET (kind, day, verified) = (EXCLUDED.kind, EXCLUDED.day, false)",
                (meeting.meeting_id, event.originator_id, meeting.kind, meeting.day),
            )
        case SupportMeetingVerified():
            yield (
                "UPDATE support_meetings SET verified = true"
                " WHERE (patient_id, meeting_id) = (%s, %s)",
                (event.originator_id, event.meeting_id),
            )
        case ReferredToResource():
            to = event.referral
            yield (
                "INSERT INTO resources VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (patient_id, referral_id) DO UPDATE SET (kind, resource, day)"
                " = (EXCLUDED.kind, EXCLUDED.resource, EXCLUDED.day)",
                (to.referral_id, event.originator_id, to.kind, to.resource, to.day),
            )
        case ResourceOutcomeRecorded():
            yield (
                "UPDATE resources SET (outcome, outcome_day) = (%s, %s)"
                " WHERE (patient_id, referral_id) = (%s, %s)",
                (event.outcome, event.day, event.originator_id, event.referral_id),
            )
        case OutreachAttempted():
            yield _outreach(event)
        case _:
            yield from _consents(event)


def _outreach(event: OutreachAttempted) -> Change:
    tried = event.outreach
    return (
        "INSERT INTO outreach VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            event.event_id,
            event.originator_id,
            tried.session_id,
            tried.at,
            tried.way,
            tried.result,
            event.author,
        ),
    )


def _consents(event: Event) -> Iterator[Change]:
    match event:
        case ConsentGiven():
            given = event.consent
            yield (
                "INSERT INTO consents VALUES"
                " (%s, %s, %s, %s, %s, %s, %s, NULL, %s, %s, %s, %s)"
                " ON CONFLICT (patient_id, consent_id) DO NOTHING",
                (
                    given.consent_id,
                    event.originator_id,
                    given.recipient,
                    given.purpose,
                    list(given.scope),
                    given.given_on,
                    given.last_day,
                    given.discloser,
                    given.redisclosure_told,
                    given.signed_by,
                    given.interpreter,
                ),
            )
        case ConsentRevoked():
            yield (
                "UPDATE consents SET revoked_on = %s WHERE (patient_id, consent_id) = (%s, %s)",
                (event.day, event.originator_id, event.consent_id),
            )
        case DisclosureMade():
            told = event.disclosure
            yield _disclosure(
                event,
                told.disclosure_id,
                *("consent", told.consent_id, told.recipient, None, told.address, told.purpose),
                *(None, list(told.scope), told.day, None, None),
            )
        case DisclosedWithoutConsent():
            by_rule = event.disclosure
            yield _disclosure(
                event,
                by_rule.disclosure_id,
                *(by_rule.basis, None, by_rule.recipient, None, by_rule.address, by_rule.purpose),
                *(by_rule.reference, list(by_rule.scope), by_rule.day, None, None),
            )
        case DisclosedInEmergency():
            urgent = event.disclosure
            yield _disclosure(
                event,
                urgent.disclosure_id,
                *("medical-emergency", None, urgent.personnel, urgent.affiliation),
                *(urgent.address, urgent.nature, None, list(urgent.scope)),
                *(None, urgent.told_at, urgent.discloser),
            )


def _disclosure(event: Event, *said: object) -> Change:
    """Keep what was told; the day of an emergency is that of its instant at the facility."""
    *others, day, told_at, discloser = said
    return (
        "INSERT INTO disclosures (disclosure_id, basis, consent_id, recipient, affiliation,"
        " address, purpose, reference, scope, day, told_at, discloser, event_id, patient_id,"
        " author) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s::date,"
        " (%s::timestamptz AT TIME ZONE coalesce((SELECT timezone FROM facilities"
        " WHERE facility_id = %s), 'UTC'))::date),"
        " %s, %s, %s, %s, %s ON CONFLICT (patient_id, disclosure_id) DO NOTHING",
        (
            *(*others, day, told_at, event.facility_id, told_at, discloser),
            *(event.event_id, event.originator_id, event.author),
        ),
    )
