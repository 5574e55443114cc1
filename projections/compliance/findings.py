"""The findings as they stand, and what they were before a record was changed after the fact.

A verdict stands once its last day is over. What changes it afterwards, by whichever command, is
noted as a revision with the verdict that stood before; several events of one command count as one
change, however they were taken in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, LiteralString

from domain.compliance.caseload import COUNSELORS
from domain.compliance.days import DAILY
from domain.compliance.evaluation import Scope
from domain.compliance.facts import FacilityFacts
from domain.compliance.finding import Finding
from domain.compliance.hours import WEEKLY
from domain.compliance.months import MONTHLY
from domain.compliance.recurring import STAYS
from domain.compliance.sessions import SIGNED
from domain.compliance.visits import VISITS
from domain.policy import RuleName
from domain.times import week_of
from projections.compliance.bulk_write import Row, written
from projections.compliance.case_files import Asking
from projections.compliance.transitions import ChangeCause, Turns, Verdict
from projections.view import Change, Question


def _names(rules: Iterable[Any]) -> frozenset[RuleName]:
    return frozenset(each.__name__.replace("_", "-") for each in rules)


OF_A_WEEK = _names((*WEEKLY, *COUNSELORS))
OF_A_MONTH = _names(MONTHLY)
OF_A_DAY = _names(DAILY)
OF_A_PERIOD = OF_A_WEEK | OF_A_MONTH | OF_A_DAY
OF_A_STAY = _names(rule for rule, _ in STAYS)
DUE_IN_TIME = OF_A_STAY | _names((*VISITS, *SIGNED))
"""The rules that ask for something to be done in time."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A verdict that stood before a command, and what the command made of it.

    `was` is None where the command's first events were taken in with an earlier batch, `became`
    where nothing is asked of anybody any longer.
    """

    subject: str
    was: Verdict | None
    became: Verdict | None
    cause: ChangeCause

    def row(self, finding_id: str) -> Row:
        """Return what is kept of it, and what the command made of the verdict."""
        was, became = (each.says if each else (None,) * 4 for each in (self.was, self.became))
        columns = ("state", "measured", "required", "version")
        return {
            "finding_id": finding_id,
            "command_id": self.cause.command_id,
            "subject": self.subject,
            "at": self.cause.at,
            **{f"was_{column}": value for column, value in zip(columns, was, strict=True)},
            "events": self.cause.events,
            **dict(zip(columns, became, strict=True)),
        }


@dataclass(slots=True)
class _Subject:
    """The verdicts about one subject of what began on a day or later."""

    since: date
    verdicts: dict[str, Verdict] = field(default_factory=dict)


@dataclass(slots=True)
class Verdicts:
    """The verdicts that a batch has to do with, and what it changes of them."""

    findings: dict[str, Finding] = field(default_factory=dict)
    """The findings as they are after this batch, of those that were judged."""
    turns: Turns = field(default_factory=Turns)
    _subjects: dict[str, _Subject] = field(default_factory=dict)
    _written: dict[str, tuple[str, str]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _revisions: dict[tuple[str, str], Revision] = field(default_factory=dict)
    _going_on: dict[tuple[str, str], Row] = field(default_factory=dict)

    def open(self, scopes: Mapping[str, Scope], site: FacilityFacts) -> Asking[None]:
        """Read the verdicts about subjects within the scope of each."""
        wanted: dict[str, date] = {}
        for subject, scope in scopes.items():
            floor = min(floors(scope, site).values())
            known = self._subjects.get(subject)
            if known is None or known.since > floor:
                wanted[subject] = floor
        if not wanted:
            return
        rows = yield Question(
            "SELECT finding_id, subject, facility_id, rule, policy_id, patient_id, about, from_day,"
            " to_day, state, measured, required, version, seal, command_id"
            " FROM findings JOIN unnest(%s::text[], %s::date[]) AS w (wanted, since)"
            " ON subject = w.wanted AND from_day >= w.since",
            (list(wanted), list(wanted.values())),
        )
        for subject, floor in wanted.items():
            known = self._subjects.setdefault(subject, _Subject(floor))
            known.since = min(known.since, floor)
        for finding_id, *rest in rows:
            if finding_id not in self._gone:
                verdict = Verdict(*rest)
                self._subjects[verdict.subject].verdicts.setdefault(finding_id, verdict)

    def replace(
        self,
        subject: str,
        site: FacilityFacts,
        findings: Iterable[Finding],
        scope: Scope,
        cause: ChangeCause | None,
    ) -> None:
        """Replace all findings that began on their rule's floor or later."""
        if cause and cause.goes_on:
            command = {"subject": subject, "command_id": cause.command_id, "events": cause.events}
            self._going_on[subject, cause.command_id] = command
        found = {each.finding_id: each for each in findings}
        since = floors(scope, site)
        for finding_id, verdict in list(self._subjects[subject].verdicts.items()):
            floor = since.get(verdict.rule, since[None])
            if finding_id not in found and verdict.first_day >= floor:
                self._drop((finding_id, subject), verdict, scope, cause)
        for finding_id, finding in found.items():
            self._stand((finding_id, subject), finding, site, scope, cause)

    def _drop(
        self, of: tuple[str, str], old: Verdict, scope: Scope, cause: ChangeCause | None
    ) -> None:
        """Drop a finding where nothing is asked any longer."""
        finding_id, subject = of
        if cause and old.given_before(cause):
            key = (finding_id, cause.command_id)
            self._revisions.setdefault(key, Revision(subject, old, None, cause))
        self.turns.take(finding_id, old, None, scope.now, cause)
        del self._subjects[subject].verdicts[finding_id]
        self.findings.pop(finding_id, None)
        self._written.pop(finding_id, None)
        self._gone.add(finding_id)

    def _stand(
        self,
        of: tuple[str, str],
        finding: Finding,
        site: FacilityFacts,
        scope: Scope,
        cause: ChangeCause | None,
    ) -> None:
        """Write a finding, and note what it was before."""
        finding_id, subject = of
        known = self._subjects[subject].verdicts
        old = known.get(finding_id)
        new = Verdict.of(finding, subject, site, cause.command_id if cause else None)
        self.findings[finding_id] = finding
        if old and old.seal == new.seal:
            return
        if old and old.says == new.says:
            new = replace(new, command_id=old.command_id)
        elif old and cause:
            self._revise((finding_id, subject), old, new, cause)
        self.turns.take(finding_id, old, new, scope.now, cause)
        known[finding_id] = new
        self._written[finding_id] = (subject, site.facility_id)
        self._gone.discard(finding_id)

    def _revise(self, of: tuple[str, str], old: Verdict, new: Verdict, cause: ChangeCause) -> None:
        """Note what stood before a command; what its own first events made of it is no verdict."""
        finding_id, subject = of
        key = (finding_id, cause.command_id)
        if old.command_id == cause.command_id:
            was = self._revisions[key].was if key in self._revisions else None
            self._revisions[key] = Revision(subject, was, new, cause)
        elif old.given_before(cause):
            self._revisions[key] = Revision(subject, old, new, cause)

    def changes(self) -> Iterator[Change]:
        """Write what has changed."""
        if self._gone:
            gone = sorted(self._gone)
            yield "DELETE FROM findings WHERE finding_id = ANY(%s)", (gone,)
        yield from written(_WRITE, self._rows())
        revised = [(id, each) for (id, _), each in self._revisions.items()]
        begun = [each.row(id) for id, each in revised if each.was]
        continued = [each.row(id) for id, each in revised if each.was is None]
        yield from written(_REVISE, begun)
        yield from written(_GO_ON, self._going_on.values())
        yield from written(_TAKE_BACK, begun + continued)
        yield from self.turns.changes()

    def _rows(self) -> Iterator[Row]:
        for finding_id, (subject, facility_id) in self._written.items():
            verdict = self._subjects[subject].verdicts[finding_id]
            yield _row(finding_id, subject, facility_id, self.findings[finding_id], verdict)


Floors = Mapping[RuleName | None, date]
"""From when on each rule's findings are judged; under None, those about visits and sessions."""


def floors(scope: Scope, site: FacilityFacts) -> Floors:
    """Return from when on each rule's findings are within a scope."""
    days = scope.days
    week, month = week_of(days, site.week_starts_on), days.replace(day=1)
    return {
        None: scope.visits,
        **dict.fromkeys(OF_A_DAY, days),
        **dict.fromkeys(OF_A_WEEK, week),
        **dict.fromkeys(OF_A_MONTH, month),
        **dict.fromkeys(OF_A_STAY, scope.stays),
    }


_WRITE: LiteralString = """
    INSERT INTO findings SELECT * FROM json_populate_recordset(NULL::findings, %s)
    ON CONFLICT (finding_id) DO UPDATE SET (version, to_day, state, measured, required, unit,
        because, evidence, mends, until, seal, command_id) = (EXCLUDED.version, EXCLUDED.to_day,
        EXCLUDED.state, EXCLUDED.measured, EXCLUDED.required, EXCLUDED.unit, EXCLUDED.because,
        EXCLUDED.evidence, EXCLUDED.mends, EXCLUDED.until, EXCLUDED.seal, EXCLUDED.command_id)
"""


_REVISE: LiteralString = """
    INSERT INTO revisions SELECT * FROM json_populate_recordset(NULL::revisions, %s)
    ON CONFLICT (finding_id, command_id) DO UPDATE SET events = EXCLUDED.events
"""

_GO_ON: LiteralString = """
    UPDATE revisions r SET events = w.events
    FROM json_populate_recordset(NULL::revisions, %s) w
    WHERE (r.subject, r.command_id) = (w.subject, w.command_id)
"""
"""More events of a command of which the first came with an earlier batch."""

_TAKE_BACK: LiteralString = """
    DELETE FROM revisions r USING json_to_recordset(%s) AS w (finding_id text, command_id text,
        state text, measured integer, required integer, version integer)
    WHERE (r.finding_id, r.command_id) = (w.finding_id, w.command_id)
        AND (r.was_state, r.was_measured, r.was_required, r.was_version)
            IS NOT DISTINCT FROM (w.state, w.measured, w.required, w.version)
"""
"""A command that changed a verdict and changed it back did nothing."""


def _row(
    finding_id: str, subject: str, facility_id: str, finding: Finding, verdict: Verdict
) -> Row:
    return {
        "finding_id": finding_id,
        "subject": subject,
        "facility_id": facility_id,
        "rule": finding.rule,
        "policy_id": finding.policy_id,
        "version": finding.version,
        "patient_id": finding.patient_id,
        "about": finding.about,
        "from_day": finding.first_day,
        "to_day": finding.last_day,
        "state": finding.state,
        "measured": finding.measured,
        "required": finding.required,
        "unit": finding.unit,
        "because": finding.because,
        "evidence": finding.evidence,
        "mends": finding.mends,
        "until": finding.until,
        "seal": verdict.seal,
        "command_id": verdict.command_id,
    }
