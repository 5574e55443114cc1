"""What a kiosk kept without a connection, and could not be recorded later: for the desk."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from services.access.database import AccessDatabase

_KEEP: LiteralString = (
    "INSERT INTO access.kiosk_presses (press_id, kiosk, facility_id, said, said_at, patient_id,"
    " why, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)

_WAITING: LiteralString = (
    "SELECT press_id, kiosk, facility_id, said, said_at, patient_id, why"
    " FROM access.kiosk_presses WHERE facility_id = %s AND seen_at IS NULL"
    " ORDER BY said_at, press_id"
)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What somebody said at a kiosk, when, and why it was not recorded.

    `patient_id` is whose code it was; None where it is nobody's.
    """

    press_id: str
    kiosk: str
    facility_id: str
    said: str
    said_at: datetime
    patient_id: str | None
    why: str


class KioskPresses:
    """Keeps what a kiosk could not record until somebody at the desk has seen to it."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def keep(self, press: Unrecorded) -> None:
        """Keep it; what is kept already stays as it is."""
        with self._database.transaction() as conn:
            conn.execute(
                _KEEP,
                (
                    *(press.press_id, press.kiosk, press.facility_id, press.said, press.said_at),
                    *(press.patient_id, press.why, self._database.now()),
                ),
            )

    def is_kept(self, kiosk: str, press_id: str) -> bool:
        """Tell whether something a kiosk said is kept."""
        with self._database.transaction() as conn:
            found = conn.execute(
                "SELECT FROM access.kiosk_presses WHERE kiosk = %s AND press_id = %s",
                (kiosk, press_id),
            )
            return found.fetchone() is not None

    def waiting(self, facility_id: str) -> list[Unrecorded]:
        """Return what nobody has seen to yet at a facility, in the order in which it was said."""
        with self._database.transaction() as conn:
            rows = conn.execute(_WAITING, (facility_id,))
            return [Unrecorded(*row) for row in rows]

    def seen(self, facility_id: str, press_id: str, account: str) -> bool:
        """Keep who saw to something; tell whether it was waiting for that."""
        with self._database.transaction() as conn:
            changed = conn.execute(
                "UPDATE access.kiosk_presses SET seen_at = %s, seen_by = %s"
                " WHERE facility_id = %s AND press_id = %s AND seen_at IS NULL",
                (self._database.now(), account, facility_id, press_id),
            )
            return changed.rowcount > 0
