"""Who is asked to co-sign the notes of a session, and what does it."""

from collections.abc import Iterator
from datetime import date
from typing import cast

from domain.errors import NoCredential
from domain.facility import Facility
from domain.session import Session
from domain.supervision import is_supervised
from services.access.rights import OWN, reach
from services.web.page import Page
from services.web.today_acts import Act
from services.web.today_groups import Group

COMMAND = "session.cosign-note"


def cosignatures(page: Page, group: Group) -> Iterator[Act]:
    """Yield what co-signs the notes about each patient that wait for it, for who may give it.

    Nobody co-signs their own note, nor whose own credential asks for a co-signature.
    """
    if not group.is_over or not _may(page, group):
        return
    facility = cast("Facility", page.context.journal.load(Facility.id_of(page.facility_id)))
    staff_id = next(iter(sorted(page.staff_ids)))
    credential = _credential(facility, staff_id, page.today)
    if credential is None or is_supervised(facility.supervised, credential, page.today):
        return
    session = cast("Session", page.context.journal.load(group.session_id))
    for visit in group.visits:
        waiting = any(
            not each.cosigned
            and each.signer != staff_id
            and is_supervised(
                facility.supervised,
                each.credential,
                each.signed_at.astimezone(page.facility.zone).date(),
            )
            for each in session.individual_notes.get(visit.patient_id, ())
        )
        if waiting:
            payload = {"session_id": group.session_id, "patient_id": visit.patient_id}
            said = f"The note about {visit.name} is co-signed"
            label = f"Co-sign the note about {visit.name}"
            yield Act(label, ({"command": COMMAND, "payload": payload},), said, style="small")


def _may(page: Page, group: Group) -> bool:
    """Tell whether who asks may co-sign notes of a session, as one of the staff."""
    if not page.staff_ids or not page.may(COMMAND):
        return False
    if reach(page.asker.principal, COMMAND, page.facility_id) is OWN:
        return group.facts["staff_id"] in page.staff_ids
    return True


def _credential(facility: Facility, staff_id: str, day: date) -> str | None:
    try:
        return facility.credential_on(staff_id, day)
    except NoCredential:
        return None
