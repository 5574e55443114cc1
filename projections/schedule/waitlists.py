"""Who waits for a place: in a session or in a track. The table is in `roster`."""

from collections.abc import Iterator

from domain.aggregate import Event
from domain.program import (
    TrackPassedOver,
    TrackPlaceGiven,
    TrackWaitlisted,
    TrackWaitlistLeft,
)
from domain.session import PatientPassedOver, PatientWaitlisted, WaitlistLeft
from projections.schedule.change_log import noted
from projections.view import Change


def of_session(event: Event) -> Iterator[Change]:
    """Follow a session's waiting list; who gets a place leaves it with the booking."""
    match event:
        case PatientWaitlisted():
            yield (
                "INSERT INTO waiting (aggregate_id, patient_id, turn, waits_for, facility_id,"
                " session_id, since) VALUES (%s, %s, %s, 'session', %s, %s, %s)",
                (
                    event.originator_id,
                    event.patient_id,
                    event.originator_version,
                    event.facility_id,
                    event.originator_id,
                    event.timestamp,
                ),
            )
            yield noted(event, "patient waits")
        case WaitlistLeft():
            yield _left(event.originator_id, "", event.patient_id)
            yield noted(event, "patient waits no longer")
        case PatientPassedOver():
            yield _passed_over(event.originator_id, "", event.patient_id, event.because)
            yield noted(event, "patient passed over", event.because)


def of_track(event: Event) -> Iterator[Change]:
    """Follow a track's waiting list."""
    match event:
        case TrackWaitlisted():
            yield (
                "INSERT INTO waiting (aggregate_id, patient_id, turn, waits_for, facility_id,"
                " program_id, track_id, weekdays, since) SELECT aggregate_id, %s, %s, 'track',"
                " facility_id, program_id, %s, %s, %s FROM programs WHERE aggregate_id = %s",
                (
                    event.patient_id,
                    event.originator_version,
                    event.track_id,
                    list(event.weekdays),
                    event.timestamp,
                    event.originator_id,
                ),
            )
        case TrackWaitlistLeft() | TrackPlaceGiven():
            yield _left(event.originator_id, event.track_id, event.patient_id)
        case TrackPassedOver():
            yield _passed_over(event.originator_id, event.track_id, event.patient_id, event.because)


def _left(aggregate_id: str, track_id: str, patient_id: str) -> Change:
    return (
        "DELETE FROM waiting WHERE aggregate_id = %s AND track_id = %s AND patient_id = %s",
        (aggregate_id, track_id, patient_id),
    )


def _passed_over(aggregate_id: str, track_id: str, patient_id: str, because: str) -> Change:
    return (
        "UPDATE waiting SET passed_over = passed_over + 1, because = %s"
        " WHERE aggregate_id = %s AND track_id = %s AND patient_id = %s",
        (because, aggregate_id, track_id, patient_id),
    )
