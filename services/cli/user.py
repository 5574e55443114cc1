"""The commands about accounts: `daybook user ...`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.console import NO, err, out
from services.cli.options import DEFAULT_DATA, As, Data, Format

if TYPE_CHECKING:
    from services.access.principal import Grant
    from services.access.store import AccessStore
    from services.hosting.bootstrap import Runtime

user = typer.Typer(help="Who may sign in, and as what.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="The account: what is signed in with.")
]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar="ROLE[:FACILITY[:STAFF_ID]]",
        help="What they are, where, who on its staff (a patient: their random id); repeatable.",
    ),
]


@user.command()
def add(
    account: Name,
    *,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What people call them.")],
    role: Roles,
    password: Annotated[
        bool, typer.Option("--password/--no-password", help="Whether they sign in with one.")
    ] = True,
    data: Data = DEFAULT_DATA,
) -> None:
    """Add an account; its random password is printed, once."""
    with _opened(data) as (runtime, store):
        grants = _grants(runtime, role)
        made = store.accounts.add(account, name, grants, with_password=password)
    _tell_lacking(grants)
    if made is None:
        err.print(f"The account {account} was added, without a password.")
    else:
        _tell_password(account, made, "was added")


@user.command("list")
def list_(format: As = Format.TABLE, data: Data = DEFAULT_DATA) -> None:
    """Print every account: who they are, what they may, whether they are disabled."""
    with _opened(data) as (_, store):
        from services.access.grants import as_text
        from services.cli.reports import show
        from services.reports.report import Report

        rows = [
            (
                each.account,
                each.name,
                " ".join(as_text(grant) for grant in each.grants),
                each.has_password,
                each.disabled_at and f"{each.disabled_at:%Y-%m-%d}",
            )
            for each in store.accounts.all()
        ]
        show(Report("Accounts", ("account", "name", "roles", "password", "disabled"), rows), format)


@user.command()
def disable(account: Name, data: Data = DEFAULT_DATA) -> None:
    """Disable an account: its sessions end at once, and nobody signs in to it."""
    with _opened(data) as (_, store):
        changed = store.accounts.disable(account)
    _tell(changed, f"The account {account} is disabled.", "it was disabled already")


@user.command()
def enable(account: Name, data: Data = DEFAULT_DATA) -> None:
    """Enable an account that was disabled."""
    with _opened(data) as (_, store):
        changed = store.accounts.enable(account)
    _tell(changed, f"The account {account} is enabled again.", "it was not disabled")


@user.command()
def reset(account: Name, data: Data = DEFAULT_DATA) -> None:
    """Give an account another random password, printed once, and end its sessions."""
    with _opened(data) as (_, store):
        made = store.accounts.reset(account)
    _tell_password(account, made, "has another password, and its sessions have ended")


@user.command()
def release(account: Name, data: Data = DEFAULT_DATA) -> None:
    """Let somebody else sign in to an account through the site's OpenID provider.

    The account is bound to the first who did. Give it to whoever the provider calls so now.
    """
    with _opened(data) as (_, store):
        from services.access.openid_store import OpenIdSubjects

        changed = OpenIdSubjects(store.database).release(account)
    _tell(
        changed,
        f"The account {account} is whose the provider calls so next; its sessions have ended.",
        "nobody has signed in to it through a provider",
    )


@user.command()
def roles(account: Name, *, role: Roles, data: Data = DEFAULT_DATA) -> None:
    """Give an account these roles, and no others."""
    with _opened(data) as (runtime, store):
        grants = _grants(runtime, role)
        changed = store.accounts.set_grants(account, grants)
    _tell_lacking(grants)
    _tell(changed, f"The account {account} has these roles now.", "it has these roles already")


@contextmanager
def _opened(data: Path) -> "Iterator[tuple[Runtime, AccessStore]]":
    from services.access.store import open_access
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime, open_access(runtime.engines.database_url) as store:
        yield runtime, store


def _grants(runtime: "Runtime", role: list[str]) -> "list[Grant]":
    from services.access.grants import check_grants, check_known, grant_of

    grants = [grant_of(each) for each in role]
    check_grants(grants)
    check_known(runtime.journal, grants)
    return grants


def _tell_lacking(grants: "list[Grant]") -> None:
    from services.access.principal import Role

    for each in grants:
        if each.role is Role.COUNSELOR and each.staff_id is None:
            err.print(
                "Note: without a staff id a counselor has no groups and patients of their own, and"
                f" sees none: say who it is, counselor:{each.facility_id}:STAFF_ID."
            )


def _tell_password(account: str, password: str, what: str) -> None:
    err.print(
        f"The account {account} {what}. The password, which is kept nowhere and has to be changed"
        " at the first sign-in:"
    )
    out.print(password, highlight=False, soft_wrap=True)


def _tell(changed: bool, done: str, otherwise: str) -> None:
    if not changed:
        err.print(f"Nothing was changed: {otherwise}.")
        raise typer.Exit(NO)
    err.print(done)
