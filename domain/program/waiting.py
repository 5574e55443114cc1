"""Who waits for a place in a track."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import AlreadyWaiting


@dataclass(frozen=True, slots=True)
class Waiting:
    """A patient who waits for a track, and the days of the week on which they can come."""

    patient_id: str
    weekdays: tuple[str, ...]


def check_waits_for_the_same(
    waiting: Sequence[Waiting], patient_id: str, weekdays: tuple[str, ...]
) -> None:
    """Raise AlreadyWaiting for a patient who waits already, on other days of the week."""
    for each in waiting:
        if each.patient_id == patient_id and each.weekdays != weekdays:
            raise AlreadyWaiting(weekdays=" ".join(each.weekdays))


def take_off(waiting: dict[str, tuple[Waiting, ...]], track_id: str, patient_id: str) -> None:
    """Take a patient off a track's waiting list."""
    waiting[track_id] = tuple(each for each in waiting[track_id] if each.patient_id != patient_id)
