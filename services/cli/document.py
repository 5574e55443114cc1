"""`daybook document`: what a program hands to surveyors, payers, courts and patients, as files."""

import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.console import NO, err, say
from services.cli.options import (
    DEFAULT_DATA,
    DOCUMENT_KINDS,
    AsOf,
    Data,
    Facility,
    Mrn,
    Years,
    day_of,
    one_of,
)
from services.cli.report_scope import ReportScope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.access.principal import Principal
    from services.documents.kind import Asked, Kind, Order
    from services.documents.making import Made
    from services.hosting.bootstrap import Runtime
    from services.reports.queries import ReportQueries

AUTHOR = "command line"
"""Who is on record as the author of what a document discloses, where no account has it made."""

TRIES = 3
"""How often a document is drawn up of the present while others record."""


class Form(StrEnum):
    """As what a document is written."""

    PDF = "pdf"
    CSV = "csv"
    JSON = "json"


def kind_of(raw: str) -> str:
    """Return the kind of document that an argument names."""
    return one_of(raw, DOCUMENT_KINDS, "kind of document")


def scope_of(raw: str) -> tuple[str, ...]:
    """Return the parts of a disclosure that an option names."""
    known = tuple(dict.fromkeys(each for parts in _parts().values() for each in parts))
    return tuple(dict.fromkeys(one_of(each.strip(), known, "part") for each in raw.split(",")))


def _parts() -> Mapping[str, tuple[str, ...]]:
    """Return the parts that each kind of document can have that is a disclosure."""
    from services.documents.kinds import KINDS

    return {name: each.tells for name, each in KINDS.items() if each.tells}


def document(
    kind: Annotated[
        Any, typer.Argument(parser=kind_of, metavar="KIND", help=f"{', '.join(DOCUMENT_KINDS)}.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")],
    patient: Mrn = None,
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one session, by its id.")
    ] = None,
    program: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one program: an audit trail.")
    ] = None,
    staff: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one staff member: an audit trail.")
    ] = None,
    facility: Facility = None,
    first: Annotated[
        Any, typer.Option("--from", parser=day_of, metavar="DATE", help="The first day.")
    ] = None,
    last: Annotated[
        Any, typer.Option("--through", parser=day_of, metavar="DATE", help="The last day.")
    ] = None,
    consent: Annotated[
        str | None, typer.Option(metavar="ID", help="Under which consent a court or payer is told.")
    ] = None,
    recipient: Annotated[
        str | None, typer.Option(metavar="NAME", help="Or to whom, as a consent names them.")
    ] = None,
    scope: Annotated[
        Any,
        typer.Option(
            parser=scope_of,
            metavar="PARTS",
            help="What is told, with commas: a court attendance, drug-tests, support, discharge;"
            " a payer attendance, plan, assessments, drug-tests.",
        ),
    ] = None,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="A report to a court about an emergency.")
    ] = False,
    years: Years = 3,
    as_of: AsOf = None,
    form: Annotated[Form, typer.Option("--format", help="As what to write it.")] = Form.PDF,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a document that a program hands in, of a patient, a session or a facility."""
    from services.documents.kind import Asked
    from services.documents.kinds import KINDS

    wanted = KINDS[kind]
    subjects = {"patient": patient, "session": session, "program": program, "staff": staff}
    _check_about(wanted, subjects)
    asked = Asked(
        session_id=session,
        program_id=program,
        staff_id=staff,
        years=years,
        first=first,
        last=last,
        asked_at=datetime.now(UTC),
        consent_id=consent,
        recipient=recipient,
        scope=scope or (),
        emergency=emergency,
    )
    _check_told(wanted, asked)
    of = ReportScope(data, facility, None, as_of, wanted.reads)
    hand_out(wanted, asked, patient, of, out=out, form=form)


def hand_out(
    wanted: "Kind", asked: "Asked", patient: str | None, of: ReportScope, *, out: Path, form: Form
) -> None:
    """Make a document, of a patient by their record number or of what is asked, and write it."""
    from domain.errors import Refusal
    from services.documents.kind import Refused

    _check_place(out)
    try:
        made, content = _made(wanted, asked, patient, of, form)
    except (Refused, Refusal) as refused:
        raise typer.Exit(say(refused, NO)) from None
    _write(out, content)
    err.print(f"{wanted.title} {made.number} is in {out}.")


def _check_about(kind: "Kind", subjects: Mapping[str, str | None]) -> None:
    """Raise BadParameter unless a document is asked of what its kind is about."""
    if kind.about == "record":
        if sum(given is not None for given in subjects.values()) != 1:
            options = ", ".join(f"--{each}" for each in subjects)
            raise typer.BadParameter(f"{kind.name} is about one of these: say one of {options}")
        return
    for about, given in subjects.items():
        if kind.about == about and given is None:
            raise typer.BadParameter(f"{kind.name} is about a {about}: say --{about}")
        if about not in {kind.about, kind.also} and given is not None:
            raise typer.BadParameter(f"{kind.name} is about a {kind.about}: leave out --{about}")


def _check_told(kind: "Kind", asked: "Asked") -> None:
    """Raise BadParameter where it is said what is told, and the document tells it nobody."""
    parts = _parts().get(kind.name)
    if parts is None and (asked.consent_id or asked.scope):
        raise typer.BadParameter(f"{kind.name} is no disclosure: leave out --consent, --scope")
    if kind.name != "court-report" and (asked.recipient or asked.emergency):
        raise typer.BadParameter(
            f"{kind.name} goes to no court: leave out --recipient, --emergency"
        )
    if parts and (beyond := [each for each in asked.scope if each not in parts]):
        raise typer.BadParameter(f"{kind.name} has no part {beyond[0]}; it has {', '.join(parts)}")
    if asked.consent_id is not None and asked.recipient is not None:
        raise typer.BadParameter("--consent and --recipient exclude each other")


def _check_place(out: Path) -> None:
    """Raise BadParameter where no file can be written, before anything is asked or recorded."""
    folder = out.parent
    if out.is_dir() or not out.name:
        raise typer.BadParameter(f"--out names a folder, and has to name a file: {out}")
    if not folder.is_dir():
        raise typer.BadParameter(f"--out names a file in a folder that is not there: {folder}")
    if not os.access(folder, os.W_OK) or (out.exists() and not os.access(out, os.W_OK)):
        raise typer.BadParameter(f"--out names a file that may not be written: {out}")


def _made(
    kind: "Kind", asked: "Asked", mrn: str | None, of: ReportScope, form: Form
) -> tuple["Made", bytes]:
    """Make a document, and put on record who sees it, before it is written anywhere."""
    from dataclasses import replace

    from services.cli.looking import acting, check_may, reads_of_whom, record_look, viewer
    from services.cli.report_source import open_report_source

    reads = tuple({*of.reads, *reads_of_whom()})
    with open_report_source(replace(of, reads=reads)) as (reports, runtime):
        who = acting(runtime)
        reports.facility_id = check_may(runtime, who, kind.action, of.facility_id)
        reports.viewer = viewer(reports, who, kind.action)
        if mrn is not None:
            asked = replace(asked, patient_id=reports.patient_of(mrn))
        made = _drawn(kind, asked, of, reports, runtime)
        if made is not None:
            content = made.content(form.value)
            shown = made.document.patients
            record_look(runtime, kind.action, shown, reports.facility_id, who)
            _record(runtime, made.document.orders, who)
            return made, content
    # Others go on recording: as of a moment that is over nothing moves.
    return _made(kind, asked, mrn, replace(of, as_of=datetime.now(UTC)), form)


def _drawn(
    kind: "Kind", asked: "Asked", of: ReportScope, reports: "ReportQueries", runtime: "Runtime"
) -> "Made | None":
    """Return a document, and where it stands; None where others record each time meanwhile."""
    from services.cli.report_source import catch_up
    from services.documents.making import Standing, make, moment_of

    for _ in range(1 if of.as_of else TRIES):
        recorded = runtime.journal.recorded(of.as_of)
        standing = Standing(recorded.position, of.as_of or moment_of(recorded.latest))
        made = make(kind.name, reports, asked, standing)
        if of.as_of or runtime.journal.position() == recorded.position:
            return made
        catch_up(runtime)
    return None


def _record(runtime: "Runtime", orders: "Iterable[Order]", who: "Principal") -> None:
    """Have commands decided and recorded that a document is not handed out without."""
    import uuid

    from domain.aggregate import CommandContext
    from domain.author import user_author
    from services.application.command import COMMANDS

    author = AUTHOR if who.account == AUTHOR else user_author(who.name, who.account)
    for name, arguments in orders:
        context = CommandContext(f"document-{uuid.uuid4().hex}", datetime.now(UTC), author)
        runtime.commands.handle(context, COMMANDS[name], **arguments)


def _write(out: Path, content: bytes) -> None:
    """Write a file whole or not at all, which its owner alone may read."""
    handle, name = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, out)
    except BaseException:
        os.unlink(name)
        raise
