"""An import in progress: the files' rows, what is on record, and what all steps need of both."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.aggregate import CommandContext
from domain.care import Population
from domain.facility import Facility
from domain.patient import Patient
from domain.program import Focus, Pattern, Program, Segment, Series, Track
from domain.session import Session
from domain.times import instant
from services.application.unit_of_work import UnitOfWork
from services.clinic_import.changed_rows import ChangedRows
from services.clinic_import.csv_files import read_rows
from services.clinic_import.facility_file import Site, read_site
from services.clinic_import.faults import Faults, Refused, there_is_no
from services.clinic_import.field_parsers import SessionRef
from services.clinic_import.folder import Folder
from services.clinic_import.loaded_facility import LoadedFacility
from services.clinic_import.rows import (
    AbsenceRow,
    CancellationRow,
    CommitmentRow,
    EnrolmentRow,
    EpisodeRow,
    PatientRow,
    ProgramRow,
    Row,
    SegmentRow,
    SessionRow,
    SignInRow,
    TrackRow,
    columns_of,
)

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(slots=True)
class Files:
    """What a clinic's files say, as far as it could be read."""

    site: Site | None
    programs: list[ProgramRow]
    tracks: list[TrackRow]
    segments: list[SegmentRow]
    sessions: list[SessionRow]
    patients: list[PatientRow]
    episodes: list[EpisodeRow]
    enrolments: list[EnrolmentRow]
    commitments: list[CommitmentRow]
    cancellations: list[CancellationRow]
    absences: list[AbsenceRow]
    sign_ins: list[SignInRow]

    @classmethod
    def read(cls, folder: Folder, faults: Faults, now: datetime) -> "Files":
        """Read a folder as of `now`; what cannot be read is a fault."""
        return cls(
            site=read_site(folder, faults, now),
            programs=read_rows(folder, ProgramRow, faults, now),
            tracks=read_rows(folder, TrackRow, faults, now),
            segments=read_rows(folder, SegmentRow, faults, now),
            sessions=read_rows(folder, SessionRow, faults, now),
            patients=read_rows(folder, PatientRow, faults, now),
            episodes=read_rows(folder, EpisodeRow, faults, now, optional=True),
            enrolments=read_rows(folder, EnrolmentRow, faults, now),
            commitments=read_rows(folder, CommitmentRow, faults, now),
            cancellations=read_rows(folder, CancellationRow, faults, now),
            absences=read_rows(folder, AbsenceRow, faults, now),
            sign_ins=read_rows(folder, SignInRow, faults, now),
        )

    def with_numbers(self, former: Mapping[str, str]) -> "Files":
        """Return the rows of patients whose numbers were put right since under those they have.

        A former number that another row gives to somebody else as well stays as it is.
        """
        listed = {row.mrn for row in self.patients}
        now = {old: mrn for old, mrn in former.items() if old in listed and mrn not in listed}
        if not now:
            return self
        of_patients = ("patients", "episodes", "enrolments", "commitments", "absences", "sign_ins")
        rows: dict[str, Any] = {
            name: [replace(row, mrn=now.get(row.mrn, row.mrn)) for row in getattr(self, name)]
            for name in of_patients
        }
        rows["sessions"] = [
            replace(row, mrns=tuple(now.get(mrn, mrn) for mrn in row.mrns)) for row in self.sessions
        ]
        return replace(self, **rows)

    def beside_the_record(
        self, changes: ChangedRows, refused: frozenset[tuple[str, int]]
    ) -> "Files":
        """Return what is to be brought about: see ChangedRows. Rows that are refused are not."""
        site = self.site and self.site.with_rows(changes.wanted(self.site.rows()))
        rows = {
            name: changes.wanted(found, refused)
            for name in [each.name for each in fields(self) if each.name != "site"]
            if isinstance(found := getattr(self, name), list)
        }
        return Files(site=site, **rows)


@dataclass(slots=True)
class TrackPlan:
    """A track as it will be, the program it belongs to and its row (None: on record only)."""

    series: Series
    program: Program
    row: TrackRow | None

    @property
    def track(self) -> Track:
        """The track's name, days and first pattern: what the files speak of."""
        return self.series.track

    @property
    def pattern(self) -> Pattern:
        """The track's first pattern."""
        return self.series.track.pattern

    def keep_segments(self, segments: tuple[Segment, ...]) -> None:
        """Give the track's first pattern its segments."""
        if segments == self.pattern.segments:
            return
        pattern = replace(self.pattern, segments=segments)
        self.series = self.series.revised(replace(self.track, pattern=pattern))


@dataclass(slots=True)
class ImportRun:
    """One attempt to take the files in; `before` names the rows that earlier attempts refused.

    `listed` is what the files say, `files` what of it is to be brought about; `treated` is whom,
    and for what, programs on record treated before.
    """

    listed: Files
    files: Files
    changes: ChangedRows
    site: Site
    loaded: LoadedFacility
    faults: Faults
    before: frozenset[tuple[str, int]] = frozenset()
    tracks: dict[str, TrackPlan] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    treated: dict[str, tuple[Population, Focus]] = field(default_factory=dict)

    @property
    def work(self) -> UnitOfWork:
        """The unit of work that has all that is on record, and all that the import decides."""
        return self.loaded.work

    @property
    def context(self) -> CommandContext:
        """The import, as each event names it."""
        return self.work.context

    @property
    def zone(self) -> ZoneInfo:
        """The facility's time zone."""
        return self.site.zone

    @property
    def today(self) -> date:
        """The day it is at the facility."""
        return self.work.today(self.loaded.facility_id)

    @property
    def facility(self) -> Facility:
        """The facility, which the first step has put on record."""
        return self.work.facility(self.loaded.facility_id)

    def instant(self, day: date, wall: time) -> datetime:
        """Return when the facility's clocks show a time."""
        return instant(day, wall, self.zone)

    def sound(self, rows: Iterable[AnyRow]) -> list[AnyRow]:
        """Return the rows that no earlier attempt refused."""
        return [row for row in rows if (row.FILE, row.line) not in self.before]

    def unique(self, rows: Iterable[AnyRow]) -> list[AnyRow]:
        """Return the rows whose key no earlier row has; each other one is a fault."""
        seen: set[tuple[object, ...]] = set()
        unique = []
        for row in self.sound(rows):
            if row.key in seen:
                column = row.KEY[0] if len(row.KEY) == 1 else ""
                problem = "is there already" if column else "the same row is there already"
                self.faults.add(row.FILE, row.line, column, problem)
            else:
                seen.add(row.key)
                unique.append(row)
        return unique

    def changed(self, row: Row | None, *columns: str) -> bool:
        """Tell whether a row says something else than when it was last taken in, or is new.

        With `columns` only what it says there counts.
        """
        found = self.changes.in_row(row) if row else frozenset()
        return bool(found & set(columns) if columns else found)

    def program(self, program_id: str) -> Program:
        """Return a program, or refuse the row that names it."""
        if program_id not in self.loaded.programs:
            problem = self._refused(self.files.programs, ProgramRow, program_id)
            raise Refused(problem or there_is_no("program", self.loaded.programs), "program_id")
        return self.loaded.programs[program_id]

    def patient(self, mrn: str, column: str = "mrn") -> Patient:
        """Return a patient, or refuse the row that names them."""
        if mrn not in self.loaded.patients:
            problem = self._refused(self.files.patients, PatientRow, mrn)
            raise Refused(problem or "no patient has this mrn", column)
        return self.loaded.patients[mrn]

    def visitor(self, mrn: str, session: Session | None, column: str = "mrn") -> Patient:
        """Return a patient as a session knows them, or refuse the row that names them."""
        return self.loaded.visitor(mrn, session) or self.patient(mrn, column)

    def track(self, track_id: str) -> TrackPlan:
        """Return a track as it will be, or refuse the row that names it."""
        if track_id not in self.tracks:
            problem = self._refused(self.files.tracks, TrackRow, track_id)
            raise Refused(problem or there_is_no("track", self.tracks), "track_id")
        return self.tracks[track_id]

    def session(
        self,
        ref: SessionRef,
        column: str = "session",
        among: Callable[[list[Session]], list[Session]] = list,
    ) -> Session:
        """Return the session that is called so, or refuse the row that names it.

        `among` several meetings of one day it tells those that the row can mean.
        """
        found = self.loaded.session_called(ref, self.zone)
        if not found:
            raise Refused(self._no_session(ref), column)
        if len(found) > 1:
            found = among(found) or found
        if len(found) > 1:
            starts = [f"{each.meeting.starts_at.astimezone(self.zone):%H:%M}" for each in found]
            raise Refused(
                f"{ref.label!r} meets at {' and at '.join(starts)} on {ref.day}: say which meeting"
                f" it is{'' if column == 'makes_up' else ' in the column starts'}",
                column,
            )
        return found[0]

    def _no_session(self, ref: SessionRef) -> str:
        problem = self._refused(self.files.tracks, TrackRow, ref.label)
        problem = problem or self._refused(self.files.sessions, SessionRow, ref.label)
        if problem:
            return problem
        if ref.label not in self.tracks and ref.label not in self.loaded.own_sessions:
            return there_is_no("track or session", self.tracks)
        at = f" at {ref.starts:%H:%M}" if ref.starts else ""
        return f"{ref.label!r} does not meet on {ref.day}{at}"

    def _refused(self, rows: Iterable[Row], kind: type[Row], name: str) -> str | None:
        """Say so where what a row refers to is missing because its own row is refused.

        Refuses the row where the whole file, or the rest of it, could not be read.
        """
        file = kind.FILE if kind.FILE in self.faults.unreadable else None
        column = next(iter(columns_of(kind)))
        lines = [row.line for row in rows if getattr(row, column) == name]
        lines = [line for line in lines if (kind.FILE, line) in self.faults.refused]
        line = self.faults.named.get((kind.FILE, name)) or next(iter(lines), None)
        if because_of := self.faults.consequences.get((kind.FILE, line or 0)) or (
            None if line else file
        ):
            raise Refused(f"{because_of} cannot be read", because_of=because_of)
        return f"the row that this refers to is refused ({kind.FILE}:{line})" if line else None
