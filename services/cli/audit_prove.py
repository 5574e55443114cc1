"""`daybook audit prove`: that one event is in the log, in files that need nothing else."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.console import NO, err, say
from services.cli.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from services.audit.bundles.prove_event import ProvedEvent

WHAT = "audit-prove"
"""What it is called in the access log."""


def prove(
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="As reports name it: AGGREGATE:VERSION.")
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where to write it; here unless given.")
    ] = Path(),
    without_body: Annotated[
        bool, typer.Option("--without-body", help="The leaf and its proof alone.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Prove that an event is in the log: its body, its leaf, and a C2SP tlog-proof."""
    from services.audit.bundles.bundle_part import patients_in
    from services.audit.bundles.held_heads import newest_head, snapshot
    from services.audit.bundles.prove_event import NotProved, prove_event
    from services.cli.looking import operator_alone, record_look
    from services.hosting.bootstrap import open_runtime

    if not out.is_dir() or not os.access(out, os.W_OK):
        raise typer.BadParameter(f"--out names no folder that may be written: {out}")
    operator_alone("prove an event")
    with open_runtime(data) as runtime:
        with snapshot(runtime.engines.database_url) as conn:
            head, note, _ = newest_head(conn, "journal")
            try:
                proved = prove_event(conn, event, head, note)
            except NotProved as why:
                raise typer.Exit(say(why, NO)) from None
        named = b"" if without_body else proved.row.state
        shown = {*patients_in(named), *patients_in(proved.row.aggregate_id.encode())}
        record_look(runtime, WHAT, sorted(shown))
    _write(proved, out, without_body=without_body)
    err.print(f"{event} is leaf {proved.proof.index:,} of {head.size:,}, at {head.origin}.")


def _write(proved: "ProvedEvent", folder: Path, *, without_body: bool) -> None:
    """Write the files, which their owner alone may read."""
    name = f"{proved.row.aggregate_id}.{proved.row.version}"
    _put(folder / f"{name}.leaf", proved.entry + b"\n")
    if not without_body:
        _put(folder / f"{name}.json", proved.row.state)
    _put(folder / f"{name}.tlog-proof", bytes(proved.proof))


def _put(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_bytes(content)
    typer.echo(path)
