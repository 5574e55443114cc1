"""The files: what is known of each patient, session, counselor, program and site, as it is kept.

A file is read when something touches it, changed in memory, and written once a batch: of a patient
only the visits that are otherwise, and of whom time alone has passed only what they wait for.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, LiteralString, TypeVar

from domain.compliance.evaluation import Part
from domain.compliance.facts import (
    PatientFacts,
    SessionFacts,
)
from projections.compliance.bulk_write import written
from projections.compliance.case_file import (
    EVER,
    SHAPES,
    VERDICTS,
    VISITS,
    WAITS,
    CaseFile,
    Key,
    Kind,
)
from projections.view import Change, Question, Rows, Step

FACTS = 100_000
"""How many visits, and places in sessions, stay in memory; with all that is theirs one takes some
2 KiB."""

Answer = TypeVar("Answer")
Asking = Generator[Step, Rows, Answer]
"""Steps that end with an answer."""


def answered(asking: Asking[Answer], ask: Callable[[Question], Rows]) -> Answer:
    """Return what steps come to that somebody answers; nothing is written."""
    try:
        step = next(asking)
        while True:
            step = asking.send(ask(step) if isinstance(step, Question) else ())
    except StopIteration as ended:
        answer: Answer = ended.value
        return answer


@dataclass(slots=True)
class CaseFiles:
    """The files that are in memory; None where there is none under a key."""

    known: dict[Key, CaseFile | None] = field(default_factory=dict)
    batch: int = 0
    _changed: dict[Key, CaseFile] = field(default_factory=dict)
    _watching: dict[str, set[str]] = field(default_factory=dict)
    """By a day's key the patients in memory who watch it."""
    _all_watching: set[str] = field(default_factory=set)
    """The days of which all who watch them are in memory."""

    def find(self, kind: Kind, id: str) -> CaseFile | None:
        """Return a file that was opened; None where there is none. KeyError: it was not opened."""
        return self.known[kind, id]

    def facts(self, kind: Kind, id: str) -> Any:
        """Return what is known under a key that was opened; None where there is no file."""
        found = self.known[kind, id]
        return found and found.facts

    def keep(self, kind: Kind, id: str, facts: Any) -> CaseFile:
        """Replace the facts under a key; they are written at the end."""
        found = self.known.get((kind, id))
        if found is None:
            found = self.known[kind, id] = CaseFile(kind, id, facts)
        found.facts, found.facts_changed = facts, True
        found.forget_judge()
        self.change(found)
        return found

    def change(self, file: CaseFile) -> None:
        """Remember that something of a file is to be written."""
        file.used = self.batch
        self._changed[file.kind, file.id] = file

    def open(self, keys: Iterable[Key]) -> Asking[None]:
        """Read the files that are not there yet."""
        missing: dict[Kind, set[str]] = {}
        for key in keys:
            if key not in self.known:
                missing.setdefault(key[0], set()).add(key[1])
                self.known[key] = None
        for kind, ids in missing.items():
            rows = yield Question(f"{_READ} WHERE kind = %s AND id = ANY(%s)", (kind, sorted(ids)))
            for row in rows:
                self._take(*row)

    def open_leaning(
        self, kind: Kind, on: str, since: date | None = None
    ) -> Asking[list[CaseFile]]:
        """Return the files of a kind that depend on something, sessions from a day on."""
        rows = yield Question(
            "SELECT id FROM files WHERE kind = %s AND leans_on && %s"
            " AND (day IS NULL OR day >= %s)",
            (kind, [on], since or EVER),
        )
        yield from self.open((kind, id) for (id,) in rows)
        return [
            each
            for each in self.known.values()
            if each and each.kind == kind and on in each.leans_on
        ]

    def open_watching(self, days: Collection[str]) -> Asking[None]:
        """Read the files of the patients for whom the open sessions of days decide something."""
        unknown = set(days) - self._all_watching
        if unknown:
            rows = yield Question("SELECT id FROM files WHERE watches && %s", (sorted(unknown),))
            yield from self.open(("patient", id) for (id,) in rows)
            self._all_watching |= unknown

    def watching(self, day: str) -> list[CaseFile]:
        """Return the files of the patients in memory who watch a day."""
        found = (self.known["patient", id] for id in sorted(self._watching.get(day, ())))
        return [each for each in found if each]

    def watch(self, file: CaseFile, part: Part, days: Iterable[str]) -> None:
        """Have a patient watch the open sessions of these days, in place of others."""
        wait = file.waits[part]
        watched = tuple(sorted(days))
        if watched == wait.watches:
            return
        before = file.watches
        wait.watches = watched
        now = file.watches
        for day in before - now:
            self._watching[day].discard(file.id)
        for day in now - before:
            self._watching.setdefault(day, set()).add(file.id)

    def open_due(self, now: datetime, at_most: int) -> Asking[list[CaseFile]]:
        """Return files of which there is more to say by now."""
        rows = yield Question(
            "SELECT kind, id FROM files WHERE due_at <= %s ORDER BY due_at, id LIMIT %s",
            (now, at_most),
        )
        return (yield from self._opened(rows))

    def open_due_at(self, instants: Mapping[str, datetime]) -> Asking[list[CaseFile]]:
        """Return files of sites of which there is more to say by an instant at each."""
        rows = yield Question(
            "SELECT kind, id FROM files JOIN unnest(%s::text[], %s::timestamptz[]) AS w (site, at)"
            " ON facility_id = w.site AND due_at <= w.at",
            (list(instants), list(instants.values())),
        )
        return (yield from self._opened(rows))

    def _opened(self, keys: Rows) -> Asking[list[CaseFile]]:
        yield from self.open((kind, id) for kind, id in keys)
        found = (self.known[kind, id] for kind, id in keys)
        return [each for each in found if each]

    def forget_judges(self) -> None:
        """Have everybody judged by what is known now of programs and sites."""
        for each in self.known.values():
            if each:
                each.forget_judge()

    def _take(self, *row: Any) -> None:
        kind, id, body, judged_at, waits, command_id, told, late, before, visits = row
        file = self.known[kind, id] = CaseFile(
            kind=kind,
            id=id,
            facts=SHAPES[kind].validate_json(body),
            judged_at=judged_at,
            waits=WAITS.validate_json(waits),
            command_id=command_id,
            told=tuple(told),
            late=late,
            before=VERDICTS.validate_json(before),
            used=self.batch,
        )
        if visits:
            file.facts.visits = {each.session_id: each for each in VISITS.validate_json(visits)}
        for day in file.watches:
            self._watching.setdefault(day, set()).add(id)

    def forget_commands(self, but: str) -> None:
        """Forget what commands did that are complete: all but the one with which a batch ends."""
        for each in self._changed.values():
            if each.command_id != but:
                each.told, each.before = (), {}

    def changes(self) -> Iterator[Change]:
        """Write what was changed."""
        changed = self._changed.values()
        yield from written(_WRITE, (each.row for each in changed if each.facts_changed))
        yield from written(_WAIT, (each.waiting_row for each in changed if not each.facts_changed))
        visits = [row for each in changed if each.visits_changed for row in each.visit_rows]
        yield from written(_WRITE_VISITS, (each for each in visits if each["body"]))
        gone = [each for each in visits if not each["body"]]
        if gone:
            of, at = ([each[name] for each in gone] for name in ("patient_id", "session_id"))
            yield _DELETE_VISITS, (of, at)
        for each in changed:
            each.facts_changed = False
            each.visits_changed.clear()
        self._changed = {}

    def forget_some(self, since: int) -> None:
        """Drop sessions and days that no batch has used since one; of much, all that is oldest."""
        known = [
            each
            for each in self.known.values()
            if each and (each.used >= since or each.kind not in {"session", "day"})
        ]
        known.sort(key=lambda each: each.used, reverse=True)
        if sum(_weight(each) for each in known) > FACTS:
            self._all_watching.clear()
            weight = 0
            for number, each in enumerate(known):
                weight += _weight(each)
                if weight > FACTS // 2:
                    known = known[:number]
                    break
        self.known = {(each.kind, each.id): each for each in known}
        self._watching = {}
        for each in known:
            each.forget_judge()
            for day in each.watches:
                self._watching.setdefault(day, set()).add(each.id)


def _weight(file: CaseFile) -> int:
    """Return how many visits and places a file has."""
    match file.facts:
        case PatientFacts() as facts:
            return len(facts.visits)
        case SessionFacts() as facts:
            return len(facts.places)
    return 0


_READ: LiteralString = """
    SELECT kind, id, body, judged_at, waits, command_id, told, late, before,
        CASE kind WHEN 'patient' THEN (
            SELECT '[' || string_agg(v.body, ',') || ']' FROM visits v WHERE v.patient_id = f.id
        ) END
    FROM files f
"""

_WRITE: LiteralString = """
    INSERT INTO files SELECT * FROM json_populate_recordset(NULL::files, %s)
    ON CONFLICT (kind, id) DO UPDATE SET
        (body, leans_on, day, judged_at, due_at, waits, watches, command_id, told, late, before)
        = (EXCLUDED.body, EXCLUDED.leans_on, EXCLUDED.day, EXCLUDED.judged_at, EXCLUDED.due_at,
        EXCLUDED.waits, EXCLUDED.watches, EXCLUDED.command_id, EXCLUDED.told, EXCLUDED.late,
        EXCLUDED.before)
"""

_WAIT: LiteralString = """
    UPDATE files f SET (judged_at, due_at, waits, watches, command_id, told, late, before)
        = (w.judged_at, w.due_at, w.waits, w.watches, w.command_id, w.told, w.late, w.before)
    FROM json_populate_recordset(NULL::files, %s) w WHERE (f.kind, f.id) = (w.kind, w.id)
"""

_WRITE_VISITS: LiteralString = """
    INSERT INTO visits SELECT * FROM json_populate_recordset(NULL::visits, %s)
    ON CONFLICT (patient_id, session_id) DO UPDATE SET body = EXCLUDED.body
"""

_DELETE_VISITS: LiteralString = """
    DELETE FROM visits v USING unnest(%s::text[], %s::text[]) AS w (patient_id, session_id)
    WHERE (v.patient_id, v.session_id) = (w.patient_id, w.session_id)
"""
