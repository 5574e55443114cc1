"""What a row of the table of rights is: what several actions have in common, and who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from services.access.principal import Role


class Reach(IntEnum):
    """How much of a facility an action is allowed on; the greater one counts."""

    NONE = 0
    OWN = 1
    ALL = 2


NONE, OWN, ALL = Reach

FRONT_DESK, COUNSELOR, DIRECTOR = Role.FRONT_DESK, Role.COUNSELOR, Role.DIRECTOR
COMPLIANCE, BILLER, AUDITOR = Role.COMPLIANCE, Role.BILLER, Role.AUDITOR
ADMINISTRATOR, SERVICE, KIOSK = Role.ADMINISTRATOR, Role.SERVICE, Role.KIOSK
PATIENT, OPERATOR = Role.PATIENT, Role.OPERATOR


@dataclass(frozen=True, slots=True)
class Row:
    """What several actions have in common: who may, and why it stands so.

    With `candidates` a counselor's own are also those who are not in treatment yet, whom nobody
    has as a patient.
    """

    why: str
    may: Mapping[Role, Reach]
    actions: tuple[str, ...]
    candidates: bool = False
