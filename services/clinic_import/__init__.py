"""A clinic's files, taken in: decided as a whole, saved in one transaction."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from services.clinic_import.attendance import (
    close_sessions,
    note_absences,
    take_sign_ins,
    unlink_redirected,
)
from services.clinic_import.faults import Faults, RowError
from services.clinic_import.import_run import Files, ImportRun
from services.clinic_import.loaded_facility import LoadedFacility
from services.clinic_import.patients import accept_collisions, keep_commitments, keep_patients
from services.clinic_import.refused_rows import Texts, write_refused
from services.clinic_import.removed_rows import removed_rows
from services.clinic_import.schedule import Timetable
from services.clinic_import.setup import adopt_policies, keep_facility, keep_programs, plan_tracks
from services.journal import Journal
from services.vault import Vault

__all__ = ["Outcome", "RowError", "import_clinic", "write_refused"]

TRIES = 3
"""How often an import is decided anew when somebody else recorded something meanwhile."""


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
    folder: Path,
    *,
    now: datetime,
    now_is_chosen: bool = False,
    skip_invalid: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Take in a clinic's files as of `now` (aware, UTC): all of them or nothing.

    Where somebody has chosen `now`, and it is not the clock's, nothing may be recorded with a time
    before that of what is on record: raises RecordedLater.

    With `skip_invalid` the sound rows are recorded and the others left out. With `dry_run`
    everything is decided and nothing recorded.
    """
    for last in (*[False] * (TRIES - 1), True):
        try:
            outcome, decided = _decided(journal, vault, folder, now=now, skip=skip_invalid)
            if now_is_chosen and decided:
                decided.check_time(now)
            if decided and not dry_run:
                journal.save(*decided.changed(), in_transaction=decided.vault.save)
            return outcome
        except IntegrityError:
            if last:
                raise
    raise AssertionError("unreachable")


def _decided(
    journal: Journal, vault: Vault, folder: Path, *, now: datetime, skip: bool
) -> tuple[Outcome, LoadedFacility | None]:
    """Return what would come of an import, and what there is to save; None for nothing."""
    faults = Faults()
    files = Files.read(folder, faults, now)
    if files.site is None:
        return Outcome(faults.sorted(), (), 0, None, accepted=False), None
    context = CommandContext(f"import-{uuid.uuid4().hex}", now, "import")
    import_run, before = None, -1
    # Each attempt leaves out what the ones before refused, until nothing more is.
    while len(faults) > before:
        before = len(faults)
        import_run = ImportRun(
            files=files,
            site=files.site,
            loaded=LoadedFacility.load(journal, vault, files.site.facility_id),
            context=context,
            faults=faults,
            before=frozenset(faults.refused),
        )
        usable = _decide(import_run)
        if not skip or not usable:
            break
    warnings = tuple(import_run.warnings) if import_run else ()
    facility_id = files.site.facility_id
    if import_run is None or not usable or (faults and not skip):
        return Outcome(faults.sorted(), warnings, 0, facility_id, accepted=False), None
    loaded = import_run.loaded
    events = sum(len(each.pending_events) for each in loaded.changed())
    told = faults.sorted(), warnings, events, facility_id
    outcome = Outcome(*told, accepted=True, texts=faults.texts)
    return outcome, loaded if events else None


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
    return True
