"""Sealing by hand, and the keys of it: `daybook audit seal`, `key` and `continue-after-restore`."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.console import NO, err, out
from services.cli.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from services.hosting.sealing import Sealing


def seal(data: Data = DEFAULT_DATA) -> None:
    """Seal what is there and end; print the newest head of each log."""
    import asyncio

    from services.hosting.sealing import open_sealing

    with open_sealing(data) as sealing:
        tell_new_key(sealing)
        sealed = asyncio.run(sealing.sealer().seal_once())
        newest = sealing.newest_heads()
    for head in newest:
        out.print(head.note, highlight=False, soft_wrap=True)
    if not newest:
        err.print("Nothing is on record: there is nothing to be sealed.")
        raise typer.Exit(NO)
    if not sealed:
        err.print("Nothing has come since these heads: all was sealed before.")


def key(data: Data = DEFAULT_DATA) -> None:
    """Print the public keys that verify this site's heads, one line a log, the journal's first.

    Write them down apart from this machine: one that is read here proves nothing against whoever
    holds it.
    """
    from services.hosting.sealing import open_sealing

    with open_sealing(data) as sealing:
        tell_new_key(sealing)
        for each in sealing.verifier_keys().values():
            out.print(str(each), highlight=False, soft_wrap=True)


def continue_after_restore(
    because: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Why: it is kept with the new tree, for auditors."),
    ],
    data: Data = DEFAULT_DATA,
) -> None:
    """Go on sealing a database that was set back, with a new tree that says from where and why.

    Only logs that are refused get one. Whoever verifies sees where the old tree and the new part.
    """
    if not because.strip():
        raise typer.BadParameter("--because is empty")
    import asyncio

    from services.hosting.sealing import open_sealing

    with open_sealing(data, anew=True) as sealing:
        begun = asyncio.run(sealing.sealer().continue_after_restore(because))
        tell_new_key(sealing)
        keys = sealing.verifier_keys()
    for each in begun:
        before = each.parted_from.checkpoint if each.parted_from else None
        parted = "" if each.parted_at is None else f" at {each.parted_at} leaves"
        after = f", parting from {before.origin} over {before.size}{parted}" if before else ""
        for line in (f"{each.log:<11} {each.origin}{after}", f"{'':<11} {keys[each.log]}"):
            out.print(line, highlight=False, soft_wrap=True)


def tell_new_key(sealing: "Sealing") -> None:
    """Say so where the seal key is new, with the public key that is to be written down."""
    if sealing.key_is_new:
        verifier = sealing.verifier_keys()["journal"]
        for said in (
            f"A seal key was made, {sealing.key.file.path}: back it up, apart from the database.",
            "Write down the public key that verifies its heads, apart from this machine:",
            f"    {verifier}",
        ):
            err.print(said)
