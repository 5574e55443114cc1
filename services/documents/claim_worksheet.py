"""The claim worksheet: what of each day can be billed, and why the rest is held back.

Its columns are those of an institution's claim (UB-04, 837I) that Daybook has something to say of.
No amount stands in it, and neither a diagnosis nor a payer's number: the attending provider's NPI
and the authorization's number are blank, since they are kept elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from projections import compliance
from services.documents.clinic import Patient, called, clinic_of
from services.documents.kind import Asked, Document, Table, kind
from services.reports.history_wording import words
from services.reports.policies import adopted_policies
from services.reports.queries import ReportQueries
from services.reports.verdict_words import reason_words

DAY = timedelta(days=1)
USUAL_DAYS = 30
"""Days up to yesterday of which a worksheet is, unless a span is given."""

OF_MEDICARE = "92"
"""The condition code of a claim for intensive outpatient care to Medicare.

https://med.noridianmedicare.com/web/jea/article-detail/-/view/10521/\
new-condition-code-92-billing-requirements-for-iop-services; the manual itself was not read.
"""

NOT_KNOWN = "Not on record"

INSTEAD: Mapping[str, str] = {
    "discrete-services": "discrete services, since the day is too short",
    "hourly": "by the hour, since the day is too short",
}
"""As what a day is billed that is too short to be one."""

LEFT_OUT: Mapping[str, str] = {
    "excluded": "not billed beside the code of the day",
    "video": "by video, which is not covered",
    "minutes": "too few minutes for its code",
    "services": "there is no code for it",
}
"""Why no line bills a service."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days of the authorization that covers a line."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a claim: units of a code on a day. What is not known is None.

    `instead` says as what a day is billed that is too short to be one.
    """

    patient: Patient
    payer: str
    day: date
    condition_code: str | None
    revenue_code: str
    code: str
    units: int
    minutes: int
    tier: int | None
    authorization: Period | None
    instead: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A kind of service that no line of a payer's days bills, why, how often, and its minutes."""

    payer: str
    service: str
    code: str | None
    reason: str
    times: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Held:
    """A day on which a patient came and that is held back, with each reason in words."""

    patient: Patient
    payer: str
    day: date
    minutes: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayerTotal:
    """What a payer is billed for: days with a line, units of all lines, and days held back."""

    payer: str
    days: int
    lines: int
    units: int
    held: int


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """How many days are held back for a reason; a day may be held back for several."""

    reason: str
    days: int


@dataclass(frozen=True, slots=True)
class ClaimWorksheet:
    """The days on which the patients of a facility, or one of them, came within some days."""

    patient: Patient | None
    first: date
    last: date
    lines: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]
    held: tuple[Held, ...]
    payers: tuple[PayerTotal, ...]
    total: PayerTotal
    reasons: tuple[ReasonTotal, ...]


@kind(
    "claim-worksheet",
    about="facility",
    also="patient",
    title="Claim worksheet",
    reads=("directory", "attendance", "schedule", "care", "compliance"),
)
def claim_worksheet(reports: ReportQueries, asked: Asked) -> Document:
    """Return what of each day can be billed, and why the rest is not, of a facility or a patient.

    Unless a span is given it is of thirty days up to yesterday.
    """
    with reports.connected() as conn:
        clinic = clinic_of(reports, conn)
        only = reports.whose(conn, asked.patient_id)
        first, last = asked.span(clinic.today(reports.now) - DAY, USUAL_DAYS)
        wanted = {
            "facility_id": clinic.facility_id,
            "only": only,
            **{"through": last, "first": first, "last": last},
        }
        rows = conn.execute(compliance.DAYS, wanted).fetchall()
        people = reports.people(conn)
        people.load(each.patient_id for each in rows)
        regimes = {
            (each.policy_id, each.version): each.regime for each in adopted_policies(reports)
        }
        periods = _periods(conn, rows)
        names = {each.patient_id: called(people, each.patient_id) for each in rows}
        rows.sort(key=lambda each: (_payer(each), names[each.patient_id].mrn, each.day))
        lines = tuple(
            line
            for each in rows
            for line in _lines(each, names[each.patient_id], regimes, periods[each.patient_id])
        )
        held = tuple(
            _held(each, names[each.patient_id], periods[each.patient_id])
            for each in rows
            if not each.lines
        )
        facts = ClaimWorksheet(
            called(people, only[0]) if only and asked.patient_id else None,
            *(first, last, lines, _left_out(rows), held),
            *_totals(lines, held),
            tuple(ReasonTotal(reason, days) for reason, days in _by_reason(held)),
        )
    shown = frozenset(each.patient_id for each in rows) | frozenset(only or ())
    return Document(facts, _table(facts), clinic.site, shown)


def _payer(row: Any) -> str:
    return row.payer or NOT_KNOWN


def _periods(conn: psycopg.Connection[Any], rows: Iterable[Any]) -> dict[str, list[Any]]:
    """Return the authorizations of each patient who came, the first to end first."""
    return {
        patient_id: conn.execute(compliance.AUTHORIZATIONS, {"patient_id": patient_id}).fetchall()[
            ::-1
        ]
        for patient_id in sorted({each.patient_id for each in rows})
    }


def _lines(
    row: Any, patient: Patient, regimes: Mapping[tuple[Any, Any], str], periods: Iterable[Any]
) -> Iterator[Line]:
    """Yield what is billed of a day."""
    is_medicare = regimes.get((row.policy_id, row.version)) == "medicare"
    authorized = next(
        (
            Period(each.first_day, each.last_day)
            for each in periods
            if each.code == row.code and each.first_day <= row.day <= each.last_day
        ),
        None,
    )
    for each in row.lines:
        yield Line(
            patient,
            _payer(row),
            row.day,
            condition_code=OF_MEDICARE if is_medicare else None,
            revenue_code=each["revenue_code"],
            code=each["code"],
            units=each["units"],
            minutes=each["minutes"],
            tier=row.tier,
            authorization=authorized if each["code"] == row.code else None,
            instead=INSTEAD[row.fallback] if row.fallback else None,
        )


def _left_out(rows: Iterable[Any]) -> tuple[LeftOut, ...]:
    """Count the services of days with lines that none of them bills."""
    found: dict[tuple[str, str, str | None, str], list[int]] = defaultdict(list)
    for row in rows:
        for each in row.left_out if row.lines else ():
            what = (words(each["service"]), each["code"], LEFT_OUT[each["reason"]])
            found[_payer(row), *what].append(each["minutes"])
    return tuple(
        LeftOut(*what, times=len(minutes), minutes=sum(minutes))
        for what, minutes in sorted(found.items(), key=lambda each: tuple(map(str, each[0])))
    )


def _held(row: Any, patient: Patient, periods: Iterable[Any]) -> Held:
    covered = any(each.first_day <= row.day <= each.last_day for each in periods)
    reasons = tuple(reason_words(each, authorized=covered) for each in row.reasons)
    return Held(patient, _payer(row), row.day, row.minutes, reasons)


def _totals(
    lines: tuple[Line, ...], held: tuple[Held, ...]
) -> tuple[tuple[PayerTotal, ...], PayerTotal]:
    """Return what each payer is billed for, and all of them together."""
    payers = sorted({each.payer for each in lines} | {each.payer for each in held})
    return tuple(
        _total(
            payer,
            [each for each in lines if each.payer == payer],
            [each for each in held if each.payer == payer],
        )
        for payer in payers
    ), _total("All payers", lines, held)


def _total(payer: str, lines: Sequence[Line], held: Sequence[Held]) -> PayerTotal:
    days = {(each.patient, each.day) for each in lines}
    units = sum(each.units for each in lines)
    return PayerTotal(payer, len(days), len(lines), units, len(held))


def _by_reason(held: Iterable[Held]) -> list[tuple[str, int]]:
    """Count days by reason; the most frequent come first."""
    counted = Counter(reason for each in held for reason in each.reasons)
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


COLUMNS = (
    *("mrn", "name", "date", "payer", "condition_code", "revenue_code", "hcpcs", "units"),
    *("minutes", "tier", "authorized_from", "authorized_through", "attending_npi", "remark"),
)


def _table(facts: ClaimWorksheet) -> Table:
    """Return a row for each line, then one for each day that is held back, with no units."""
    rows: list[tuple[Any, ...]] = [
        (
            *(each.patient.mrn, each.patient.name, each.day, each.payer, each.condition_code),
            *(each.revenue_code, each.code, each.units, each.minutes, each.tier),
            each.authorization and each.authorization.first_day,
            each.authorization and each.authorization.last_day,
            *(None, each.instead),
        )
        for each in facts.lines
    ]
    rows += [
        (
            *(each.patient.mrn, each.patient.name, each.day, each.payer, None, None, None),
            *(0, each.minutes, None, None, None, None, "; ".join(each.reasons)),
        )
        for each in facts.held
    ]
    return Table(COLUMNS, rows)
