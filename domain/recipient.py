"""Recipients outside the program, who are told of a patient what a consent allows. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain import bounds
from domain.aggregate import Event
from domain.errors import NameMissing, NameTaken

RecipientKind = Literal["payer", "court", "family", "other"]
"""What a recipient is: who pays, a court or whoever supervises for one, a service for families."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody outside the program to whom a consent may let something be told.

    A consent names it by `recipient_id` or by `name`. `address` is for the accounting of
    disclosures, which gives it if it is known (45 CFR 164.528(b)(2)(ii)).
    """

    recipient_id: str
    name: str
    kind: RecipientKind
    address: str | None = None


class RecipientNamed(Event):
    """Somebody outside the program can be told of patients, or is called otherwise now."""

    TOPIC = "facility.recipient-named"

    recipient: Recipient


def check_recipient(recipient: Recipient, known: Mapping[str, Recipient]) -> None:
    """Raise OutOfBounds, NameMissing or NameTaken where a recipient cannot be named so.

    Its id is part of a subject. No two can be meant by the same word of a consent.
    """
    said = None if _ID.fullmatch(recipient.recipient_id) else "not 1 to 63 small letters, digits, -"
    bounds.check("the recipient's id", said)
    if not recipient.name.strip():
        raise NameMissing(what="recipient")
    words = {recipient.recipient_id, recipient.name}
    for other in known.values():
        if other.recipient_id != recipient.recipient_id and words & {
            other.recipient_id,
            other.name,
        }:
            raise NameTaken(what="recipient", other=other.recipient_id)


def recipient_meant(word: str, known: Mapping[str, Recipient]) -> Recipient | None:
    """Return the recipient whom a consent names by a word; None where none is registered so."""
    if found := known.get(word):
        return found
    return next((each for each in known.values() if each.name == word), None)
