"""Who looked at whose record: written before it is shown, and only ever added to."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, LiteralString

import orjson

from domain import bounds
from services.access.access_log_end import WRITING
from services.access.database import AccessDatabase
from services.access.principal import Principal, Via
from services.access.refusals import AccessRefused
from services.access.sign_in_sessions import Purpose

Outcome = Literal["shown", "refused"]

MOST_AT_ONCE = 500
"""Entries that are written with one commit, at most."""


class EntryUnsound(AccessRefused):
    """Somebody looks without saying why where that has to be said, or in a text that is none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page that is about to be shown, or was refused, with all patients that are on it.

    `what` is the name of a question or record, `patient_ids` are random ids; `address` and `via`
    say from where. `emergency` opens what the role may not see, and needs a reason.
    """

    account: str
    name: str
    roles: tuple[str, ...]
    facility_id: str | None
    what: str
    patient_ids: Sequence[str]
    purpose: Purpose
    address: str
    via: Via
    reason: str | None = None
    emergency: bool = False
    outcome: Outcome = "shown"

    def __post_init__(self) -> None:
        if self.emergency and not (self.reason or "").strip():
            raise EntryUnsound("an emergency needs a reason, in words")
        if self.reason is not None and (problem := bounds.text_problem(self.reason)):
            raise EntryUnsound(f"the reason is {problem}")

    @classmethod
    def of(
        cls,
        principal: Principal,
        facility_id: str | None,
        what: str,
        patient_ids: Sequence[str],
        **why: Any,
    ) -> "Entry":
        """Return the entry of somebody who asks, with the roles that they have there.

        Who is a patient alone is called by their random id, as in events: the log outlasts that
        they are forgotten.
        """
        grants = principal.grants if facility_id is None else principal.at(facility_id)
        roles = tuple(sorted({each.role.value for each in grants}))
        return cls(
            *(principal.account, _called(principal), roles, facility_id, what, patient_ids),
            via=principal.via,
            **why,
        )


def _called(principal: Principal) -> str:
    patients = [each.patient_id for each in principal.grants]
    return patients[0] if patients and patients[0] and all(patients) else principal.name


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry that is on record; a later one has a greater `entry_id`."""

    entry_id: int
    at: datetime
    entry: Entry = field(repr=False)


_ADD: LiteralString = f"""
    WITH writing AS MATERIALIZED ({WRITING})
    INSERT INTO access.log (at, account, name, roles, facility_id, what, patient_ids, purpose,
        reason, emergency, outcome, address, via)
    SELECT %s, account, name, roles, facility_id, what, patient_ids, purpose,
        reason, emergency, outcome, address, via
    FROM json_to_recordset(%s) AS said (account text, name text, roles text[], facility_id text,
        what text, patient_ids text[], purpose text, reason text, emergency boolean,
        outcome text, address text, via text), writing
"""  # noqa: S608 - a part of ours
"""The lock is held before the first id is drawn: a row is joined before it is given its id."""

_FIND: LiteralString = """
    SELECT entry_id, at, account, name, roles, facility_id, what, patient_ids, purpose, address,
        via, reason, emergency, outcome
    FROM access.log
    WHERE (%(patient_ids)s::text[] IS NULL OR patient_ids && %(patient_ids)s::text[])
        AND (%(account)s::text IS NULL OR account = %(account)s)
        AND (%(facility_id)s::text IS NULL OR facility_id = %(facility_id)s)
        AND (NOT %(emergency)s OR emergency)
        AND (%(what)s::text IS NULL OR what = %(what)s)
        AND (NOT %(of_patients)s OR patient_ids <> '{}' OR outcome = 'refused')
        AND (%(before)s::bigint IS NULL OR entry_id < %(before)s)
    ORDER BY entry_id DESC LIMIT %(limit)s
"""


def logged(row: Sequence[Any]) -> Logged:
    """Return the entry of a row, which has the columns of `_FIND`."""
    entry_id, at, account, name, roles, *said = row
    return Logged(entry_id, at, Entry(account, name, tuple(roles), *said))


class AccessLog:
    """Adds entries and finds them again."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def record(self, *entries: Entry) -> None:
        """Add entries, with one commit: once this returns they are on record."""
        said = orjson.dumps([_facts(each) for each in entries]).decode()
        with self._database.transaction() as conn:
            conn.execute(_ADD, (self._database.now(), said))

    def reasons_with(self, patient_ids: Collection[str], pattern: str) -> int:
        """Return how many entries about these patients have a pattern in their reason or review."""
        with self._database.transaction() as conn:
            [(found,)] = conn.execute(
                "SELECT count(*) FROM access.log l LEFT JOIN access.emergency_reviews r"
                " USING (entry_id) WHERE patient_ids && %s AND concat_ws(' ', reason, found) ~* %s",
                (list(patient_ids), pattern),
            ).fetchall()
        return int(found)

    def find(
        self,
        *,
        patient_ids: Iterable[str] | None = None,
        account: str | None = None,
        facility_id: str | None = None,
        what: str | None = None,
        emergency: bool = False,
        of_patients: bool = False,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Logged]:
        """Return entries, the latest first: about any of these patients, of an account or facility.

        With `what` only those of that, with `emergency` only emergencies, with `of_patients` only
        pages on which somebody was, or that were refused; `before` an entry's id, so many at most.
        """
        asked = {
            "patient_ids": None if patient_ids is None else sorted(patient_ids),
            "account": account,
            "facility_id": facility_id,
            "what": what,
            "emergency": emergency,
            "of_patients": of_patients,
            "before": before,
            "limit": limit,
        }
        with self._database.transaction() as conn:
            return [logged(row) for row in conn.execute(_FIND, asked)]


class GatheredLog:
    """Adds entries of requests that wait at once with one commit, for one event loop."""

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, entry: Entry) -> None:
        """Add an entry: once this returns it is on record. Raises what the database raises."""
        added = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, added))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await added

    async def _write(self) -> None:
        try:
            while batch := self._waiting[:MOST_AT_ONCE]:
                del self._waiting[: len(batch)]
                failed = await self._try([entry for entry, _ in batch])
                for _, added in batch:
                    if added.done():  # whoever waited was cancelled
                        continue
                    if failed:
                        added.set_exception(failed)
                    else:
                        added.set_result(None)
        finally:
            self._writing = None

    async def _try(self, entries: Sequence[Entry]) -> Exception | None:
        try:
            await asyncio.to_thread(self._log.record, *entries)
        except Exception as why:  # each request has its own answer
            return why
        return None


def _facts(entry: Entry) -> dict[str, object]:
    return asdict(entry) | {"patient_ids": sorted(set(entry.patient_ids))}
