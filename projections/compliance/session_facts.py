"""Sessions: how each event changes what is known of one, and what that makes of a visit."""

from collections.abc import Iterable
from dataclasses import replace

from domain.aggregate import Event
from domain.care import Service
from domain.compliance.facts import Noted, OwnNote, Place, SessionFacts, Visit
from domain.compliance.sessions import OF_MANY
from domain.session import (
    AbsenceAnnounced,
    Attendance,
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    GroupNoteSigned,
    IndividualNoteSigned,
    Meeting,
    NoteCosigned,
    PatientReleased,
    PatientRostered,
    RoomSubstituted,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionRestored,
    SessionScheduled,
    SessionWithdrawn,
    SheetSigned,
)
from projections.compliance.taken_events import OF_SESSIONS

TAKEN = OF_SESSIONS
"""The events of a session that matter here."""


def take(facts: SessionFacts | None, event: Event) -> SessionFacts | None:
    """Take an event in; return what is known then. None where the session was never scheduled."""
    match event:
        case SessionScheduled() | SessionRescheduled():
            return _scheduled(facts, event)
        case _ if facts:
            _happened(facts, event)
    return facts


def _scheduled(
    facts: SessionFacts | None, event: SessionScheduled | SessionRescheduled
) -> SessionFacts:
    meeting = event.meeting
    found = SessionFacts(
        session_id=event.originator_id,
        facility_id=event.facility_id,
        program_id=meeting.program_id,
        day=meeting.day,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        scheduled=_by_service(meeting),
        meeting=event.event_id,
        of_track=meeting.track_id is not None,
        for_many=_for_many(meeting),
        capacity=meeting.places,
        is_crisis=any(each.format == "crisis" for each in meeting.parts),
        modality=meeting.modality,
    )
    if facts is None:
        return found
    found.opening = facts.opening or facts.meeting
    found.called_off, found.places, found.closed = facts.called_off, facts.places, facts.closed
    found.notes, found.group_notes, found.sheets = facts.notes, facts.group_notes, facts.sheets
    if facts.closed and meeting.ends_at > event.timestamp:
        # It is to take place again: what was recorded is corrected when it is closed anew.
        found.closed = False
        found.notes, found.group_notes, found.sheets = {}, [], []
        found.places = {
            patient_id: Place(place.rostered, place.announced)
            for patient_id, place in facts.places.items()
            if place.rostered
        }
    return found


def _happened(facts: SessionFacts, event: Event) -> None:
    match event:
        case PatientRostered():
            facts.places.setdefault(event.patient_id, Place()).rostered = event.event_id
        case AttendanceRecorded() | AttendanceCorrected():
            place = facts.places.setdefault(event.patient_id, Place())
            came_to = event.attendance
            if came_to.role == "make_up":
                place.rostered = None
            place.recorded, place.status = event.event_id, came_to.status
            place.credited, place.makes_up = _credited(came_to), event.makes_up
        case AbsenceAnnounced():
            facts.places.setdefault(event.patient_id, Place()).announced = event.event_id
        case RoomSubstituted():
            facts.capacity = event.places
        case PatientReleased():
            facts.places.pop(event.patient_id, None)
        case AttendanceWithdrawn():
            known = facts.places.pop(event.patient_id, None)
            if known and known.rostered:
                facts.places[event.patient_id] = Place(known.rostered, known.announced)
        case SessionCalledOff():
            facts.called_off = event.event_id
        case SessionRestored():
            facts.called_off = None
        case SessionWithdrawn():
            facts.withdrawn = True
            facts.places = {}
        case GroupNoteSigned():
            facts.group_notes.append(Noted(event.timestamp, event.event_id))
        case IndividualNoteSigned():
            note = OwnNote(event.timestamp, event.event_id, event.credential, event.services)
            facts.notes.setdefault(event.patient_id, []).append(note)
        case NoteCosigned():
            _cosigned(facts, event)
        case SessionClosed():
            facts.closed = True
        case SheetSigned():
            facts.sheets.append(Noted(event.timestamp, event.event_id))


def _cosigned(facts: SessionFacts, event: NoteCosigned) -> None:
    """Note the first co-signature under a note about a patient."""
    meant = f"{event.originator_id}:{event.note}"
    signed = Noted(event.timestamp, event.event_id)
    facts.notes[event.patient_id] = [
        replace(each, cosigned=signed) if each.event_id == meant and not each.cosigned else each
        for each in facts.notes.get(event.patient_id, [])
    ]


def visit_of(facts: SessionFacts, records: Iterable[str]) -> Visit | None:
    """Return a person's visit: of several that their records have, the one that counts.

    That is the attended one, or the one with more minutes; at last the one of the first record.
    """
    found = [_visit(facts, each) for each in records if each in facts.places]
    return max(found, key=_counts, default=None)


_RANK = ("absent", "excused", "turned_away", "incomplete", "attended")


def _counts(visit: Visit) -> tuple[int, int]:
    return (_RANK.index(visit.status) if visit.status in _RANK else -1, visit.minutes)


def _visit(facts: SessionFacts, patient_id: str) -> Visit:
    place, own = facts.places[patient_id], facts.notes.get(patient_id, [])
    said_so = place.announced if place.status == "scheduled" else None
    evidence = (
        *(facts.opening, facts.meeting, facts.called_off),
        *(place.rostered, said_so, place.recorded),
    )
    return Visit(
        session_id=facts.session_id,
        program_id=facts.program_id,
        day=facts.day,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        scheduled=facts.scheduled,
        status="cancelled" if facts.called_off else place.status,
        credited=place.credited,
        evidence=tuple(sorted(filter(None, evidence))),
        rostered=place.rostered is not None,
        makes_up=place.makes_up,
        notes=tuple(sorted((*facts.group_notes, *_signatures(own)), key=lambda each: each.at)),
        stays_away=said_so is not None,
        is_crisis=facts.is_crisis,
        own_notes=tuple(own),
        modality=facts.modality,
    )


def _signatures(own: Iterable[OwnNote]) -> Iterable[Noted]:
    return (Noted(each.at, each.event_id) for each in own)


def _by_service(meeting: Meeting) -> dict[Service, int]:
    found: dict[Service, int] = {}
    for part in meeting.parts:
        if part.service != "break":
            found[part.service] = found.get(part.service, 0) + part.span.minutes
    return found


def _for_many(meeting: Meeting) -> tuple[Service, ...]:
    """Return the services of which each part has no greatest size."""
    sized = {part.service for part in meeting.parts if part.format not in OF_MANY}
    found = {part.service for part in meeting.parts if part.format in OF_MANY}
    return tuple(sorted(found - sized))


def _credited(attendance: Attendance) -> dict[Service, int]:
    found: dict[Service, int] = {}
    for credit in attendance.credits:
        found[credit.service] = found.get(credit.service, 0) + credit.minutes
    return found
