"""`daybook audit export`: what a log holds, as files that can be checked without Daybook."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain import bounds
from services.cli.console import NO, err, progress, say
from services.cli.options import DEFAULT_DATA, Data, Facility, day_of, one_of
from services.cli.standard_input import record_number

if TYPE_CHECKING:
    from services.audit.bundles.bundle_part import Part, Span
    from services.audit.bundles.export_bundle import Exported
    from services.audit.tree.seals import Head
    from services.hosting.bootstrap import Runtime

WHAT = "audit-export"
"""What it is called in the access log that somebody exports."""


LOG_NAMES = ("journal", "access", "findings", "billable", "shared")
"""The logs that are sealed, for help and options: to import them takes longer."""


def place_of(raw: str) -> int | date:
    """Return the position or the day of recording that an option says."""
    if raw.isascii() and raw.isdecimal():
        if not 1 <= int(raw) < 2**63:
            raise typer.BadParameter(f"{raw} is not a position: they begin with 1")
        return int(raw)
    try:
        return day_of(raw)
    except typer.BadParameter as why:
        raise typer.BadParameter(f"{why}; or a position, like 4592") from None


def export(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER|FILE.zip", help="Where to write the bundle.")
    ],
    facility: Facility = None,
    patient: Annotated[
        Any,
        typer.Option(
            parser=record_number,
            metavar="MRN|ID",
            help="Of one patient alone; -: the number is read from standard input.",
        ),
    ] = None,
    first: Annotated[
        Any,
        typer.Option(
            "--from", parser=place_of, metavar="POSITION|DATE", help="The first, or its day (UTC)."
        ),
    ] = None,
    last: Annotated[
        Any,
        typer.Option(
            "--through", parser=place_of, metavar="POSITION|DATE", help="The last, or its day."
        ),
    ] = None,
    without_bodies: Annotated[
        bool, typer.Option("--without-bodies", help="Leaves alone: nothing of what events say.")
    ] = False,
    to: Annotated[
        str | None, typer.Option(metavar="WHO", help="Who gets it; it is on record.")
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A head that they hold: prove that this one goes on."),
    ] = None,
    log: Annotated[str, typer.Option(metavar="LOG", help=f"{', '.join(LOG_NAMES)}.")] = "journal",
    data: Data = DEFAULT_DATA,
) -> None:
    """Write a bundle that checks offline, with the public key alone: whole, or a part of it."""
    from services.audit.bundles.bundle_part import Span
    from services.audit.bundles.export_bundle import NotExported
    from services.hosting.bootstrap import open_runtime

    if to is not None and (problem := bounds.line_problem(to) or (None if to.strip() else "empty")):
        raise typer.BadParameter(f"--to is {problem}")
    log = one_of(log, LOG_NAMES, "log")
    is_part = (facility, patient, first, last) != (None, None, None, None)
    if is_part and log != "journal":
        raise typer.BadParameter(f"parts are of the journal; {log} is exported whole")
    _check_place(out)
    span = None if first is None and last is None else Span(first, last)
    with open_runtime(data) as runtime, _staged(out) as folder:
        asked = _Asked(log, facility, patient, span, not without_bodies, earlier, to)
        try:
            written = asked.write(runtime, folder)
        except NotExported as why:
            raise typer.Exit(say(why, NO)) from None
        _put(folder, out)
    _tell(written, out, is_part=is_part)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is exported, and to whom."""

    log: str
    facility_id: str | None
    patient: str | None
    span: "Span | None"
    bodies: bool
    earlier: Path | None
    to: str | None

    def write(self, runtime: "Runtime", folder: Path) -> "Exported":
        """Write it into a folder, and put on record of whom it tells before anybody has it."""
        from services.audit.bundles.bundle_part import part_of
        from services.audit.bundles.export_bundle import export_bundle
        from services.audit.bundles.held_heads import newest_head, snapshot
        from services.cli.looking import operator_alone

        operator_alone("export a bundle")
        with snapshot(runtime.engines.database_url) as conn, progress("Exporting") as show:
            head, note, earlier = newest_head(conn, self.log, self.earlier)
            part = part_of(
                runtime.journal,
                runtime.vault,
                head.position,
                facility_id=self.facility_id,
                patient=self.patient,
                span=self.span,
            )
            written = export_bundle(
                conn,
                folder,
                head=head,
                note=note,
                log=self.log,
                part=part,
                bodies=self.bodies,
                earlier=earlier,
                on_progress=lambda done: show(f"{done:,} events"),
            )
        _write_schemas(written, folder)
        self._record(runtime, written, part)
        return written

    def _record(self, runtime: "Runtime", written: "Exported", part: "Part | None") -> None:
        from services.cli.looking import record_look

        asked_for = part.own if part and part.own else frozenset[str]()
        shown = asked_for if asked_for else written.patient_ids
        reason = None if self.to is None else f"for {self.to}"
        record_look(runtime, WHAT, sorted(shown), self.facility_id, reason=reason)


def _check_place(out: Path) -> None:
    """Raise BadParameter where nothing can be written, before anything is asked or recorded."""
    folder = out.absolute().parent
    if not out.name or not folder.is_dir():
        raise typer.BadParameter(f"--out names a place in a folder that is not there: {folder}")
    if out.exists() and not (out.is_dir() and out.suffix != ".zip" and not any(out.iterdir())):
        raise typer.BadParameter(f"--out names something that is there already: {out}")
    if not os.access(folder, os.W_OK):
        raise typer.BadParameter(f"--out names a place that may not be written: {out}")


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside a place, which its owner alone may read; it is gone at the end.

    What was moved away from it stays.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(folder: Path, out: Path) -> None:
    """Put a bundle where it was asked for: whole or not at all."""
    if out.suffix != ".zip":
        folder.rename(out)
        return
    handle, name = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.absolute().parent)
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as packed:
            for each in sorted(path for path in folder.rglob("*") if path.is_file()):
                packed.write(each, each.relative_to(folder), zipfile.ZIP_DEFLATED)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink()
        raise


def _write_schemas(written: "Exported", folder: Path) -> None:
    """Write what the bodies mean, as it was published."""
    from services.audit.bundles.bundle_files import SCHEMAS
    from services.contract.archive import schema_of_event

    found = [schema_of_event(*each) for each in sorted(written.topics)]
    if known := [each for each in found if each.is_file()]:
        (folder / SCHEMAS).mkdir()
        for each in known:
            shutil.copyfile(each, folder / SCHEMAS / each.name)


def _tell(written: "Exported", out: Path, *, is_part: bool) -> None:
    head: Head = written.head
    err.print(f"{written.events:,} of {head.size:,} sealed events of {head.origin} are in {out}.")
    if written.withheld:
        err.print(f"The bodies of {written.withheld:,} are withheld; their places are proved.")
    if is_part:
        err.print("A part proves each event, and not that none is left out: a whole export does.")
    if written.unsealed:
        err.print(f"Not in it: {written.unsealed:,} recorded after the newest head.")
