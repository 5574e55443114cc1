"""Which credentials ask for a co-signature under their notes, from which day on."""

from collections.abc import Mapping
from datetime import date

from domain.aggregate import Event
from domain.errors import NameMissing, NotOnRecord
from domain.policy import in_force

Supervised = Mapping[str, Mapping[date, bool]]
"""By credential, whether its notes ask for a co-signature, from a day on."""


class CredentialSupervised(Event):
    """A note that is signed with this credential from `from_day` on asks for a co-signature."""

    TOPIC = "facility.credential-supervised"

    credential: str
    from_day: date


class CredentialUnsupervised(Event):
    """A note that is signed with this credential from `from_day` on asks for none any more."""

    TOPIC = "facility.credential-unsupervised"

    credential: str
    from_day: date


def is_supervised(known: Supervised, credential: str, day: date) -> bool:
    """Tell whether a note that is signed with a credential on a day asks for a co-signature."""
    return bool(in_force(known.get(credential, {}), day))


def is_otherwise(known: Supervised, credential: str, from_day: date, *, supervised: bool) -> bool:
    """Tell whether it is otherwise on a day. Raises NameMissing, NotOnRecord.

    Whether an intern's or a trainee's note has to be co-signed is each state's to say: in Texas a
    qualified credentialed counselor signs an intern's plan (26 TAC 564.804(e)), in Virginia a
    credentialed addiction treatment professional what a supervisee wrote (12VAC30-60-181, which
    nobody has read: unverified).
    """
    if not credential.strip():
        raise NameMissing(what="credential")
    if not supervised and credential not in known:
        raise NotOnRecord(what="credential whose notes are co-signed")
    return is_supervised(known, credential, from_day) != supervised
