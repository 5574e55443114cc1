"""The commands of auditors: `daybook audit ...`."""

import sys
from typing import Annotated

import typer

from services.cli.access_log import access
from services.cli.audit_disclosures import disclosures
from services.cli.audit_export import export
from services.cli.audit_prove import prove
from services.cli.audit_recover import recover
from services.cli.audit_seal import continue_after_restore, key, seal
from services.cli.audit_trail import trail
from services.cli.audit_verify import verify
from services.cli.console import NO, out
from services.cli.history import history
from services.cli.options import DEFAULT_DATA, AsOf, Data, Now, PageAs, PageFormat
from services.cli.report_scope import ReportScope
from services.cli.reports import ask

audit = typer.Typer(help="What happened, and what each finding rests on.", no_args_is_help=True)
audit.command("access")(access)
audit.command("disclosures")(disclosures)
audit.command("export")(export)
audit.command("history")(history)
audit.command("prove")(prove)
audit.command("recover")(recover)
audit.command("continue-after-restore")(continue_after_restore)
audit.command("key")(key)
audit.command("seal")(seal)
audit.command("verify")(verify)
audit.command("trail")(trail)


@audit.command()
def explain(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING", help="A finding's name, or how it begins.")
    ],
    *,
    format: PageAs = PageFormat.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """One finding: the rule in words, the numbers, the events in order, the source."""
    (explanation,) = ask(ReportScope(data, None, now, as_of), ["explain"], finding=finding)
    if format is PageFormat.TABLE:
        out.print(explanation.table(), highlight=False)
    else:
        sys.stdout.write(explanation.json())
    if not explanation.holds:
        raise typer.Exit(NO)
