"""The steps that set the scene: the facility, its programs, their tracks and segments."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import get_args

from domain.care import Population
from domain.errors import Refusal
from domain.facility import Facility
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
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import Intake, PlannedTrack
from services.clinic_import.recorded_rows import stays_of
from services.clinic_import.rows import ClosureRow, ProgramRow, SegmentRow, TrackRow
from services.policy_packs import packs


def keep_facility(intake: Intake) -> bool:
    """Put the facility, its rooms and staff on record; False where that cannot be."""
    books, site, cause = intake.books, intake.site, intake.cause
    if books.facility is None:
        books.facility = Facility.start(
            cause,
            facility_id=site.facility_id,
            name=site.name,
            timezone=site.zone.key,
            week_starts_on=site.week_starts_on,
            late_after_minutes=site.late_after_minutes,
        )
    if books.facility.timezone != site.zone.key:
        problem = f"the facility is on record in {books.facility.timezone}, and stays there"
        intake.faults.add("facility.toml", site.lines["", "timezone"], "timezone", problem)
        return False
    books.facility.revise(
        cause,
        name=site.name,
        week_starts_on=site.week_starts_on,
        late_after_minutes=site.late_after_minutes,
    )
    for room in site.rooms.values():
        books.facility.keep_room(cause, room)
    for person in site.staff.values():
        books.facility.keep_staff(cause, person)
    return True


def keep_programs(intake: Intake) -> None:
    """Put the programs and the days on which they are closed on record."""
    known = set(intake.books.programs)
    for row in intake.unique(intake.files.programs):
        with intake.faults.at(row.FILE, row.line):
            _keep_program(intake, row)
    new = {key for key, each in intake.books.programs.items() if key not in known}
    for row in intake.site.rows():
        if isinstance(row, ClosureRow):
            # Where a closure is not new, somebody may have lifted it since.
            programs = intake.books.programs if intake.changed(row) else new
            for program_id in programs:
                program = intake.books.programs[program_id]
                program.declare_closure(intake.cause, row.date, row.reason)


def _keep_program(intake: Intake, row: ProgramRow) -> None:
    facts = {
        "name": row.name,
        "population": row.population,
        "focus": row.focus,
        "weekly_minutes": row.weekly_hours,
        "days_per_week": row.days_per_week,
    }
    programs = intake.books.programs
    if row.program_id in programs:
        programs[row.program_id].revise(intake.cause, **facts)  # type: ignore[arg-type]
    else:
        programs[row.program_id] = Program.start(
            intake.cause,
            facility_id=intake.books.facility_id,
            program_id=row.program_id,
            **facts,  # type: ignore[arg-type]
        )


def adopt_policies(intake: Intake) -> None:
    """Let each program be judged by the criteria for its population, from its first day on.

    What somebody adopted, or dropped, stays; a program that turns out to have begun earlier is
    judged from then on.
    """
    first: dict[str, date] = {}
    for planned in intake.tracks.values():
        _note(first, planned.program.program_id, planned.track.first_day)
    for patient in intake.books.patients.values():
        for stay in stays_of(patient):
            _note(first, stay.program_id, stay.admitted_on)
    for program_id, day in first.items():
        _adopt_criteria(intake, intake.books.programs[program_id], day)


def _note(first: dict[str, date], program_id: str, day: date) -> None:
    first[program_id] = min(day, first.get(program_id, day))


def _adopt_criteria(intake: Intake, program: Program, first_day: date) -> None:
    for population in get_args(Population):
        policy = packs()[f"asam-2.1-{population}"]
        known = program.policies.get(policy.policy_id)
        if population != program.population:
            if known:
                program.drop_policy(intake.cause, policy.policy_id, min(known))
        elif not known or first_day < min(known):
            program.adopt_policy(intake.cause, policy, first_day)


def plan_tracks(intake: Intake) -> None:
    """Work out each track as it will be; nothing is recorded before its sessions fit."""
    for program in intake.books.programs.values():
        for track_id, series in program.tracks.items():
            intake.tracks[track_id] = PlannedTrack(series, program, None)
    for row in intake.unique(intake.files.tracks):
        with intake.faults.at(row.FILE, row.line):
            intake.tracks[row.track_id] = _planned(intake, row)
    _plan_segments(intake)


def _planned(intake: Intake, row: TrackRow) -> PlannedTrack:
    program = intake.program(row.program_id)
    known = intake.tracks.get(row.track_id)
    if known and known.program is not program:
        raise Refused("the track is on record in another program, and stays there", "program_id")
    check_resources(intake, row.room_id, row.staff_id)
    if row.track_id in intake.books.own_sessions:
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
        return PlannedTrack(Series(track), program, row)
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
    return PlannedTrack(known.series if same else known.series.revised(track), program, row)


def check_resources(intake: Intake, room_id: str, staff_id: str) -> None:
    """Refuse a room or a person of staff that is not there."""
    if room_id not in intake.facility.rooms:
        raise Refused(f"there is no room {room_id!r}", "room_id")
    if staff_id not in intake.facility.staff:
        raise Refused(f"there is nobody {staff_id!r} on the staff", "staff_id")


def _plan_segments(intake: Intake) -> None:
    """Give the tracks their segments: the files' own, and those on record that still fit."""
    listed: dict[str, list[Segment]] = defaultdict(list)
    for row in intake.sound(intake.files.segments):
        with intake.faults.at(row.FILE, row.line):
            listed[row.track_id].append(_segment(intake, row, listed[row.track_id]))
    for track_id, planned in intake.tracks.items():
        segments = listed[track_id]
        for known in planned.pattern.segments:
            if all(known.starts != each.starts for each in segments):
                _keep_if_it_fits(planned, known, segments)
        segments.sort(key=lambda each: each.starts)
        planned.keep_segments(tuple(segments))


def _segment(intake: Intake, row: SegmentRow, others: list[Segment]) -> Segment:
    planned = intake.track(row.track_id)
    segment = Segment(row.starts, row.ends, row.service, row.title)
    for known in planned.pattern.segments:
        # The files know no topics: one that was given in daily use stays.
        if replace(known, topic=None) == segment:
            segment = known
    check_segment(segment, planned.pattern.starts, planned.pattern.ends, others)
    return segment


def _keep_if_it_fits(planned: PlannedTrack, known: Segment, segments: list[Segment]) -> None:
    """Keep a segment that is gone from the file, unless what is there now leaves it no room."""
    try:
        check_segment(known, planned.pattern.starts, planned.pattern.ends, segments)
    except Refusal:
        return
    segments.append(known)
