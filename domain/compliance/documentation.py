"""Whether what was done for a patient at a visit is written down and signed. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.care import Service
from domain.compliance.facts import OwnNote, Visit

Supervision = Callable[[OwnNote], str | None]
"""From a note to the event by which it asks for a co-signature; None where it asks for none."""


@dataclass(frozen=True, slots=True)
class Documentation:
    """What the notes about a visit leave open, and the events that say so.

    `unwritten` are the services of which no note of the patient's own is signed, `uncosigned` those
    of which the notes that are ask for a co-signature and have none. `signed` tells whether any
    note is at all, the group's too.
    """

    signed: bool
    unwritten: tuple[Service, ...]
    uncosigned: tuple[Service, ...]
    evidence: tuple[str, ...]


def documentation_of(visit: Visit, supervision_of: Supervision) -> Documentation:
    """Return what the notes about a visit to which the patient came leave open.

    A group's note is not enough for the claim of each who was there: a claim takes a note about the
    patient (https://ehrsource.com/articles/group-therapy-documentation-billing-guide-2026). While
    nobody knows how long they stayed, they were at all that was scheduled.
    """
    services = tuple(visit.credited or visit.scheduled)
    chosen = {each: _best(visit, each, supervision_of) for each in services}
    told = {event for note in chosen.values() for event in _proof(note, supervision_of)}
    if not told:
        # That any is signed, the group's it may be.
        told.update(each.event_id for each in visit.notes[:1])
    return Documentation(
        signed=bool(visit.notes),
        unwritten=tuple(each for each, note in chosen.items() if note is None),
        uncosigned=tuple(
            each for each, note in chosen.items() if note and waits(note, supervision_of)
        ),
        evidence=tuple(sorted(told)),
    )


def waits(note: OwnNote, supervision_of: Supervision) -> bool:
    """Tell whether a note asks for a co-signature and has none."""
    return note.cosigned is None and supervision_of(note) is not None


def _best(visit: Visit, service: Service, supervision_of: Supervision) -> OwnNote | None:
    """Return the first note about a service that waits for nobody, else the first of all."""
    about = [each for each in visit.own_notes if each.is_about(service)]
    return min(about, key=lambda each: (waits(each, supervision_of), each.at), default=None)


def _proof(note: OwnNote | None, supervision_of: Supervision) -> Iterator[str]:
    if note is None:
        return
    yield note.event_id
    if asked_by := supervision_of(note):
        yield asked_by
        if note.cosigned:
            yield note.cosigned.event_id
