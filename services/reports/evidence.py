"""What proves and completes a trail beside the read models: seals, documents made, deliveries.

Whoever answers questions is handed one that reads it where it stands. Without one nothing of it is
known, and an answer says so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SealedHead:
    """The first signed head that covers something: of which log, how many leaves, which root.

    The root is in base64, as in the checkpoint. `at` is when it was signed, by the sealer's clock,
    which nobody vouches for.
    """

    origin: str
    size: int
    root: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DocumentMade:
    """A document, or an export, that was made of a patient: what, when, and who had it made.

    Of an export it was said for whom it is, where that was said, and for what purpose it was made.
    """

    what: str
    at: datetime
    name: str
    account: str
    recipient: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A page on which a patient was, shown or refused: who looked, in which roles, when and why."""

    entry_id: int
    at: datetime
    account: str
    name: str
    roles: tuple[str, ...]
    what: str
    purpose: str
    emergency: bool
    reason: str | None
    outcome: str
    address: str
    via: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that a subscriber outside the program was sent, or was not (`why_not`).

    `position` is that of the event that it tells of, `topic` its kind, `at` the instant of the
    telling; of what was not told, that of the record.
    """

    position: int
    topic: str
    at: datetime
    recipient: str
    address: str | None
    consent_id: str
    scope: str
    why_not: str | None = None


class Evidence(Protocol):
    """Who answers what the read models do not say."""

    def heads(self, positions: Collection[int], /) -> Mapping[int, SealedHead]:
        """Return the first head that covers each of the journal's positions, where one does."""

    def heads_of_looks(self, entry_ids: Collection[int], /) -> Mapping[int, SealedHead]:
        """Return the first head that covers each entry of the access log, where one does."""

    def documents(self, patient_ids: Collection[str], /) -> Sequence[DocumentMade]:
        """Return the documents and exports that were made of a patient, the first one first."""

    def looks(
        self, patient_ids: Collection[str], since: datetime, until: datetime, /
    ) -> Sequence[Look]:
        """Return who looked at a patient from an instant to before another, the first one first."""

    def deliveries(self, patient_ids: Collection[str], /) -> Sequence[Delivery]:
        """Return what subscribers outside the program were told of a patient, and were not."""


class NoEvidence:
    """Nothing is sealed, made or delivered, as far as is known."""

    def heads(self, _: Collection[int], /) -> Mapping[int, SealedHead]:
        """Return none."""
        return {}

    def heads_of_looks(self, _: Collection[int], /) -> Mapping[int, SealedHead]:
        """Return none."""
        return {}

    def documents(self, _: Collection[str], /) -> Sequence[DocumentMade]:
        """Return none."""
        return ()

    def deliveries(self, _: Collection[str], /) -> Sequence[Delivery]:
        """Return none."""
        return ()

    def looks(self, _: Collection[str], __: datetime, ___: datetime, /) -> Sequence[Look]:
        """Return none."""
        return ()
