"""What an import leaves as it is, and says so: rows that are gone, and what people put right."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from services.clinic_import.import_run import ImportRun
from services.clinic_import.rows import Row

STAYS = "is not in the file any more, and stays on record"

MOST_LINES = 20
"""Lines of one file that are named, at most."""


def removed_rows(import_run: ImportRun) -> Iterator[str]:
    """Yield a warning for each; it counts and places, and never says who a patient is.

    Of a file that cannot be read it is not known what is gone.
    """
    for warning in _removed_rows(import_run):
        if warning.partition(":")[0] not in import_run.faults.unreadable:
            yield warning


def _removed_rows(import_run: ImportRun) -> Iterator[str]:
    files, loaded = import_run.listed, import_run.loaded
    facility, site = import_run.facility, import_run.listed.site or import_run.site
    yield from _gone("facility.toml", "room", facility.rooms, site.rooms)
    yield from _gone("facility.toml", "staff", facility.staff, site.staff)
    closures = {day for program in loaded.programs.values() for day in program.closures}
    yield from _gone("facility.toml", "closure", closures, site.closures)
    yield from _gone("facility.toml", "supervised", facility.supervised, site.supervised)
    yield from _gone("programs.csv", "", loaded.programs, {r.program_id for r in files.programs})
    yield from _gone("tracks.csv", "", import_run.tracks, {r.track_id for r in files.tracks})
    yield from _gone(
        "sessions.csv", "", loaded.own_sessions, {r.session_id for r in files.sessions}
    )
    yield from _gone_segments(import_run)
    yield from _gone_of_patients(import_run)
    yield from _gone_of_sessions(import_run)


def rows_left_alone(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a sentence for the rows of each file beside which what somebody recorded stands."""
    lines: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        lines[row.FILE].append(row.line)
    for file, found in lines.items():
        where = ", ".join(map(str, sorted(found)[:MOST_LINES]))
        more = f" and {len(found) - MOST_LINES} more" if len(found) > MOST_LINES else ""
        yield (
            f"{file}: line{'s' if len(found) > 1 else ''} {where}{more}: unchanged since the last"
            " import, and staff have recorded otherwise since: what they recorded stays"
        )


def _gone(file: str, kind: str, known: object, listed: object) -> Iterator[str]:
    for key in sorted(set(known) - set(listed), key=str):  # type: ignore[call-overload]
        named = f"{kind} {key}" if kind else key
        yield f"{file}: {named} {STAYS}"


def _gone_segments(import_run: ImportRun) -> Iterator[str]:
    listed = {(row.track_id, row.starts) for row in import_run.listed.segments}
    for track_id, planned in import_run.tracks.items():
        for segment in planned.pattern.segments:
            if (track_id, segment.starts) not in listed:
                name = f"{track_id} {segment.starts:%H:%M}"
                yield f"segments.csv: {name} {STAYS}"


def _gone_of_patients(import_run: ImportRun) -> Iterator[str]:
    files, loaded = import_run.listed, import_run.loaded
    yield from _count("patients.csv", set(loaded.patients) - {row.mrn for row in files.patients})
    enrolled = {
        (mrn, enrolment.track_id, enrolment.first_day)
        for mrn, patient in loaded.patients.items()
        for enrolment in patient.enrolments.values()
        if not enrolment.is_empty
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
    files, loaded = import_run.listed, import_run.loaded
    numbers = {patient.id: mrn for mrn, patient in loaded.patients.items()}
    off: set[tuple[object, ...]] = set()
    absent: set[tuple[object, ...]] = set()
    signed: set[tuple[object, ...]] = set()
    for session in loaded.all_sessions.values():
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
        yield f"{file}: {rows} not in the file any more; what was recorded stays"
