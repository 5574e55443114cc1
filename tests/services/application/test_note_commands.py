"""The commands about notes of single patients, co-signatures, and partial hospitalization."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.care import Service
from domain.errors import (
    CosignerSupervised,
    CosignsOwnNote,
    NameMissing,
    NoNoteWaits,
    NotOnRecord,
    NotOnStaff,
    NotYet,
    OutOfBounds,
    ServiceNotHeld,
)
from domain.staff import Credential, Staff
from services.application import Command, NotKnown
from services.application.check_in import check_in, check_out
from services.application.episode import (
    record_partial_hospitalization,
    withdraw_partial_hospitalization,
)
from services.application.facilities import (
    keep_staff,
    record_credential,
    supervise_credential,
    unsupervise_credential,
)
from services.application.signatures import cosign_note, sign_individual_note
from tests.support.small_clinic import ANN, FACILITY, MONDAY, SmallClinic

TOMORROW = MONDAY + timedelta(days=1)


@pytest.fixture
def clinic() -> SmallClinic:
    """A clinic after its Monday evening, at which Ann was; staff-3 is an intern."""
    found = SmallClinic()
    found.enrol(ANN)
    do(found, keep_staff, FACILITY, Staff("staff-3", "staff-3", "intern"))
    session_id = found.evening().id
    found.at("17:00")
    do(found, check_in, session_id, ANN)
    found.at("20:00")
    do(found, check_out, session_id, ANN)
    return found


def do(
    clinic: SmallClinic, command: Command[..., Any], *words: Any, by: str = "staff-1"
) -> list[str]:
    """Give a command; return the topics of what it recorded."""
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(by), command, *words)
    return [each.topic for each in clinic.journal.order[before:]]


def sign(clinic: SmallClinic, *services: Service, by: str = "staff-3") -> list[str]:
    return do(clinic, sign_individual_note, clinic.evening().id, ANN, services, by=by)


def cosign(clinic: SmallClinic, by: str = "staff-1") -> list[str]:
    return do(clinic, cosign_note, clinic.evening().id, ANN, by=by)


def test_an_interns_note_is_co_signed_by_somebody_who_needs_nobody(clinic: SmallClinic) -> None:
    do(clinic, supervise_credential, FACILITY, "intern", MONDAY)
    assert sign(clinic, "group") == ["session.individual-note-signed"]
    with pytest.raises(CosignerSupervised, match="signed as intern is co-signed itself"):
        cosign(clinic, by="staff-3")
    assert cosign(clinic) == ["session.note-cosigned"]
    assert cosign(clinic, by="staff-2") == []
    [note] = clinic.evening().individual_notes[ANN]
    assert (note.credential, note.services, note.cosigned) == ("intern", ("group",), True)


def test_nobody_co_signs_what_asks_for_nothing_or_their_own(clinic: SmallClinic) -> None:
    sign(clinic)
    with pytest.raises(NoNoteWaits):
        cosign(clinic)
    # What was signed before that day asks for nothing.
    do(clinic, supervise_credential, FACILITY, "intern", TOMORROW)
    with pytest.raises(NoNoteWaits):
        cosign(clinic)
    do(clinic, supervise_credential, FACILITY, "intern", MONDAY)
    # Who was an intern when they signed cannot co-sign their own note afterwards.
    do(clinic, record_credential, FACILITY, "staff-3", Credential("LCSW", MONDAY))
    with pytest.raises(CosignsOwnNote):
        cosign(clinic, by="staff-3")
    assert cosign(clinic) == ["session.note-cosigned"]


def test_who_is_nobody_on_the_staff_signs_and_co_signs_nothing(clinic: SmallClinic) -> None:
    context = clinic.context()
    nobody = type(context)(context.command_id, context.at, "robin", None)
    for command in (sign_individual_note, cosign_note):
        with pytest.raises(NotOnStaff):
            clinic.daybook.handle(nobody, command, clinic.evening().id, ANN)


def test_a_note_is_about_services_of_the_session(clinic: SmallClinic) -> None:
    with pytest.raises(ServiceNotHeld, match="the session has no family"):
        sign(clinic, "family")
    assert sign(clinic, "group") == ["session.individual-note-signed"]
    assert sign(clinic, "group") == []
    assert sign(clinic) == ["session.individual-note-signed"]


def test_a_credential_is_supervised_until_it_is_not(clinic: SmallClinic) -> None:
    with pytest.raises(NameMissing):
        do(clinic, supervise_credential, FACILITY, " ", MONDAY)
    with pytest.raises(NotOnRecord):
        do(clinic, unsupervise_credential, FACILITY, "intern", MONDAY)
    with pytest.raises(NotKnown):
        do(clinic, supervise_credential, "elm-street", "intern", MONDAY)
    said = do(clinic, supervise_credential, FACILITY, "intern", MONDAY)
    assert said == ["facility.credential-supervised"]
    assert do(clinic, supervise_credential, FACILITY, "intern", MONDAY) == []
    assert do(clinic, unsupervise_credential, FACILITY, "intern", TOMORROW) == [
        "facility.credential-unsupervised"
    ]


def test_partial_hospitalization_has_begun_and_is_of_a_patient_who_is_known(
    clinic: SmallClinic,
) -> None:
    with pytest.raises(NotYet):
        do(clinic, record_partial_hospitalization, ANN, TOMORROW, None)
    with pytest.raises(NotKnown):
        do(clinic, record_partial_hospitalization, "patient-x", MONDAY, None)
    with pytest.raises(OutOfBounds):
        do(clinic, record_partial_hospitalization, ANN, date(1, 1, 1), None)
    # When it will end may be known already.
    assert do(clinic, record_partial_hospitalization, ANN, MONDAY, TOMORROW) == [
        "patient.partial-hospitalization-recorded"
    ]
    assert do(clinic, withdraw_partial_hospitalization, ANN, MONDAY, "it was not") == [
        "patient.partial-hospitalization-withdrawn"
    ]
