"""The commands about the site's keys: `daybook keys ...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.console import NO, err
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
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it, if it comes from the environment."),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a new site key and wrap all patients' keys anew, while everything runs.

    The old one opens the vault until `daybook key retire`.
    """
    from services.hosting.bootstrap import open_runtime
    from services.hosting.site_key import from_environment, new_site_key

    with open_runtime(data) as runtime:
        identities = sealed_identities(runtime.journal)
        with new_site_key(data, to) as made:
            done = runtime.vault.rotate(made, identities)
    keys = "1 patient's key was" if done.keys == 1 else f"{done.keys} patients' keys were"
    where = f"Set DAYBOOK_SITE_KEY to what {to} says" if from_environment() else "Back it up"
    for said in (
        f"{keys} wrapped anew for a new site key. {where}.",
        "The old site key opens them, too, until every process of Daybook was started again and"
        " `daybook key retire` was run.",
    ):
        err.print(said, markup=False)


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
        if isinstance(each, Identity)
    }
