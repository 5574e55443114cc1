"""Codes, and who comes and goes by them: decided in memory."""

from datetime import datetime, timedelta

import pytest

from domain.errors import (
    KioskCodeTaken,
    KioskCodeUnknown,
    NotForKiosk,
    PersonForgotten,
    ReasonMissing,
)
from domain.identity import Identity
from domain.session import SignIn
from services.application import rosters
from services.application.forgetting import forget_patient
from services.application.kiosk import Said, come_or_go, give_kiosk_code
from services.application.sessions import call_off_session, close_session
from services.application.signatures import merge_patients
from tests.support.small_clinic import ANN, BEN, FACILITY, SmallClinic

CODE, OTHER = "482107", "905316"


@pytest.fixture
def clinic() -> SmallClinic:
    made = SmallClinic()
    for each in (ANN, BEN):
        facts = {"facility_id": FACILITY, "patient_id": each}
        made.journal.save(Identity.start(made.context(), sealed="c2VhbGVk", **facts))
    made.enrol(ANN, BEN)
    give(made, ANN, CODE)
    return made


def give(clinic: SmallClinic, patient_id: str, code: str) -> None:
    clinic.daybook.handle(clinic.context(), give_kiosk_code, patient_id, code)


def say(
    clinic: SmallClinic, said: Said, code: str = CODE, at: datetime | None = None
) -> tuple[str, bool]:
    answer = clinic.daybook.handle(clinic.context(), come_or_go, FACILITY, code, said, at)
    at = datetime.fromisoformat(str(answer["at"]))
    return f"{at:%H:%M}", bool(answer["before"])


def sheet(clinic: SmallClinic, patient_id: str = ANN) -> list[SignIn]:
    return list(clinic.evening().visits[patient_id].sign_ins)


def test_another_code_takes_the_place_of_the_first_which_is_free_then(clinic: SmallClinic) -> None:
    clinic.at("16:50")
    with pytest.raises(KioskCodeTaken):
        give(clinic, BEN, CODE)
    since = len(clinic.journal.order)
    give(clinic, ANN, CODE)
    assert clinic.topics(since) == []
    give(clinic, ANN, OTHER)
    assert sorted(clinic.topics(since)) == [
        *("identity.kiosk-code-replaced", "kiosk-code.given", "kiosk-code.withdrawn"),
    ]
    with pytest.raises(KioskCodeUnknown):
        say(clinic, "here")
    give(clinic, BEN, CODE)
    say(clinic, "here")
    assert (len(sheet(clinic)), len(sheet(clinic, BEN))) == (0, 1)


def test_no_event_has_the_code(clinic: SmallClinic) -> None:
    assert CODE not in repr(clinic.journal.order)


def test_who_is_forgotten_has_no_code_any_more(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), forget_patient, ANN, "asked for in writing")
    clinic.at("16:50")
    with pytest.raises(KioskCodeUnknown):
        say(clinic, "here")
    with pytest.raises(PersonForgotten):
        give(clinic, ANN, OTHER)
    give(clinic, BEN, CODE)


def test_of_a_record_that_was_merged_the_code_goes_on(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), merge_patients, ANN, BEN)
    clinic.at("16:50")
    say(clinic, "here")
    assert len(sheet(clinic, BEN)) == 1


def test_who_comes_is_in_once_however_often_they_say_so(clinic: SmallClinic) -> None:
    came = clinic.at("16:50")
    assert say(clinic, "here") == ("16:50", False)
    clinic.at("16:51")
    assert say(clinic, "here") == ("16:50", True)
    left = clinic.at("20:02")
    assert say(clinic, "leaving") == ("20:02", False)
    clinic.at("20:03")
    assert say(clinic, "leaving") == ("20:02", True)
    assert sheet(clinic) == [SignIn(came, left)]


def test_who_steps_out_and_comes_back_has_two_lines(clinic: SmallClinic) -> None:
    for wall, said in (("17:00", "here"), ("18:00", "leaving"), ("18:20", "here")):
        clinic.at(wall)
        say(clinic, said)  # type: ignore[arg-type]
    assert [f"{line.arrived_at:%H:%M}" for line in sheet(clinic)] == ["17:00", "18:20"]


@pytest.mark.parametrize("wall", ["12:59", "20:00"])
def test_who_comes_before_the_door_opens_or_when_all_is_over_asks_at_the_desk(
    clinic: SmallClinic, wall: str
) -> None:
    clinic.at(wall)
    with pytest.raises(NotForKiosk):
        say(clinic, "here")


def test_of_two_sessions_the_one_that_runs_is_meant_then_the_next(clinic: SmallClinic) -> None:
    own = clinic.own("counsel", hour=14)
    clinic.daybook.handle(clinic.context(), rosters.book_patient, own, ANN)
    clinic.at("13:50")
    say(clinic, "here")
    assert clinic.journal.load(own).visits[ANN].sign_ins
    assert sheet(clinic) == []
    clinic.at("16:55")  # nobody said that they left the first one
    say(clinic, "here")
    assert len(sheet(clinic)) == 1
    clinic.at("20:01")
    say(clinic, "leaving")
    assert sheet(clinic)[0].left_at == clinic.now


def test_nobody_comes_to_what_was_called_off(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), call_off_session, clinic.evening().id, "snow")
    clinic.at("16:50")
    with pytest.raises(NotForKiosk):
        say(clinic, "here")


def test_nobody_leaves_who_is_on_no_sheet(clinic: SmallClinic) -> None:
    clinic.at("20:00")
    with pytest.raises(NotForKiosk):
        say(clinic, "leaving")


def test_what_was_said_earlier_counts_from_then_while_the_session_is_open(
    clinic: SmallClinic,
) -> None:
    came = clinic.at("16:50")
    clinic.at("20:30")
    assert say(clinic, "here", at=came) == ("16:50", False)
    assert say(clinic, "leaving", at=came + timedelta(hours=3)) == ("19:50", False)
    assert sheet(clinic) == [SignIn(came, came + timedelta(hours=3))]


def test_what_was_said_earlier_of_a_session_that_is_closed_is_the_desks(
    clinic: SmallClinic,
) -> None:
    came = clinic.at("16:50")
    clinic.at("23:30")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    with pytest.raises(ReasonMissing):
        say(clinic, "here", at=came)
