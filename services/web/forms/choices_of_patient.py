"""What there is to choose from of a patient, and of who is at a session."""

from datetime import date, timedelta
from typing import Any, cast

from domain.policy import RuleName
from projections import care, schedule
from services.reports.patient_page_text import INCIDENTS
from services.reports.rule_names import RULE_NAMES
from services.web.forms.about import About
from services.web.forms.choices import Choice, recipients, several
from services.web.forms.phrases import INSTRUMENTS, WHY_TESTED, phrase
from services.web.words import clock, dated, day

LOOK_BACK = timedelta(days=30)
"""How long ago a session was that somebody is called about, or makes up."""


def supporters(about: About) -> list[Choice]:
    """Return the patient's support network, as far as who asks is shown it."""
    if not (about.patient_id and "supporters" in about.facts):
        return []
    ids = [each.supporter_id for each in _rows(about, care.SUPPORTERS) if not each.removed]
    named = zip(ids, about.facts["supporters"], strict=True)
    return [
        Choice(each, f"{said['name']}, {said['relation']}" if said["name"] else said["relation"])
        for each, said in named
    ]


def consent_recipients(about: About) -> list[Choice]:
    """Return whom a consent may name: the site's recipients, then the patient's supporters."""
    return [*recipients(about), *supporters(about)]


def consents(about: About) -> list[Choice]:
    """Return the consents that are not revoked."""
    names = {each.value: each.label for each in consent_recipients(about)}
    return [
        Choice(
            consent_id,
            f"{names.get(each.recipient, each.recipient)}: {phrase(each.purpose)},"
            f" since {dated(each.given_on)}",
        )
        for consent_id, each in about.patient.consents.items()
        if consent_id not in about.patient.revoked
    ]


def enrolments(about: About) -> list[Choice]:
    """Return the enrollments that have a day."""
    names = {each["track_id"]: each["name"] for each in about.site["tracks"]}
    return [
        several(
            f"{names.get(each.track_id, each.track_id)}, since {dated(each.first_day)}",
            track_id=each.track_id,
            first_day=str(each.first_day),
        )
        for each in about.patient.enrolments.values()
        if not each.is_empty
    ]


def awaited_tracks(about: About) -> list[Choice]:
    """Return the tracks for which the patient waits."""
    return [
        Choice(track_id, program.tracks[track_id].track.name)
        for program in about.programs.values()
        for track_id, waiting in program.waiting.items()
        if about.patient_id in {each.patient_id for each in waiting}
    ]


def leaves(about: About) -> list[Choice]:
    """Return the leaves."""
    return [
        Choice(str(each.first_day), f"{dated(each.first_day)} to {dated(each.last_day)}")
        for each in about.patient.leaves.values()
    ]


def incidents(about: About) -> list[Choice]:
    """Return the days on which something was learned of the patient, with what it was."""
    learned: dict[date, list[str]] = {}
    for kind, known in (about.incidents.known if about.incidents else {}).items():
        for on in known:
            learned.setdefault(on, []).append(INCIDENTS[kind])
    return [
        Choice(str(on), f"{dated(on)}: {' and '.join(learned[on])}")
        for on in sorted(learned, reverse=True)
    ]


def hospitalizations(about: About) -> list[Choice]:
    """Return when the patient was in partial hospitalization."""
    return [
        Choice(str(first), f"{dated(first)} to {dated(last) if last else 'now'}")
        for first, last in about.patient.hospitalized.items()
    ]


def waivers(about: About) -> list[Choice]:
    """Return the exceptions from rules."""
    return [
        several(
            f"{RULE_NAMES[cast('RuleName', rule)]}, {dated(first)} to {dated(last)}",
            rule=rule,
            first_day=str(first),
        )
        for rule, days in about.patient.waivers.items()
        for first, (last, _) in days.items()
    ]


def unverified_meetings(about: About) -> list[Choice]:
    """Return the meetings of others of which there is no proof yet."""
    return [
        Choice(each.meeting_id, f"{phrase(each.kind)}, {dated(each.day)}")
        for each in about.patient.support_meetings.values()
        if each.meeting_id not in about.patient.verified_meetings
    ]


def resources(about: About) -> list[Choice]:
    """Return the referrals to resources."""
    return [
        Choice(each.referral_id, f"{each.resource} ({phrase(each.kind)}), {dated(each.day)}")
        for each in about.patient.resources.values()
    ]


def concerns(about: About) -> list[Choice]:
    """Return the safety concerns that nobody has acknowledged."""
    zone = about.page.facility.zone
    named = {each.assessment_id: each.instrument for each in _rows(about, care.ASSESSMENTS)}
    return [
        Choice(
            each.assessment_id,
            f"{phrase(each.concern)}, {INSTRUMENTS[named[each.assessment_id]]} of"
            f" {dated(each.raised_at.astimezone(zone))}",
        )
        for each in _rows(about, care.CONCERNS)
        if each.acknowledged_at is None
    ]


def missed_sessions(about: About) -> list[Choice]:
    """Return the sessions of the last weeks that the patient missed, the latest first."""
    if about.patient_id is None:
        return []
    now, zone = about.page.now, about.page.facility.zone
    past = [
        each for each in about.patient.bookings.values() if now - LOOK_BACK <= each.starts_at <= now
    ]
    names = {each["track_id"]: each["name"] for each in about.site["tracks"]}
    found = []
    for booked in sorted(past, key=lambda each: each.starts_at, reverse=True):
        session = about.session_of(booked.session_id)
        visit = session.visits.get(about.patient_id)
        if visit and visit.missed and session.takes_place:
            starts = booked.starts_at.astimezone(zone)
            name = names.get(session.meeting.track_id, session.label)
            label = f"{name}, {day(starts)}, {clock(starts)}"
            found.append(Choice(booked.session_id, label))
    return found


# Drug tests


def open_tests(about: About) -> list[Choice]:
    """Return the tests that have not ended."""
    return _tests(about, "ordered", "notified", "collected", "resulted")


def untold_tests(about: About) -> list[Choice]:
    """Return the tests of which the patient was not told yet."""
    return _tests(about, "ordered")


def untaken_tests(about: About) -> list[Choice]:
    """Return the tests for which there is no specimen yet."""
    return _tests(about, "ordered", "notified")


def taken_tests(about: About) -> list[Choice]:
    """Return the tests for which there is a specimen."""
    return _tests(about, "collected", "resulted")


def resulted_tests(about: About) -> list[Choice]:
    """Return the tests that have a result."""
    return _tests(about, "resulted")


def _tests(about: About, *states: str) -> list[Choice]:
    tests = about.drug_testing.tests.values() if about.drug_testing else ()
    return [
        Choice(each.test_id, f"{dated(each.day)}, {WHY_TESTED[each.because]}: {each.state}")
        for each in sorted(tests, key=lambda each: each.day, reverse=True)
        if each.state in states
    ]


# At a session


def expected(about: About) -> list[Choice]:
    """Return who is expected in the session, or came to it."""
    return [
        Choice(each["patient_id"], f"{each['name']} ({each['mrn']})")
        for each in about.roster
        if each["role"] != "waiting"
    ]


def signed_in(about: About) -> list[Choice]:
    """Return who was signed in to the session."""
    there = {each["patient_id"] for each in about.roster if each["signed_in_at"]}
    return [each for each in expected(about) if each.value in there]


def waiting(about: About) -> list[Choice]:
    """Return who waits for a place in the session."""
    return [
        Choice(each["patient_id"], f"{each['name']} ({each['mrn']})")
        for each in about.roster
        if each["role"] == "waiting"
    ]


def guests(about: About) -> list[Choice]:
    """Return who of the patients' supporters comes along, by what they are to whom."""
    names = {each["patient_id"]: each["name"] for each in about.roster}
    asked = {"sessions": [about.session_id], "only": list(names)}
    relations = {key: each.relation for key, each in about.session.supporters.items()}
    return [
        Choice(
            each.supporter_id,
            f"{relations.get(each.supporter_id, 'supporter')} of {names[each.patient_id]}",
        )
        for each in about.page.conn.execute(schedule.SUPPORTERS_EXPECTED, asked)
    ]


def _rows(about: About, question: Any) -> list[Any]:
    asked = {"patient_id": about.patient_id}
    return about.page.conn.execute(question, asked).fetchall()
