"""Who looks at a report, as far as it matters to what is shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody may see: of which patients and sessions; None: of all at the facility.

    The rows of others are not there, and a patient that is not theirs is none. `hidden` are columns
    and sections that are left out. `staff_id` is who they are on the staff: what is about
    themselves, such as their caseload, is theirs.
    """

    patients: frozenset[str] | None = None
    sessions: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    staff_id: str | None = None


EVERYTHING = Viewer()
"""Who may see all that there is."""
