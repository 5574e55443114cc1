"""The commands about tokens of services: `daybook token ...`."""

from typing import Annotated, Any

import typer

from services.cli.console import NO, err, out
from services.cli.options import DEFAULT_DATA, As, Data, Format

token = typer.Typer(help="Tokens by which services and kiosks ask over HTTP.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the token is called.")]


def _scopes(raw: str) -> list[str]:
    """Return the commands and questions that an option names."""
    return [each.strip() for each in raw.split(",") if each.strip()]


@token.command()
def add(
    name: Name,
    *,
    facility: Annotated[str, typer.Option(metavar="ID", help="At which facility it is good.")],
    scope: Annotated[
        Any,
        typer.Option(
            parser=_scopes,
            metavar="NAME,...",
            help="The commands and questions that it is good for: session.check-in,roster.",
        ),
    ],
    days: Annotated[int, typer.Option(metavar="N", help="Days until it expires, 400 at most.")],
    kiosk: Annotated[bool, typer.Option("--kiosk", help="For a kiosk at the door.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a token; it is printed, once."""
    from services.access.grants import check_known
    from services.access.principal import Grant, Role
    from services.access.store import open_access
    from services.hosting.bootstrap import open_runtime

    role = Role.KIOSK if kiosk else Role.SERVICE
    with open_runtime(data) as runtime, open_access(runtime.engines.database_url) as store:
        check_known(runtime.journal, [Grant(role, facility)])
        made = store.tokens.make(name, facility_id=facility, scopes=scope, days=days, role=role)
    unit = "day" if days == 1 else "days"
    err.print(f"The token {name} was made for {days} {unit}. It is kept nowhere:")
    out.print(made, highlight=False, soft_wrap=True)


@token.command("list")
def list_(format: As = Format.TABLE, data: Data = DEFAULT_DATA) -> None:
    """Print every token that there was: what it is good for, until when, when it was used last."""
    from services.access.store import open_access
    from services.cli.reports import show
    from services.hosting.bootstrap import open_runtime
    from services.reports.report import Report

    with open_runtime(data) as runtime, open_access(runtime.engines.database_url) as store:
        rows = [
            (
                each.name,
                f"{each.role}:{each.facility_id}",
                " ".join(sorted(each.scopes)),
                f"{each.expires_at:%Y-%m-%d}",
                each.used_at and f"{each.used_at:%Y-%m-%d}",
                each.revoked_at and f"{each.revoked_at:%Y-%m-%d}",
            )
            for each in store.tokens.all()
        ]
    columns = ("name", "role", "scopes", "expires", "used", "revoked")
    show(Report("Tokens", columns, rows), format)


@token.command()
def revoke(name: Name, data: Data = DEFAULT_DATA) -> None:
    """Revoke a token: it opens nothing from now on."""
    from services.access.store import open_access
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime, open_access(runtime.engines.database_url) as store:
        revoked = store.tokens.revoke(name)
    if not revoked:
        err.print(f"Nothing was changed: no token {name} is good.", highlight=False)
        raise typer.Exit(NO)
    err.print(f"The token {name} was revoked.")
