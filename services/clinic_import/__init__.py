"""A clinic's files, taken in: decided as a whole, saved in one transaction."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from domain.patient.state import IMPORT
from services.clinic_import.adoption import adopt_policies
from services.clinic_import.attendance import (
    close_sessions,
    note_absences,
    take_sign_ins,
    unlink_redirected,
)
from services.clinic_import.changed_rows import ChangedRows
from services.clinic_import.facility_loader import load_facility
from services.clinic_import.faults import Faults, RowError
from services.clinic_import.folder import Folder
from services.clinic_import.import_run import Files, ImportRun
from services.clinic_import.loaded_facility import LoadedFacility, in_order
from services.clinic_import.patients import (
    LEFT_OUT,
    NOT_COMPARED,
    accept_collisions,
    keep_commitments,
    keep_patients,
)
from services.clinic_import.record_time import check_record_time
from services.clinic_import.recorded_rows import RecordedRows
from services.clinic_import.refused_rows import Texts, write_refused
from services.clinic_import.removed_rows import removed_rows, rows_left_alone
from services.clinic_import.row_digests import RowDigests
from services.clinic_import.rows import PatientRow
from services.clinic_import.schedule import Timetable
from services.clinic_import.setup import keep_facility, keep_programs, plan_tracks
from services.journal import Journal
from services.journal.imported_rows import ImportedRows
from services.vault import Vault

__all__ = ["Outcome", "RowError", "import_clinic", "write_refused"]

TRIES = 3
"""How often an import is decided, at most, because others record meanwhile; in the end alone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an import: what was wrong, what is gone, and the events that were recorded.

    With a dry run `events` are those that would have been; `accepted` tells whether what is sound
    was taken in, or would have been. `texts` has the files' records, as they were read.
    """

    faults: tuple[RowError, ...]
    warnings: tuple[str, ...]
    events: int
    facility_id: str | None
    accepted: bool
    texts: Texts = field(default_factory=dict, repr=False)


def import_clinic(
    journal: Journal,
    vault: Vault,
    folder: Folder,
    *,
    now: datetime,
    now_is_chosen: bool = False,
    skip_invalid: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Take in a clinic's files as of `now` (aware, UTC): all of them or nothing.

    Where somebody has chosen `now`, and it is not the clock's, nothing may be recorded with a time
    before that of what is on record, of any clinic: raises RecordedLater.

    With `skip_invalid` the sound rows are recorded and the others left out. With `dry_run`
    everything is decided and nothing recorded.
    """

    def take_in() -> Outcome:
        outcome, decided = _decided(journal, vault, folder, now=now, skip=skip_invalid)
        chosen = now if now_is_chosen and outcome.events else None
        if chosen:
            with journal.connection() as conn:
                check_record_time(conn, chosen)
        if decided and outcome.accepted and not dry_run:
            _save(journal, decided, chosen)
        elif decided and journal.have_changed(decided.work.reads):
            raise IntegrityError
        return outcome

    for _ in range(TRIES - 1):
        with suppress(IntegrityError):
            return take_in()
    with journal.alone():
        return take_in()


def _decided(
    journal: Journal, vault: Vault, folder: Folder, *, now: datetime, skip: bool
) -> tuple[Outcome, ImportRun | None]:
    """Return what would come of an import, and what was decided; None where nothing was."""
    faults = Faults()
    files = Files.read(folder, faults, now)
    if files.site is None:
        return Outcome(faults.sorted(), (), 0, None, accepted=False), None
    context = CommandContext(f"import-{uuid.uuid4().hex}", now, IMPORT)
    import_run, before = None, -1
    # Each attempt leaves out what the ones before refused, until nothing more is.
    while len(faults) > before:
        before = len(faults)
        import_run = _begun(journal, vault, files, context, faults)
        usable = _decide(import_run)
        if not skip or not usable:
            break
    warnings = tuple(import_run.warnings) if import_run else ()
    facility_id = files.site.facility_id
    if import_run is None or not usable or (faults and not skip):
        return Outcome(faults.sorted(), warnings, 0, facility_id, accepted=False), import_run
    events = sum(len(each.pending_events) for each in import_run.work.pending())
    told = faults.sorted(), warnings, events, facility_id
    return Outcome(*told, accepted=True, texts=faults.texts), import_run


def _begun(
    journal: Journal, vault: Vault, listed: Files, context: CommandContext, faults: Faults
) -> ImportRun:
    """Load what is on record, and find what the files say anew beside it."""
    if (site := listed.site) is None:
        raise LookupError("a facility's files are taken in with its own values")
    facility_id, zone = site.facility_id, site.zone
    loaded = load_facility(journal, vault, context, facility_id)
    former = {old: mrn for old, mrn in loaded.former_numbers.items() if old not in loaded.patients}
    listed = listed.with_numbers(former)
    unreadable = _unreadable(listed, loaded)
    forgotten = {row.mrn for row in unreadable if loaded.patients[row.mrn].id in loaded.forgotten}
    earlier, imported = journal.imported_rows(facility_id), None
    if loaded.facility and not earlier:
        alone = load_facility(journal, vault, context, facility_id, only_imported=True)
        for row in unreadable:
            alone.recognize(row.mrn)
        imported = RecordedRows(alone, zone)
    digests = RowDigests(vault.row_hash_key(facility_id), forgotten)
    changes = ChangedRows(
        digests, earlier, RecordedRows(loaded, zone), imported, loaded.former_numbers
    )
    refused = frozenset(faults.refused)
    files = listed.beside_the_record(changes, refused)
    return ImportRun(
        listed=listed,
        files=files,
        changes=changes,
        site=files.site or site,
        loaded=loaded,
        faults=faults,
        before=refused,
        warnings=[
            f"{row.FILE}:{row.line}: {LEFT_OUT if row.mrn in forgotten else NOT_COMPARED}"
            for row in unreadable
        ],
    )


def _unreadable(listed: Files, loaded: LoadedFacility) -> list[PatientRow]:
    """Return the rows of patients whose names cannot be read; file those under their numbers."""
    by_number = [row for row in listed.patients if loaded.recognize(row.mrn)]
    # A number that a forgotten patient had once is theirs, unless a row has their present one.
    formerly = [row for row in listed.patients if loaded.recognize_former(row.mrn)]
    return [*by_number, *formerly]


def _save(journal: Journal, import_run: ImportRun, chosen: datetime | None) -> None:
    """Save what was decided, and what the rows say from now on, all of it or nothing.

    A time that somebody has `chosen` is held to the record while nobody else adds to it.
    """

    def with_the_events(conn: psycopg.Connection[Any]) -> None:
        if chosen:
            check_record_time(conn, chosen)
        work.save_beside(conn)

    work, facility_id = import_run.work, import_run.loaded.facility_id
    rows = import_run.changes.to_keep(import_run.faults.refused)
    journal.save(
        *in_order(work.pending()),
        reads=work.reads,
        in_transaction=with_the_events,
        imported=ImportedRows(facility_id, rows) if rows else None,
    )


def _decide(import_run: ImportRun) -> bool:
    """Bring what is loaded to what the files say; nothing is saved."""
    if not keep_facility(import_run):
        return False
    keep_programs(import_run)
    keep_patients(import_run)
    keep_commitments(import_run)
    plan_tracks(import_run)
    adopt_policies(import_run)
    Timetable(import_run).apply()
    accept_collisions(import_run)
    note_absences(import_run)
    unlink_redirected(import_run)
    take_sign_ins(import_run)
    close_sessions(import_run)
    import_run.warnings += removed_rows(import_run)
    import_run.warnings += rows_left_alone(import_run.changes.left_alone)
    return True
