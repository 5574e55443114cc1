"""Rows that an earlier import brought and that are gone from their file: named, never undone."""

from collections.abc import Collection, Iterator

from services.clinic_import.import_run import ImportRun
from services.clinic_import.loaded_facility import SessionRef


def removed_rows(import_run: ImportRun) -> Iterator[str]:
    """Yield a warning for each; it counts and places, and never says who a patient is."""
    files, loaded = import_run.files, import_run.loaded
    facility = import_run.facility
    yield from _gone("facility.toml", "room", facility.rooms, import_run.site.rooms)
    yield from _gone("facility.toml", "staff", facility.staff, import_run.site.staff)
    closures = {day for program in loaded.programs.values() for day in program.closures}
    yield from _gone("facility.toml", "closure", closures, import_run.site.closures)
    yield from _gone("programs.csv", "", loaded.programs, {r.program_id for r in files.programs})
    yield from _gone("tracks.csv", "", import_run.tracks, {r.track_id for r in files.tracks})
    yield from _gone(
        "sessions.csv", "", loaded.own_sessions, {r.session_id for r in files.sessions}
    )
    yield from _gone_segments(import_run)
    yield from _gone_of_patients(import_run)
    yield from _gone_of_sessions(import_run)


def _gone(file: str, kind: str, known: object, listed: object) -> Iterator[str]:
    for key in sorted(set(known) - set(listed), key=str):  # type: ignore[call-overload]
        yield f"{file}: {kind + ' ' if kind else ''}{key} is gone, which changes nothing"


def _gone_segments(import_run: ImportRun) -> Iterator[str]:
    listed = {(row.track_id, row.starts) for row in import_run.files.segments}
    for track_id, planned in import_run.tracks.items():
        for segment in planned.pattern.segments:
            if (track_id, segment.starts) not in listed:
                name = f"{track_id} {segment.starts:%H:%M}"
                yield f"segments.csv: {name} is gone, which changes nothing"


def _gone_of_patients(import_run: ImportRun) -> Iterator[str]:
    files, loaded = import_run.files, import_run.loaded
    yield from _count("patients.csv", set(loaded.patients) - {row.mrn for row in files.patients})
    enrolled = {
        (mrn, enrolment.track_id, enrolment.first_day)
        for mrn, patient in loaded.patients.items()
        for enrolment in patient.enrolments.values()
    }
    listed = {(row.mrn, row.track_id, row.first_day) for row in files.enrolments}
    yield from _count("enrolments.csv", enrolled - listed)
    committed = {
        (mrn, each.kind, each.first_day, each.starts)
        for mrn, patient in loaded.patients.items()
        for each in patient.commitments.values()
    }
    duties = {(row.mrn, row.kind, row.first_day, row.starts) for row in files.commitments}
    yield from _count("commitments.csv", committed - duties)


def _gone_of_sessions(import_run: ImportRun) -> Iterator[str]:
    files, loaded = import_run.files, import_run.loaded
    numbers = {patient.id: mrn for mrn, patient in loaded.patients.items()}
    off: set[SessionRef] = set()
    absent: set[tuple[object, ...]] = set()
    signed: set[tuple[object, ...]] = set()
    for session in loaded.by_id.values():
        place = (session.meeting.day, session.label)
        if session.called_off:
            off.add(place)
        for patient_id, visit in session.visits.items():
            mrn = numbers[patient_id]
            if visit.absence:
                absent.add((*place, mrn))
            signed.update((*place, mrn, line.arrived_at) for line in visit.sign_ins)
    yield from _count("cancellations.csv", off - {(r.date, r.session) for r in files.cancellations})
    yield from _count("absences.csv", absent - {(r.date, r.session, r.mrn) for r in files.absences})
    lines = {
        (row.date, row.session, row.mrn, import_run.instant(row.date, row.time_in))
        for row in files.sign_ins
    }
    yield from _count("sign_ins.csv", signed - lines)


def _count(file: str, gone: Collection[object]) -> Iterator[str]:
    if gone:
        rows = "1 row is" if len(gone) == 1 else f"{len(gone)} rows are"
        yield f"{file}: {rows} gone, which changes nothing"
