"""The steps that set the scene: the facility, its programs, their tracks and segments."""

from collections import defaultdict
from dataclasses import replace
from datetime import date

from domain.errors import Refusal
from domain.program import (
    Pattern,
    Program,
    Segment,
    Series,
    Track,
    check_segment,
    check_track,
    weekly,
)
from services.application.facilities import open_facility, revise_facility
from services.clinic_import.facility_rows import ClosureRow
from services.clinic_import.faults import Refused, there_is_no
from services.clinic_import.import_run import ImportRun, TrackPlan
from services.clinic_import.rows import ProgramRow, SegmentRow, TrackRow
from services.clinic_import.zone_names import OLD_NAMES, current_name


def keep_facility(import_run: ImportRun) -> bool:
    """Put the facility, its rooms and staff on record; False where that cannot be."""
    work, site = import_run.work, import_run.site
    known, facility_id = import_run.loaded.facility, site.facility_id
    if known is None and site.zone.key in OLD_NAMES:
        problem = f"{site.zone.key} is an old name: write {OLD_NAMES[site.zone.key]}"
        import_run.faults.add("facility.toml", site.lines["", "timezone"], "timezone", problem)
        return False
    if known and current_name(known.timezone) != current_name(site.zone.key):
        problem = f"the facility is on record in {known.timezone}, and stays there"
        import_run.faults.add("facility.toml", site.lines["", "timezone"], "timezone", problem)
        return False
    with import_run.faults.at("facility.toml", 1):
        if known is None:
            open_facility(
                work,
                facility_id,
                name=site.name,
                timezone=site.zone.key,
                week_starts_on=site.week_starts_on,
                late_after_minutes=site.late_after_minutes,
            )
        else:
            revise_facility(
                work,
                facility_id,
                name=site.name,
                week_starts_on=site.week_starts_on,
                late_after_minutes=site.late_after_minutes,
            )
    if import_run.loaded.facility is None:
        return False
    # Files may call rooms and staff otherwise than commands may.
    for room in site.rooms.values():
        import_run.facility.keep_room(work.context, room)
    for person in site.staff.values():
        import_run.facility.keep_staff(work.context, person)
    for credential, from_day in site.supervised.items():
        _keep_supervised(import_run, credential, from_day)
    return True


def _keep_supervised(import_run: ImportRun, credential: str, from_day: date) -> None:
    """Have the notes of a credential co-signed from a day on, and from no day before it."""
    facility, context = import_run.facility, import_run.context
    known = facility.supervised.get(credential, {})
    for day in [each for each, needed in known.items() if needed and each < from_day]:
        facility.supervise(context, credential, day, supervised=False)
    facility.supervise(context, credential, from_day, supervised=True)


def keep_programs(import_run: ImportRun) -> None:
    """Put the programs and the days on which they are closed on record."""
    known = set(import_run.loaded.programs)
    for row in import_run.unique(import_run.files.programs):
        with import_run.faults.at(row.FILE, row.line):
            _keep_program(import_run, row)
    new = {key for key, each in import_run.loaded.programs.items() if key not in known}
    for closure in import_run.site.rows():
        if isinstance(closure, ClosureRow):
            # Where a closure is not new, somebody may have lifted it since.
            programs = import_run.loaded.programs if import_run.changed(closure) else new
            for program_id in programs:
                program = import_run.loaded.programs[program_id]
                program.declare_closure(import_run.context, closure.date, closure.reason)


def _keep_program(import_run: ImportRun, row: ProgramRow) -> None:
    facts = {
        "name": row.name,
        "population": row.population,
        "focus": row.focus,
        "weekly_minutes": row.weekly_hours,
        "days_per_week": row.days_per_week,
    }
    programs = import_run.loaded.programs
    if known := programs.get(row.program_id):
        import_run.treated[row.program_id] = (known.population, known.focus)
        known.revise(import_run.context, **facts)  # type: ignore[arg-type]
    else:
        programs[row.program_id] = import_run.work.keep(
            Program.start(
                import_run.context,
                facility_id=import_run.loaded.facility_id,
                program_id=row.program_id,
                **facts,  # type: ignore[arg-type]
            )
        )


def plan_tracks(import_run: ImportRun) -> None:
    """Work out each track as it will be; nothing is recorded before its sessions fit."""
    for program in import_run.loaded.programs.values():
        for track_id, series in program.tracks.items():
            import_run.tracks[track_id] = TrackPlan(series, program, None)
    for row in import_run.unique(import_run.files.tracks):
        with import_run.faults.at(row.FILE, row.line):
            import_run.tracks[row.track_id] = _planned(import_run, row)
    _plan_segments(import_run)


def _planned(import_run: ImportRun, row: TrackRow) -> TrackPlan:
    program = import_run.program(row.program_id)
    known = import_run.tracks.get(row.track_id)
    if known and known.program is not program:
        raise Refused("the track is on record in another program, and stays there", "program_id")
    check_resources(import_run, row.room_id, row.staff_id)
    if row.track_id in import_run.loaded.own_sessions:
        raise Refused("a session has this id", "track_id")
    track = Track(
        track_id=row.track_id,
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        pattern=Pattern(
            rule=weekly(row.weekdays),
            starts=row.starts,
            ends=row.ends,
            room_id=row.room_id,
            staff_id=row.staff_id,
            capacity=row.capacity,
        ),
    )
    check_track(track)
    if known is None:
        return TrackPlan(Series(track), program, row)
    # What the files do not say stays: how the track meets, and its segments for now.
    same_days = row.weekdays == Series(known.track).weekdays
    pattern = replace(
        track.pattern,
        rule=known.pattern.rule if same_days else track.pattern.rule,
        segments=known.pattern.segments,
        modality=known.pattern.modality,
    )
    track = replace(track, pattern=pattern)
    same = track == known.track
    return TrackPlan(known.series if same else known.series.revised(track), program, row)


def check_resources(import_run: ImportRun, room_id: str, staff_id: str) -> None:
    """Refuse a room or a staff member that is not there."""
    if room_id not in import_run.facility.rooms:
        raise Refused(there_is_no("room", import_run.facility.rooms), "room_id")
    if staff_id not in import_run.facility.staff:
        raise Refused(there_is_no("staff member", import_run.facility.staff), "staff_id")


def _plan_segments(import_run: ImportRun) -> None:
    """Give the tracks their segments: the files' own, and those on record that still fit."""
    listed: dict[str, list[Segment]] = defaultdict(list)
    for row in import_run.sound(import_run.files.segments):
        with import_run.faults.at(row.FILE, row.line):
            listed[row.track_id].append(_segment(import_run, row, listed[row.track_id]))
    for track_id, planned in import_run.tracks.items():
        segments = listed[track_id]
        for known in planned.pattern.segments:
            if all(known.starts != each.starts for each in segments):
                _keep_if_it_fits(planned, known, segments)
        segments.sort(key=lambda each: each.starts)
        planned.keep_segments(tuple(segments))


def _segment(import_run: ImportRun, row: SegmentRow, others: list[Segment]) -> Segment:
    planned = import_run.track(row.track_id)
    segment = Segment(row.starts, row.ends, row.service, row.title)
    for known in planned.pattern.segments:
        # The files know no topics: one that was given in daily use stays.
        if replace(known, topic=None) == segment:
            segment = known
    check_segment(segment, planned.pattern.starts, planned.pattern.ends, others)
    return segment


def _keep_if_it_fits(planned: TrackPlan, known: Segment, segments: list[Segment]) -> None:
    """Keep a segment that is gone from the file, unless what is there now leaves it no room."""
    try:
        check_segment(known, planned.pattern.starts, planned.pattern.ends, segments)
    except Refusal:
        return
    segments.append(known)
