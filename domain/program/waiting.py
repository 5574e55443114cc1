"""Who waits for a place in a track."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A patient who waits for a track, and the days of the week on which they can come."""

    patient_id: str
    weekdays: tuple[str, ...]
