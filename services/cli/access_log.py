"""`daybook audit access`: who looked at whose record, when, why and from where."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.audit_paper import asks_for_paper, file_of, form_of
from services.cli.console import err, out
from services.cli.options import (
    DEFAULT_DATA,
    Data,
    Facility,
    Format,
    Mrn,
    PaperAs,
    PaperFormat,
    PaperOut,
    day_of,
)
from services.cli.report_scope import ReportScope

if TYPE_CHECKING:
    from services.access.access_log import Logged
    from services.reports.evidence import SealedHead
    from services.reports.queries import ReportQueries

WHAT = "access-log"
"""What it is called that somebody reads the log: itself an entry."""

NAMED = 3
"""Patients of one entry whose record numbers are printed; of the others the count."""


def access(
    *,
    patient: Mrn = None,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", help="What this account looked at alone.")
    ] = None,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="Emergencies alone: what a role does not include.")
    ] = False,
    last: Annotated[
        int, typer.Option(metavar="N", min=1, max=100_000, help="The last so many entries.")
    ] = 1000,
    facility: Facility = None,
    first: Annotated[
        Any, typer.Option("--from", parser=day_of, metavar="DATE", help="A PDF's first day.")
    ] = None,
    through: Annotated[
        Any, typer.Option("--through", parser=day_of, metavar="DATE", help="A PDF's last day.")
    ] = None,
    format: PaperAs = PaperFormat.TABLE,
    to: PaperOut = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Who looked at whose record, when, why and from where; the latest first.

    Of a patient, also at the records that were merged into theirs; as a PDF of a year unless said.
    """
    if asks_for_paper(format, to):
        if patient is None or account or emergency:
            raise typer.BadParameter("a PDF is of one patient: --patient, and no other choice")
        scope = ReportScope(data, facility)
        file_of("access-report", patient, scope, to, first=first, last=through)
        return
    if first or through:
        raise typer.BadParameter("--from and --through are for --format pdf; else say --last N")
    from services.access.store import open_access
    from services.cli.looking import acting, check_may, record_look
    from services.cli.report_source import open_report_source
    from services.reports.question import TELLS_OF_PATIENTS

    of = ReportScope(data, facility, reads=TELLS_OF_PATIENTS)
    with open_report_source(of) as (reports, runtime):
        who = acting(runtime)
        facility = reports.facility_id = check_may(runtime, who, WHAT, facility)
        ids = None if patient is None else _records(reports, reports.patient_of(patient))
        with open_access(runtime.engines.database_url, pool_size=1) as store:
            found = store.log.find(
                patient_ids=ids,
                account=account,
                facility_id=None if ids else facility,
                emergency=emergency,
                limit=last + 1,
            )
        is_more, found = len(found) > last, found[:last]
        heads = reports.evidence.heads_of_looks({each.entry_id for each in found})
        shown = ids or {each for logged in found for each in logged.entry.patient_ids}
        record_look(runtime, WHAT, shown, facility, who)
        _print(found, None if ids else _numbers(reports, found), heads, form_of(format))
    if is_more:
        err.print(f"Note: these are the last {last} entries; there are more (--last N).")


def _records(reports: "ReportQueries", patient_id: str) -> set[str]:
    """Return the ids of a patient's record and of those that were merged into it."""
    from projections import attendance

    with reports.connected() as conn:
        merges = conn.execute(attendance.MERGES).fetchall()
    return {patient_id, *(each for each, into in merges if into == patient_id)}


def _numbers(reports: "ReportQueries", found: "Sequence[Logged]") -> dict[str, str]:
    """Return the record numbers of those patients of entries that are printed."""
    named = {each for logged in found for each in logged.entry.patient_ids[:NAMED]}
    with reports.connected() as conn:
        people = reports.people(conn)
        people.load(named)
        return {each: people.mrn(each) for each in named}


def _print(
    found: "Sequence[Logged]",
    numbers: dict[str, str] | None,
    heads: "Mapping[int, SealedHead]",
    form: Format,
) -> None:
    """Print entries; on a terminal in fewer columns. Without numbers no patient is named."""
    from services.reports.report import Report

    title = "Who looked"
    if form is Format.TABLE:
        columns = ("at", "who", "looked at", "patients", "why", "from")
        out.print(Report(title, columns, [_line(each, numbers) for each in found]).table())
        return
    report = Report(
        title, COLUMNS, [_facts(each, numbers, heads.get(each.entry_id)) for each in found]
    )
    sys.stdout.write(report.csv() if form is Format.CSV else report.json())


COLUMNS = (
    *("at", "account", "name", "roles", "facility", "what", "patients", "purpose", "emergency"),
    *("reason", "outcome", "address", "via", "head_size", "head_at"),
)


def _facts(
    logged: "Logged", numbers: dict[str, str] | None, head: "SealedHead | None"
) -> tuple[Any, ...]:
    entry = logged.entry
    return (
        logged.at.isoformat(timespec="seconds"),
        *(entry.account, entry.name, " ".join(entry.roles), entry.facility_id, entry.what),
        _patients(logged, numbers),
        *(entry.purpose, entry.emergency, entry.reason, entry.outcome, entry.address, entry.via),
        *((head.size, head.at.isoformat(timespec="seconds")) if head else (None, None)),
    )


def _line(logged: "Logged", numbers: dict[str, str] | None) -> tuple[str, ...]:
    entry = logged.entry
    return (
        f"{logged.at:%Y-%m-%d %H:%M:%SZ}",
        f"{entry.name} [{entry.account}], {' '.join(entry.roles)}",
        f"{entry.what}{', refused' if entry.outcome == 'refused' else ''}",
        _patients(logged, numbers),
        f"emergency: {entry.reason}" if entry.emergency else entry.purpose,
        f"{entry.address}, {entry.via}",
    )


def _patients(logged: "Logged", numbers: dict[str, str] | None) -> str:
    """Return the record numbers of an entry's patients, or how many they are."""
    ids = logged.entry.patient_ids
    if numbers is None:
        return str(len(ids))
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(numbers[each] for each in ids[:NAMED]) + more
