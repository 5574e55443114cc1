"""What of each event a consent lets be told to a recipient outside the program. Pure.

One table, by topic: which kinds of information a consent has to cover, and of the event the fields
that it takes: no more than is necessary for the purpose (42 CFR 2.13(a)). What is not in it is told
to nobody outside, and `NOT_TOLD` says why of each topic. Free texts are never told, for they may
say anything; nor authors, who are about the staff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from domain.patient.consent import Scope

NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The statement that goes with each message (42 CFR 2.32(a)(2)).

A copy of the section of 2018 was read, which lacks "use or"; the words of 2024 are unverified.
"""

_EVERY_SCOPE: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Told:
    """Of which scopes a consent has one, and which fields it then takes of an event.

    `a.b` is the field `b` of the field `a`, or of each item where `a` is a list.
    """

    scopes: tuple[Scope, ...]
    fields: tuple[str, ...]
    because: str


def _told(scope: Scope, *fields: str, because: str) -> Told:
    return Told((scope,), fields, because)


_ATTENDANCE = (
    *("attendance.role", "attendance.status", "attendance.late", "attendance.left_early"),
    *("attendance.scheduled_minutes", "attendance.credits.service", "attendance.credits.minutes"),
    "makes_up",
)
_PLAN = ("plan.weekly_minutes", "plan.days_per_week", "plan.services", "plan.next_review")
_SCORES = ("name", "score", "band")

TOLD: Mapping[str, Told] = {
    # Attendance
    "session.attendance-recorded": _told(
        "attendance", *_ATTENDANCE, because="what a visit came to is what attendance is"
    ),
    "session.attendance-corrected": _told(
        "attendance", *_ATTENDANCE, "corrects", because="what was told before was wrong"
    ),
    "session.attendance-withdrawn": _told(
        "attendance", "corrects", because="what was told before was nobody's visit"
    ),
    "session.absence-announced": _told(
        "attendance", "notified_at", because="who calls is no no-show; the reason is a free text"
    ),
    "session.absence-excused": _told("attendance", because="an excused absence counts otherwise"),
    "session.excuse-withdrawn": _told("attendance", because="the absence counts after all"),
    "session.make-up-linked": _told(
        "attendance", "made_up_by", because="a missed session that is made up counts otherwise"
    ),
    "session.make-up-unlinked": _told("attendance", because="the session was not made up"),
    "session.make-up-redirected": _told(
        "attendance", "makes_up", because="another session was made up than was told"
    ),
    "patient.leave-granted": _told(
        "attendance", "first_day", "last_day", because="on these days nobody was expected"
    ),
    "patient.leave-revised": _told(
        "attendance", "first_day", "last_day", because="other days were told before"
    ),
    "patient.candidate-admitted": _told(
        "attendance", "admitted_on", because="from this day on there is something to attend"
    ),
    "patient.admission-corrected": _told(
        "attendance", "admitted_on", because="another first day was told before"
    ),
    # Schedule
    "patient.sessions-booked": _told(
        "schedule",
        *("bookings.session_id", "bookings.starts_at", "bookings.ends_at"),
        because="when somebody is expected is what a schedule is",
    ),
    "patient.bookings-released": _told(
        "schedule", "session_ids", because="nobody is expected then any longer"
    ),
    # Plan of care
    "patient.plan-set": _told(
        "plan", *_PLAN, "effective_from", because="the plan is what the consent names"
    ),
    "patient.plan-adjusted": _told(
        "plan",
        *_PLAN,
        "effective_from",
        because="the plan is another; what prompted it may be a test",
    ),
    "patient.plan-tapered": _told(
        "plan", *_PLAN, "effective_from", "to_level", because="the plan leads to another level"
    ),
    "patient.plan-reviewed": _told(
        "plan", "reviewed_on", "next_review", because="a plan holds while it is reviewed"
    ),
    "patient.care-certified": _told(
        "plan", "certified_on", "due_by", because="a plan holds while it is certified"
    ),
    "patient.care-recertified": _told(
        "plan", "certified_on", "due_by", because="a plan holds while it is certified"
    ),
    "patient.stay-justified": _told(
        "plan", "justified_on", because="a stay is justified anew from time to time"
    ),
    # Assessments
    "assessment.taken": _told(
        "assessments",
        *("instrument", "taken_at", *(f"scales.{each}" for each in _SCORES)),
        because="what was found; single answers are more than is necessary",
    ),
    "assessment.corrected": _told(
        "assessments", *(f"scales.{each}" for each in _SCORES), because="other scores were told"
    ),
    "screening.recorded": _told(
        "assessments",
        *("screened_on", "finding.edition", "finding.ratings", "finding.level"),
        because="which level it recommends, by the risk in each dimension",
    ),
    "screening.corrected": _told(
        "assessments",
        *("finding.edition", "finding.ratings", "finding.level"),
        because="another level or risk was told",
    ),
    # Drug tests
    "drug-testing.specimen-collected": _told(
        "drug-tests", "test_id", "at", "specimen", "observed", because="a test was taken"
    ),
    "drug-testing.result-reported": _told(
        "drug-tests",
        *("test_id", "result.kind", "result.outcome", "result.reported_at", "result.substances"),
        because="what it found; what was measured of the specimen is the laboratory's",
    ),
    "drug-testing.result-corrected": _told(
        "drug-tests",
        *("test_id", "result.kind", "result.outcome", "result.reported_at", "result.substances"),
        because="another result was told",
    ),
    "drug-testing.drug-test-missed": _told(
        "drug-tests", "test_id", because="a missed test is reported as one"
    ),
    "drug-testing.drug-test-refused": _told(
        "drug-tests", "test_id", "at", because="a refused test is reported as one"
    ),
    "drug-testing.drug-test-called-off": _told(
        "drug-tests", "test_id", because="what was collected has no result to come"
    ),
    # Discharge
    "patient.discharged": _told(
        "discharge", "discharge.day", "discharge.kind", because="that and how the treatment ended"
    ),
    "patient.discharge-corrected": _told(
        "discharge",
        "discharge.day",
        "discharge.kind",
        because="another end was told, or there is none",
    ),
    # Support
    "patient.support-meeting-reported": _told(
        "support",
        *("meeting.meeting_id", "meeting.kind", "meeting.day"),
        because="meetings of others are what is asked about a patient's support",
    ),
    "patient.support-meeting-verified": _told(
        "support", "meeting_id", because="a proof of the meeting was seen"
    ),
    # Whatever is told
    "patient.absorbed": Told(
        _EVERY_SCOPE, ("patient_id",), "what was told under the other record is about this one"
    ),
}
"""What is told, by topic."""

_AT_CHECK_IN = "where somebody is at this minute is more than what the visit came to"
_BOOKED = "a booking or its end says it of the patient"
_OF_THE_SESSION = "it is about the session and everybody there"
_SIGNED = "who signed is the program's record; the text itself is nowhere"
_WAITING = "who waits behind whom is about others, too"
_CLOSE = "it is about somebody close to the patient"
_BEFOREHAND = "whoever hears of a test beforehand could tell of it"
_PAYING = "who pays for what is settled with the payer; no kind of a consent names it"
_UNNAMED = "no kind of information that a consent names"

NOT_TOLD: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("session.patient-checked-in", "session.patient-checked-out"),
            *("session.departure-held", "session.patient-turned-away"),
            *("session.check-in-undone", "session.sign-in-reassigned"),
            *("session.late-sign-in-entered", "session.late-check-out-entered"),
            "session.check-out-corrected",
        ),
        _AT_CHECK_IN,
    ),
    **dict.fromkeys(
        (
            *("session.patient-rostered", "session.patient-released"),
            *("patient.enrolled", "patient.enrolment-revised", "patient.booking-blocked"),
        ),
        _BOOKED,
    ),
    **dict.fromkeys(
        (
            *("session.scheduled", "session.rescheduled", "session.room-substituted"),
            *("session.staff-substituted", "session.started", "session.called-off"),
            *("session.restored", "session.withdrawn", "session.closed"),
        ),
        _OF_THE_SESSION,
    ),
    **dict.fromkeys(
        (
            *("session.group-note-signed", "session.individual-note-signed"),
            *("session.note-cosigned", "session.sheet-signed", "patient.discharge-summary-signed"),
        ),
        _SIGNED,
    ),
    **dict.fromkeys(
        (
            *("session.patient-waitlisted", "session.waitlist-left"),
            "session.patient-passed-over",
        ),
        _WAITING,
    ),
    **dict.fromkeys(
        (
            *("session.supporter-expected", "session.supporter-released"),
            *("session.supporter-checked-in", "session.supporter-checked-out"),
            *("patient.supporter-named", "patient.supporter-removed"),
        ),
        _CLOSE,
    ),
    **dict.fromkeys(
        (
            *("drug-testing.drug-test-drawn", "drug-testing.drug-test-ordered"),
            *("drug-testing.patient-notified", "drug-testing.interval-set"),
            "drug-testing.interval-ended",
        ),
        _BEFOREHAND,
    ),
    **dict.fromkeys(
        (
            *("patient.payer-changed", "patient.authorization-recorded"),
            "patient.authorization-revised",
        ),
        _PAYING,
    ),
    **dict.fromkeys(
        (
            *("patient.referred", "patient.referred-again", "patient.referred-up"),
            *(
                "patient.referral-closed",
                "patient.counselor-assigned",
                "patient.outreach-attempted",
            ),
            *("patient.partial-hospitalization-recorded", "patient.rule-waived"),
            *("patient.partial-hospitalization-withdrawn", "patient.waiver-withdrawn"),
            *("patient.commitment-noted", "patient.commitment-revised"),
            *("patient.collision-found", "patient.collision-accepted"),
            *("patient.referred-to-resource", "patient.resource-outcome-recorded"),
            *("drug-testing.phase-set", "drug-testing.opened", "incidents.opened"),
        ),
        _UNNAMED,
    ),
    "drug-testing.specimen-handed-over": "the chain of custody is shown where a result is disputed",
    "patient.screened": "the screening itself says it",
    "patient.admitted": "it begins the record: no consent can stand before it",
    "patient.merged": "the record that goes on says it",
    "patient.consent-given": "each message says under which consent it is told",
    "patient.consent-revoked": "nothing is told under it any more, not even that",
    **dict.fromkeys(
        (
            *("patient.disclosure-made", "patient.disclosed-in-emergency"),
            "patient.disclosed-without-consent",
        ),
        "it is about somebody else who was told",
    ),
    "assessment.concern-raised": "in an emergency people are told by people (42 CFR 2.51)",
    "assessment.concern-acknowledged": "in an emergency people are told by people (42 CFR 2.51)",
    "incidents.incident-recorded": "a person reports it, with what a court has to know beside it",
    "incidents.incident-withdrawn": "a person reports it, with what a court has to know beside it",
}
"""Why nothing is told of an event, by topic."""

NOT_OF_A_PATIENT: Mapping[str, str] = {
    "calendar": "it is about the time of a room or of somebody on the staff",
    "facility": "it is about the site",
    "identity": "no consent's scope names who somebody is: the recipient knows whom it asked about",
    "kiosk-code": "no consent's scope names how somebody signs themselves in",
    "program": "it is about the program, its groups and who waits for them",
    "record-number": "no consent's scope names who somebody is",
    "skipped-event": "it is about a read model",
}
"""Why nothing is told of any event of an aggregate, by its kind."""


def picked(said: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Return of an event's JSON the fields that are told, as they stand there."""
    found: dict[str, Any] = {}
    within: dict[str, list[str]] = {}
    for name in fields:
        first, _, rest = name.partition(".")
        if rest:
            within.setdefault(first, []).append(rest)
        else:
            found[first] = said[first]
    return found | {name: _picked_of(said[name], rest) for name, rest in within.items()}


def _picked_of(said: Any, fields: Sequence[str]) -> Any:
    if isinstance(said, Mapping):
        return picked(said, fields)
    return said and [picked(each, fields) for each in said]
