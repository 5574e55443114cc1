"""Who answers a report: about the present, once the read models are up to date, or as it was."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from services.audit.verification.evidence import EvidenceOnRecord
from services.cli.console import err, progress
from services.cli.report_scope import ReportScope
from services.hosting.bootstrap import VIEWS, Runtime, open_runtime
from services.read_models.as_of import Prefix, shown_as_of
from services.reports.queries import ReportQueries


@contextmanager
def open_report_source(of: ReportScope) -> Iterator[tuple[ReportQueries, Runtime]]:
    """Yield who answers: about the present, or as it was; and the runtime that they are of.

    With --as-of or --now the answer names, on the error stream, the position that it is as of.
    """
    with open_runtime(of.data) as runtime:
        if of.now is None and of.as_of is None:
            catch_up(runtime)
            present = reports_of(runtime, of.facility_id)
            yield present, runtime
            tell_notes(present)
            return
        with progress("Reading the journal"):
            prefix = Prefix.read(runtime.journal, of.as_of, of.now, of.facility_id)
        with ExitStack() as opened:
            with progress("Filling the read models as they were") as show:
                shown = shown_as_of(
                    runtime.engines.database_url,
                    [each for each in VIEWS if each.name in of.reads],
                    prefix,
                    on_progress=lambda at: show(f"{at} of {prefix.position} events"),
                )
                url = opened.enter_context(shown)
            err.print(_as_of(of, prefix), highlight=False, soft_wrap=True)
            past = ReportQueries(
                url,
                runtime.vault,
                now=prefix.now,
                facility_id=of.facility_id,
                journal=runtime.journal,
                evidence=EvidenceOnRecord(runtime.journal),
            )
            yield past, runtime
            tell_notes(past)


def tell_notes(reports: ReportQueries) -> None:
    """Say on the error stream what the answers lack."""
    for each in reports.notes:
        err.print(f"Note: {each}.", highlight=False, soft_wrap=True)


def _as_of(of: ReportScope, prefix: Prefix) -> str:
    """Say which part of the journal an answer is about."""
    recorded = f"what was recorded by {_said(of.as_of)}" if of.as_of else "all that is recorded"
    where = f"position {prefix.position} of {prefix.of}"
    return f"As of {recorded}: {where}, by the time {_said(prefix.now)}."


def _said(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def reports_of(runtime: Runtime, facility_id: str | None) -> ReportQueries:
    """Return who answers about the present time."""
    return ReportQueries(
        runtime.engines.database_url,
        runtime.vault,
        now=datetime.now(UTC),
        facility_id=facility_id,
        journal=runtime.journal,
        evidence=EvidenceOnRecord(runtime.journal),
    )


def catch_up(runtime: Runtime) -> None:
    """Wait until the read models have everything that is in the journal."""
    position = runtime.journal.position()

    async def wait(show: Callable[[str], None]) -> None:
        async with runtime.supervisor() as supervisor:
            await supervisor.caught_up(
                position,
                on_progress=lambda views: show(f"{min(views.values())} of {position} events"),
            )

    with progress("Bringing the read models up to date") as show:
        asyncio.run(wait(show))
