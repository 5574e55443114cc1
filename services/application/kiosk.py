"""Kiosk codes, and who comes and goes by them: decided like what is said at the desk."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from domain.errors import KioskCodeUnknown
from domain.identity import Identity
from domain.kiosk_code import KioskCode, check_code
from domain.session import Session
from domain.session.at_kiosk import arriving_at, leaving_from
from domain.times import Span
from services.application.check_in import check_in, check_out
from services.application.command import command
from services.application.unit_of_work import UnitOfWork

Said = Literal["here", "leaving"]
"""What somebody says at a kiosk: that they are here, or that they are leaving."""

DAY = timedelta(days=1)


@command()
def give_kiosk_code(work: UnitOfWork, patient_id: str, code: str) -> None:
    """Give a patient a code, in place of any other. Raises KioskCodeTaken where it is another's."""
    check_code(code)
    patient = work.patient(patient_id)
    identity = work.identity(patient_id)
    identity.check_known()
    keyed_hash = work.vault.code_hash(patient.facility_id, code)
    if given := work.find(KioskCode.id_of(keyed_hash), KioskCode):
        given.give_again(work.context, patient_id)
    else:
        facts = {"facility_id": patient.facility_id, "patient_id": patient_id}
        given = work.keep(KioskCode.give(work.context, keyed_hash=keyed_hash, **facts))
    if identity.kiosk_code_id != given.id:
        withdraw_kiosk_code(work, identity)
    identity.keep_kiosk_code(work.context, given.id)


def withdraw_kiosk_code(work: UnitOfWork, identity: Identity) -> None:
    """Make a patient's code good for nothing, where they have one."""
    if identity.kiosk_code_id and (code := work.find(identity.kiosk_code_id, KioskCode)):
        code.withdraw(work.context)


@command()
def come_or_go(
    work: UnitOfWork, facility_id: str, code: str, said: Said, at: datetime | None = None
) -> dict[str, str | bool]:
    """Sign in or out whoever has a code: now, or `at` the earlier time at which they said it.

    Return since when they are in or out, and whether that was on record before. Raises
    KioskCodeUnknown, NotForKiosk, and what the door refuses.
    """
    patient_id = patient_with_code(work, facility_id, code)
    moment = at or work.context.at
    sessions = list(_around(work, patient_id, moment))
    if said == "here":
        found = arriving_at(sessions, patient_id, moment)
        if found.line:
            return _answer(found.line.arrived_at, before=True)
        makes_up = found.session.visits[patient_id].makes_up
        check_in(work, found.session.id, patient_id, at=at, makes_up=makes_up)
    else:
        found = leaving_from(sessions, patient_id, moment)
        if found.line and found.line.left_at:
            return _answer(found.line.left_at, before=True)
        check_out(work, found.session.id, patient_id, at=at)
    return _answer(moment, before=False)


def patient_with_code(work: UnitOfWork, facility_id: str, code: str) -> str:
    """Return whose a code is; of a record that was merged, the one that goes on."""
    keyed_hash = work.vault.code_hash(facility_id, code)
    given = work.find(KioskCode.id_of(keyed_hash), KioskCode)
    if given is None or given.patient_id is None:
        raise KioskCodeUnknown
    return work.person(given.patient_id).id


def _around(work: UnitOfWork, patient_id: str, moment: datetime) -> Iterator[Session]:
    """Yield the sessions that are booked for a patient around a moment."""
    around = Span(moment - DAY, moment + DAY)
    for booked in work.patient(patient_id).bookings.values():
        if booked.span.overlaps(around):
            yield work.session(booked.session_id)


def _answer(at: datetime, *, before: bool) -> dict[str, str | bool]:
    return {"at": at.isoformat(), "before": before}
