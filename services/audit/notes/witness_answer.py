"""What came of asking a witness for its cosignature."""

from dataclasses import dataclass
from enum import StrEnum

from services.audit.notes.policy_file import PolicyWitness
from services.audit.notes.signed_note import Signature


class Outcome(StrEnum):
    """What came of asking a witness."""

    COSIGNED = "cosigned"
    AHEAD = "ahead"
    """It cosigned a larger tree before: what is here is older, as after a restore."""
    CONTRADICTED = "contradicted"
    """It says that the tree does not go on from what it cosigned: there are two histories."""
    UNKNOWN_LOG = "unknown log"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """A witness's answer; `held` is the size of the head that it cosigned last, if it said so."""

    witness: PolicyWitness
    outcome: Outcome
    signatures: tuple[Signature, ...] = ()
    held: int | None = None
