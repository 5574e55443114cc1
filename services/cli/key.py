"""The commands about the site's keys: `daybook keys ...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.console import NO, err, out
from services.cli.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from services.journal import Journal

keys = typer.Typer(
    help="The site's key, without which nobody has a name, and the key that seals.",
    no_args_is_help=True,
)
"""`key` is what the group was called first; it stays."""


@keys.command()
def rotate(
    *,
    site: Annotated[
        bool, typer.Option("--site", help="The site's key; so it is unless another is named.")
    ] = False,
    seal: Annotated[
        bool, typer.Option("--seal", help="The key that signs the heads of sealed logs.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it, if it comes from the environment."),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a new site key and wrap all patients' keys anew, while everything runs.

    The old one opens the vault until `daybook keys retire`. With --seal it is the key that signs:
    the newest heads are signed by both, and what comes after by the new one.
    """
    if site and seal:
        raise typer.BadParameter("--site and --seal exclude each other: one key at a time")
    if seal:
        _rotate_seal_key(data, to)
    else:
        _rotate_site_key(data, to)


def _rotate_site_key(data: Path, to: Path | None) -> None:
    from services.hosting.bootstrap import open_runtime
    from services.hosting.site_key import from_environment, new_site_key

    with open_runtime(data) as runtime:
        identities = sealed_identities(runtime.journal)
        with new_site_key(data, to) as made:
            done = runtime.vault.rotate(made, identities)
    count = "1 patient's key was" if done.keys == 1 else f"{done.keys} patients' keys were"
    where = f"Set DAYBOOK_SITE_KEY to what {to} says" if from_environment() else "Back it up"
    for said in (
        f"{count} wrapped anew for a new site key. {where}.",
        "The old site key opens them, too, until every process of Daybook was started again and"
        " `daybook keys retire` was run.",
    ):
        err.print(said, markup=False)


def _rotate_seal_key(data: Path, to: Path | None) -> None:
    from services.hosting.seal_key import SEAL_KEY
    from services.hosting.sealing import open_sealing

    with open_sealing(data) as sealing:
        heads = sealing.rotate_key(to)
        if to is None:
            for log, key in sealing.verifier_keys().items():
                out.print(f"{log:<11} {key}", highlight=False, soft_wrap=True)
    count = "1 log is" if len(heads) == 1 else f"{len(heads)} logs are"
    where = (
        f"Set {SEAL_KEY} to what {to} says, and start again what seals"
        if to
        else "A sealer that runs takes it up. Give the public keys above to whoever verifies"
    )
    err.print(f"The newest heads of {count} signed by both keys, the old and the new. {where}.")
    err.print("Destroy every copy of the old key: nobody can sign older heads anew then.")


@keys.command()
def retire(data: Data = DEFAULT_DATA) -> None:
    """Retire every site key but the one in use."""
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime:
        gone = runtime.vault.retire_other_site_keys()
    if gone == 0:
        err.print("No other site key opens the vault: nothing was changed.")
        raise typer.Exit(NO)
    err.print("The site key in use is the only one that opens the vault.")


def sealed_identities(journal: "Journal") -> dict[str, str]:
    """Return each patient's identity, sealed, as it is now."""
    from domain.identity import Identity, IdentityRecorded

    return {
        each.patient_id: each.sealed
        for facility_id in journal.facilities()
        for each in journal.load_all(IdentityRecorded, facility_id)
        if isinstance(each, Identity) and not each.forgotten
    }
