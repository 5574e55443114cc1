"""An earlier moment, as HTTP shows it: one patient's record as it was known then.

Who may see it is decided by what is so today; what is seen is what was known.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from projections import attendance
from services.api import problems
from services.api.context import Context
from services.api.problems import Refused
from services.audit.verification.evidence import EvidenceOnRecord
from services.read_models.as_of import NotAllowed, Prefix, TooMany
from services.read_models.earlier_moments import EarlierMoments
from services.read_models.execution import ViewStopped
from services.reports.queries import ReportQueries
from services.reports.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Earlier:
    """A moment, the position up to which the journal went then, and where it is read."""

    at: datetime
    position: int
    url: str

    def reports(self, context: Context, facility_id: str, viewer: Viewer) -> ReportQueries:
        """Return who answers of it."""
        return ReportQueries(
            self.url,
            context.vault,
            now=self.at,
            facility_id=facility_id,
            viewer=viewer,
            journal=context.journal,
            evidence=EvidenceOnRecord(context.journal),
        )


@contextmanager
def earlier(
    context: Context,
    moments: EarlierMoments,
    *,
    facility_id: str,
    patient_id: str,
    at: datetime,
    reads: Sequence[str],
) -> Iterator[Earlier]:
    """Yield one patient's record as it was known at a moment.

    Raises Refused where it is still to come, or cannot be shown.
    """
    at = at.astimezone(UTC)
    if at > context.clock():
        raise Refused(problems.unanswerable("that moment is still to come: ask of an earlier one"))
    prefix = Prefix.read(context.journal, at, None, facility_id, patient_id)
    try:
        with moments.at(prefix, reads) as url:
            yield Earlier(at, prefix.position, url)
    except TooMany as why:
        raise Refused(problems.too_many_moments(str(why)), {"retry-after": "5"}) from None
    except (NotAllowed, ViewStopped) as why:
        raise Refused(problems.no_earlier_moment(str(why))) from None


def with_merged(viewer: Viewer, conn: psycopg.Connection[Any]) -> Viewer:
    """Return a viewer whose are also the records that were merged into those of their patients."""
    if viewer.patients is None:
        return viewer
    merges = conn.execute(attendance.MERGES).fetchall()
    merged = {each.patient_id for each in merges if each.merged_into in viewer.patients}
    return replace(viewer, patients=viewer.patients | merged)
