from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.aggregate import CommandContext
from domain.care import Service
from domain.errors import (
    CosignsOwnNote,
    NoNoteWaits,
    NotAttended,
    NotTakingPlace,
    ServiceNotHeld,
    SessionNotOver,
)
from domain.session import GroupNoteSigned, IndividualNoteSigned, NoteCosigned, SheetSigned
from tests.support.domain_examples import (
    FOUND,
    MEETING,
    Command,
    at,
    called_off,
    came_for,
    closed,
    later,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def context(author: str = "staff-7", after: timedelta = timedelta()) -> CommandContext:
    return CommandContext("sign", MEETING.ends_at + after, author)


def group_note(author: str = "staff-7", after: timedelta = timedelta()) -> Command:
    return lambda s: s.sign_group_note(context(author, after), credential="LCSW")


def note(
    patient_id: str = "p-1", author: str = "staff-7", after: timedelta = timedelta()
) -> Command:
    return lambda s: s.sign_individual_note(context(author, after), patient_id, credential="LCSW")


def sheet(author: str = "staff-7", after: timedelta = timedelta()) -> Command:
    return lambda s: s.sign_sheet(context(author, after), credential="LCSW")


def attended(*earlier: Command) -> given:
    return given(session(), rostered("p-1", "p-2"), signed_in("p-1", "17:00", "20:00"), *earlier)


Signs = Callable[..., Command]

ANY = pytest.mark.parametrize(
    ("signs", "event"),
    [(group_note, GroupNoteSigned), (note, IndividualNoteSigned), (sheet, SheetSigned)],
)


@ANY
def test_who_signs_is_on_record_with_their_credential(signs: Signs, event: type) -> None:
    attended().when(signs()).then(fact(event, author="staff-7", credential="LCSW"))


@ANY
def test_each_author_signs_once(signs: Signs, event: type) -> None:
    spec = attended(signs())
    spec.when(signs()).then_nothing()
    spec.when(signs(author="staff-8")).then(fact(event, author="staff-8"))
    spec.when(signs(author="staff-8")).then_nothing()


@ANY
@pytest.mark.parametrize(("minutes", "over"), [(-1, False), (0, True), (1, True)])
def test_nobody_signs_before_the_end(signs: Signs, event: type, minutes: int, over: bool) -> None:
    spec = attended().when(signs(after=timedelta(minutes=minutes)))
    if over:
        spec.then(fact(event))
    else:
        spec.then_refused(SessionNotOver)


@pytest.mark.parametrize("signs", [group_note, note, sheet])
@pytest.mark.parametrize("off", [called_off, withdrawn])
def test_nobody_signs_for_what_did_not_take_place(signs: Signs, off: Command) -> None:
    given(session(), rostered("p-1"), off).when(signs()).then_refused(NotTakingPlace)


@ANY
def test_who_signs_may_do_so_after_closing(signs: Signs, event: type) -> None:
    attended(closed).when(signs()).then(fact(event))


def test_the_signatures_are_those_of_the_session() -> None:
    spec = attended(group_note(), group_note("staff-8"), note(), note(author="staff-8"), sheet())
    assert spec.aggregate.group_note_by == ("staff-7", "staff-8")
    notes = spec.aggregate.individual_notes
    assert {key: [each.signer for each in notes[key]] for key in notes} == {
        "p-1": ["staff-7", "staff-8"]
    }
    assert spec.aggregate.sheet_by == ("staff-7",)


def test_each_patient_who_was_there_has_a_note_of_their_own() -> None:
    spec = attended(signed_in("p-2", "18:00", "20:00"), note("p-1"))
    spec.when(note("p-2")).then(fact(IndividualNoteSigned, patient_id="p-2"))


def test_who_came_to_make_up_has_a_note_too() -> None:
    attended(came_for("missed", "p-3", "17:00")).when(note("p-3")).then(
        fact(IndividualNoteSigned, patient_id="p-3")
    )


@pytest.mark.parametrize("patient_id", ["p-2", "p-3"])
def test_nobody_signs_a_note_about_a_patient_who_was_not_there(patient_id: str) -> None:
    attended().when(note(patient_id)).then_refused(NotAttended)


def test_nobody_signs_a_note_about_a_patient_whose_arrival_was_struck() -> None:
    attended(lambda s: s.undo_check_in(context(), "p-1", at("17:00"), amendment=FOUND)).when(
        note()
    ).then_refused(NotAttended)


# A note about some services, and the co-signature under it. The session has group and skills.


def about(*services: Service, author: str = "staff-7") -> Command:
    return lambda s: s.sign_individual_note(
        context(author), "p-1", credential="LMSW", services=services
    )


def cosigned(
    author: str = "staff-8", after: timedelta = timedelta(), *, by: str = "LMSW"
) -> Command:
    return lambda s: s.cosign_notes(
        context(author, after), "p-1", credential="LCSW", needs=lambda note: note.credential == by
    )


def test_a_note_is_about_the_whole_visit_or_about_services_of_it() -> None:
    attended().when(about()).then(fact(IndividualNoteSigned, services=()))
    attended().when(about("skills")).then(fact(IndividualNoteSigned, services=("skills",)))
    both = fact(IndividualNoteSigned, services=("group", "skills"))
    attended().when(about("skills", "group", "skills")).then(both)


@pytest.mark.parametrize("service", ["individual", "break"])
def test_no_note_is_about_a_service_that_the_session_does_not_have(service: Service) -> None:
    attended().when(about("group", service)).then_refused(
        ServiceNotHeld, service=service, held="group, skills"
    )


def test_each_author_signs_once_about_each_service() -> None:
    spec = attended(about("group"))
    spec.when(about("group")).then_nothing()
    spec.when(about("group", "skills")).then(
        fact(IndividualNoteSigned, services=("group", "skills"))
    )
    spec.when(about("skills")).then_nothing()
    spec.when(about("skills", author="staff-8")).then(fact(IndividualNoteSigned))
    spec.when(about()).then(fact(IndividualNoteSigned, services=()))
    spec.when(about("group")).then_nothing()


def test_somebody_else_co_signs_each_note_that_asks_for_it_once() -> None:
    spec = attended(about("group"), about("skills"), about(author="staff-9"))
    first, second, third = spec.aggregate.individual_notes["p-1"]
    spec.when(cosigned("staff-9")).then(
        fact(NoteCosigned, patient_id="p-1", note=first.version, credential="LCSW"),
        fact(NoteCosigned, patient_id="p-1", note=second.version),
    )
    spec.when(cosigned("staff-8")).then(fact(NoteCosigned, note=third.version, author="staff-8"))
    spec.when(cosigned("staff-8")).then_nothing()
    assert all(each.cosigned for each in spec.aggregate.individual_notes["p-1"])


def test_nobody_co_signs_their_own_note_nor_one_that_asks_for_nothing() -> None:
    attended(about()).when(cosigned("staff-7")).then_refused(CosignsOwnNote)
    attended(about()).when(cosigned(by="intern")).then_refused(NoNoteWaits)
    attended().when(cosigned()).then_refused(NoNoteWaits)
    attended(about()).when(cosigned(after=timedelta(minutes=-1))).then_refused(SessionNotOver)


def test_a_session_that_is_to_take_place_again_has_no_notes_yet() -> None:
    spec = attended(closed, about(), cosigned())
    spec.when(lambda s: s.reschedule(context(), later(7)))
    assert spec.aggregate.individual_notes == {}
