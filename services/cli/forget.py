"""`daybook forget`: who a patient is, is forgotten on record; and what that does not reach."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain import bounds
from services.cli.console import NO, err
from services.cli.options import DEFAULT_DATA, Data, Facility
from services.cli.standard_input import record_number

if TYPE_CHECKING:
    from services.hosting.bootstrap import Runtime
    from services.vault import Person

MOST_NAMED = 20
"""Events and files that are named, at most."""

NOT_REACHED = (
    "backups and copies of the database that were made before now: each has the key still, and"
    " whoever has the site key opens it. Destroy them; after one is restored, forget again",
    "PostgreSQL's write-ahead log and standbys, until they are written over",
    "documents, bundles and exports that were printed, saved or sent",
    "what subscribers were sent; names in it are sealed, and nobody opens them any more",
    "the clinic's own files: an import leaves the name out, and says so, as long as it is there",
    "the record number's keyed hash: the number stays theirs, and finds their record",
)
"""What keeps a name or a key beyond the database, in words."""


def forget(
    patient: Annotated[
        Any,
        typer.Argument(
            parser=record_number,
            metavar="PATIENT",
            help="Record number or random id; -: read from standard input.",
        ),
    ],
    *,
    because: Annotated[
        str,
        typer.Option("--because", metavar="WHY", help="Why; it is on record, so without the name."),
    ],
    facility: Facility = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Forget who a patient is, for good: their key is destroyed, on record.

    What was recorded of the care stays. Where the name stood there is "forgotten".
    """
    if problem := bounds.line_problem(because) or (None if because.strip() else "empty"):
        raise typer.BadParameter(f"--because is {problem}")
    from services.cli.looking import operator_alone
    from services.hosting.bootstrap import open_runtime

    operator_alone("forget a patient")
    with open_runtime(data) as runtime:
        found = _found(runtime, patient, facility)
        pattern = found.pattern(runtime)
        for said in _beforehand(found):
            err.print(said)
        if not dry_run and not found.is_forgotten:
            _record(runtime, found, because)
        left = [*_left(runtime, found, pattern, dry_run=dry_run)]
    for said in left:
        err.print(said)
    if found.is_forgotten and not dry_run:
        raise typer.Exit(NO)


@dataclass(frozen=True, slots=True)
class _Found:
    """A patient by all ids of their records, and what is sealed of each that is not forgotten."""

    facility_id: str
    patient_ids: tuple[str, ...]
    sealed: dict[str, str]
    mrn: str | None
    """The record number by which they were asked for."""

    @property
    def is_forgotten(self) -> bool:
        return not self.sealed

    def people(self, runtime: "Runtime") -> "Iterator[Person]":
        """Yield who they are under each record, as far as that can be read."""
        from contextlib import suppress

        from domain.errors import IdentityUnreadable

        session = runtime.vault.begin()
        for patient_id, sealed in self.sealed.items():
            with suppress(IdentityUnreadable):
                yield session.open(patient_id, sealed)

    def pattern(self, runtime: "Runtime") -> str | None:
        """Return a regular expression that finds a name or number of theirs; None if not known.

        A name of one letter is none to look for.
        """
        words = {self.mrn or ""}
        for each in self.people(runtime):
            words |= {each.mrn, *each.given_name.split(), *each.family_name.split()}
        found = sorted(re.escape(each) for each in words if len(each) > 1)
        return rf"(^|\W)({'|'.join(found)})(\W|$)" if found else None


def _found(runtime: "Runtime", patient: str, facility_id: str | None) -> _Found:
    """Return who is meant. Raises NobodyThere."""
    from domain.identity import Identity, RecordNumber
    from domain.patient import Patient
    from services.journal.patient_record import records_of
    from services.reports.queries import NO_SUCH_NUMBER, NobodyThere

    journal, mrn = runtime.journal, None
    known = journal.load(patient)
    if not isinstance(known, Patient):
        mrn, owners = patient, []
        for each in [facility_id] if facility_id else journal.facilities():
            number = journal.load(RecordNumber.id_of(runtime.vault.number_hash(each, mrn)))
            if number and number.patient_id:
                owners.append(number)
        if not owners:
            raise NobodyThere(NO_SUCH_NUMBER)
        if len(owners) > 1:
            which = ", ".join(sorted(each.facility_id for each in owners))
            raise NobodyThere(f"several facilities have this record number, say which: {which}")
        known = journal.load(owners[0].patient_id)
    ids = tuple(records_of(journal, known.id))
    identities = [each for one in ids if (each := journal.load(Identity.id_of(one)))]
    sealed = {each.patient_id: each.sealed for each in identities if not each.forgotten}
    return _Found(known.facility_id, ids, sealed, mrn)


def _beforehand(found: _Found) -> Iterator[str]:
    if found.is_forgotten:
        yield "This patient was forgotten before: nothing is recorded."
        return
    records = len(found.sealed)
    yield (
        "This destroys, for good, the key under which the name, birth date and record number of"
        f" {'this patient' if records == 1 else f'this patient, in {records} records,'} are kept,"
        " and of those close to them. What was recorded of the care stays, under a random id."
    )


def _record(runtime: "Runtime", found: _Found, because: str) -> None:
    import uuid

    from domain.aggregate import CommandContext
    from services.application.forgetting import forget_patient
    from services.application.handler import CommandHandler
    from services.cli.looking import operator

    context = CommandContext(f"forget-{uuid.uuid4().hex}", datetime.now(UTC), operator().name)
    handler = CommandHandler(runtime.journal, runtime.vault)
    handler.handle(context, forget_patient, found.patient_ids[0], because)
    err.print(f"Forgotten, and on record by {operator().name}.")


def _left(
    runtime: "Runtime", found: _Found, pattern: str | None, *, dry_run: bool
) -> Iterator[str]:
    """Put away what stands beside the key; yield what that did, and what nothing here reaches."""
    from services.access.store import open_access
    from services.journal.named_texts import events_with

    ids = found.patient_ids
    with open_access(runtime.engines.database_url, pool_size=1) as store:
        if not dry_run:
            if store.feeds.end_of(ids):
                yield "The calendar that was made for them is read no longer."
            for account in store.accounts.forget(ids):
                yield (
                    f"The account {account} is nobody's any more: this word stays in the access"
                    " log where it looked at its own record, for that is only added to."
                )
        looks = store.log.reasons_with(ids, pattern) if pattern else 0
    if not dry_run and not runtime.vault.rewrite_keys():
        yield (
            "The table of keys could not be written anew: a freed row of its file may hold the"
            " key until PostgreSQL vacuums it. Run this once more when less goes on."
        )
    yield "It does not reach:"
    yield from (f"- {each};" for each in NOT_REACHED)
    if looks:
        entries = "1 entry" if looks == 1 else f"{looks} entries"
        yield f"- {entries} of the access log with a name of theirs in the reason or review;"
    events = events_with(runtime.journal, found.facility_id, ids, pattern) if pattern else []
    if events:
        yield f"- texts that have a name of theirs in them, and stay on record: {_named(events)};"
    files = [str(each) for each in _refused_rows(runtime.data, pattern)]
    if files:
        yield f"- rows that an import refused, with their name: delete {_named(files)};"
    if pattern is None:
        yield "- texts that may name them: who they were cannot be read, so none was looked for."


def _named(found: list[str]) -> str:
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"{', '.join(found[:MOST_NAMED])}{more}"


def _refused_rows(data: Path, pattern: str | None) -> Iterator[Path]:
    """Yield the files of refused rows in a data folder that have a pattern in them."""
    for path in sorted((data / "refused").glob("*.csv")) if pattern else ():
        if re.search(pattern or "", path.read_text(encoding="utf-8", errors="replace"), re.I):
            yield path
