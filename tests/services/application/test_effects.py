"""What a command would do to sessions, people and their weeks, told without saving it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from domain.errors import CommitmentInTheWay, ConflictsMet, PatientTaken, ResourceTaken
from domain.patient import Commitment, Plan
from domain.program import Deviation
from domain.session import Meeting
from services.application import NotKnown, UnitOfWork, plans, rosters, sessions, tracks
from services.application.asked import Asked
from services.application.effects import (
    CannotCome,
    Effects,
    NotExpected,
    WouldBeRefused,
    looking,
)
from services.application.week_effects import Mend
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
    own_meeting,
    pattern,
)

NEXT = MONDAY + timedelta(days=7)


@pytest.fixture
def clinic() -> SmallClinic:
    """The clinic with Ann and Ben in the evening group, whose plans ask for all of it."""
    made = SmallClinic()
    made.enrol(ANN, BEN)
    for each in (ANN, BEN):
        made.daybook.handle(made.context(), plans.set_plan, each, Plan(540, 3), MONDAY)
    return made


def look(clinic: SmallClinic, decide: Callable[[UnitOfWork], Any]) -> Effects:
    """Return what a command would do; nothing of it is recorded."""
    known = len(clinic.journal.order)
    asked = Asked(clinic.context(), looking(decide), FACILITY)
    try:
        found: Effects = clinic.daybook.run(asked).returned
    finally:
        assert len(clinic.journal.order) == known
    return found


def refused(clinic: SmallClinic, decide: Callable[[UnitOfWork], Any]) -> WouldBeRefused:
    with pytest.raises(WouldBeRefused) as why:
        look(clinic, decide)
    return why.value


def moved(clinic: SmallClinic, day: date, to: date, hour: int, **other: Any) -> Meeting:
    """Return the evening group's meeting of a day at another time."""
    known = clinic.evening(day).meeting
    shift = datetime.combine(to, time(hour), UTC) - known.starts_at
    parts = tuple(
        replace(each, starts_at=each.starts_at + shift, ends_at=each.ends_at + shift)
        for each in known.parts
    )
    return replace(
        known,
        day=to,
        starts_at=known.starts_at + shift,
        ends_at=known.ends_at + shift,
        parts=parts,
        **other,
    )


def works(clinic: SmallClinic, patient_id: str, starts: int, ends: int, *on: str) -> None:
    duty = Commitment("work", "At the mill", on, time(starts), time(ends), MONDAY, None)
    clinic.daybook.handle(clinic.context(), rosters.note_commitment, patient_id, duty)


def test_a_session_that_is_moved_within_its_week_keeps_everybodys_minutes(
    clinic: SmallClinic,
) -> None:
    session = clinic.evening(WEDNESDAY)
    meeting = moved(clinic, WEDNESDAY, WEDNESDAY + timedelta(days=1), 10)

    found = look(clinic, lambda work: sessions.reschedule_session(work, session.id, meeting))

    [changed] = found.sessions
    assert changed.session_id == session.id
    assert changed.before
    assert changed.after
    assert (changed.before.day, changed.after.day) == (WEDNESDAY, meeting.day)
    assert (changed.after.starts_at, changed.after.taken) == (meeting.starts_at, 2)
    assert (found.cannot_come, found.taken, found.short_weeks) == ((), (), ())


def test_a_session_that_is_called_off_leaves_weeks_short_and_says_what_would_mend_them(
    clinic: SmallClinic,
) -> None:
    extra = replace(
        own_meeting(FRIDAY, 9, "room-2", "staff-2"),
        ends_at=datetime(2025, 3, 7, 12, tzinfo=UTC),
    )
    part = replace(extra.parts[0], service="group", ends_at=extra.ends_at)
    extra = replace(extra, parts=(part,))
    schedule: Any = {"facility_id": FACILITY, "label": "extra", "meeting": extra}
    extra_id = clinic.daybook.handle(clinic.context(), sessions.schedule_session, **schedule)
    clinic.own("counselling", FRIDAY, 13)
    works(clinic, BEN, 8, 16, "FR")
    session = clinic.evening(WEDNESDAY)

    found = look(clinic, lambda work: sessions.call_off_session(work, session.id, "a storm"))

    [changed] = found.sessions
    assert changed.after
    assert changed.after.called_off_because == "a storm"
    of_ann, of_ben = sorted(found.short_weeks, key=lambda each: each.patient_id)
    assert (of_ann.patient_id, of_ann.week_of) == (ANN, MONDAY)
    assert (of_ann.minutes_before, of_ann.minutes_after, of_ann.plan_minutes) == (540, 360, 540)
    # Nobody joins somebody else's counselling.
    assert of_ann.mends == (
        Mend(extra_id, "extra", FRIDAY, extra.starts_at, extra.ends_at, 180, 3),
    )
    assert of_ben.mends == ()


def test_each_who_cannot_come_is_named_though_the_command_is_refused_for_the_first(
    clinic: SmallClinic,
) -> None:
    works(clinic, ANN, 9, 12, "TH")
    other = clinic.own("counselling", date(2025, 3, 6), 11)
    clinic.daybook.handle(clinic.context(), rosters.book_patient, other, BEN)
    session = clinic.evening(WEDNESDAY)
    meeting = moved(clinic, WEDNESDAY, date(2025, 3, 6), 10)

    why = refused(clinic, lambda work: sessions.reschedule_session(work, session.id, meeting))

    assert isinstance(why.refusal, CommitmentInTheWay | PatientTaken)
    assert why.effects.cannot_come == (
        CannotCome(ANN, session.id, "has work, TH 09:00-12:00"),
        CannotCome(BEN, session.id, "is expected at counselling at that time"),
    )
    short = {each.patient_id: each.minutes_after for each in why.effects.short_weeks}
    # Ben's counselling counts too.
    assert short == {ANN: 360, BEN: 480}


def test_a_room_that_is_taken_is_named_with_what_has_it(clinic: SmallClinic) -> None:
    other = clinic.own("counselling", WEDNESDAY, 18)
    session = clinic.evening(WEDNESDAY)

    why = refused(clinic, lambda work: tracks.substitute_room(work, session.id, "room-2", "a leak"))

    assert isinstance(why.refusal, ResourceTaken)
    [taken] = why.effects.taken
    assert (taken.kind, taken.resource_id) == ("room", "room-2")
    assert (taken.session_id, taken.by_session_id, taken.by_label) == (
        session.id,
        other,
        "counselling",
    )


def test_who_would_lead_is_busy_with_a_session_that_is_named(clinic: SmallClinic) -> None:
    clinic.own("counselling", WEDNESDAY, 18)
    session = clinic.evening(WEDNESDAY)

    why = refused(clinic, lambda work: tracks.substitute_staff(work, session.id, "staff-2", "ill"))

    assert [(each.kind, each.resource_id) for each in why.effects.taken] == [("staff", "staff-2")]


def test_a_closure_takes_the_days_sessions_off_and_leaves_weeks_short(clinic: SmallClinic) -> None:
    found = look(
        clinic,
        lambda work: tracks.declare_closure(work, FACILITY, PROGRAM, WEDNESDAY, "snow"),
    )

    assert [(each.before is not None, each.after) for each in found.sessions] == [(True, None)]
    assert {each.patient_id for each in found.short_weeks} == {ANN, BEN}
    clinic.daybook.handle(
        clinic.context(), tracks.declare_closure, FACILITY, PROGRAM, WEDNESDAY, "snow"
    )

    lifted = look(clinic, lambda work: tracks.lift_closure(work, FACILITY, PROGRAM, WEDNESDAY))

    [back] = lifted.sessions
    assert back.before is None
    assert back.after
    assert back.after.taken == 2
    assert lifted.short_weeks == ()


def test_a_change_of_all_that_follow_names_each_session_and_who_cannot_come_to_which(
    clinic: SmallClinic,
) -> None:
    works(clinic, ANN, 9, 12, "WE")
    earlier = pattern(9, "room-1", "staff-1", ("MO", "WE", "FR"))

    why = refused(
        clinic,
        lambda work: tracks.change_following(
            work, FACILITY, PROGRAM, TRACK, from_day=NEXT, pattern=earlier, reason="mornings"
        ),
    )

    assert isinstance(why.refusal, ConflictsMet)
    assert [each.after.day for each in why.effects.sessions if each.after] == [
        NEXT,
        NEXT + timedelta(days=2),
        NEXT + timedelta(days=4),
    ]
    [kept_away] = why.effects.cannot_come
    assert (kept_away.patient_id, kept_away.because) == (ANN, "has work, WE 09:00-12:00")


def test_who_cannot_come_is_taken_off_by_the_move_itself_and_nobody_else(
    clinic: SmallClinic,
) -> None:
    works(clinic, ANN, 9, 12, "TH")
    session, thursday = clinic.evening(WEDNESDAY), WEDNESDAY + timedelta(days=1)
    meeting = moved(clinic, WEDNESDAY, thursday, 10)

    def move(work: UnitOfWork, *taking_off: str) -> None:
        sessions.reschedule_session(work, session.id, meeting, taking_off)

    found = look(clinic, lambda work: move(work, ANN, BEN))
    assert found.not_expected == (NotExpected(ANN, session.id),)
    assert found.cannot_come == ()
    assert [(each.patient_id, each.minutes_after) for each in found.short_weeks] == [(ANN, 360)]
    clinic.daybook.handle(clinic.context(), sessions.reschedule_session, session.id, meeting, [ANN])
    assert list(clinic.evening(WEDNESDAY).visits) == [BEN]
    assert session.id not in clinic.patient(ANN).bookings
    with pytest.raises(NotKnown):
        look(clinic, lambda work: move(work, "patient-nobody"))


def test_who_cannot_come_to_some_that_follow_is_taken_off_those(clinic: SmallClinic) -> None:
    works(clinic, ANN, 9, 12, "WE")
    earlier = pattern(10, "room-1", "staff-1", ("MO", "WE", "FR"))

    def change(work: UnitOfWork, *taking_off: str) -> None:
        tracks.change_following(
            work,
            *(FACILITY, PROGRAM, TRACK),
            from_day=WEDNESDAY,
            pattern=earlier,
            reason="summer",
            taking_off=taking_off,
        )

    refused(clinic, change)
    found = look(clinic, lambda work: change(work, ANN))
    wednesdays = [clinic.evening(WEDNESDAY + timedelta(days)).id for days in (0, 7)]
    assert found.not_expected == tuple(NotExpected(ANN, each) for each in wednesdays)
    clinic.daybook.run(Asked(clinic.context(), lambda work: change(work, ANN), FACILITY))
    assert {ANN, BEN} == set(clinic.evening(FRIDAY).visits)
    assert list(clinic.evening(WEDNESDAY).visits) == [BEN]


def test_a_meeting_that_comes_back_where_somebody_is_enrolled_and_cannot_come(
    clinic: SmallClinic,
) -> None:
    day = NEXT + timedelta(days=2)
    off = Deviation("a holiday", off=True)
    which = (FACILITY, PROGRAM, TRACK)
    clinic.daybook.handle(
        clinic.context(), tracks.change_meeting, *which, occurrence=day, deviation=off
    )
    works(clinic, ANN, 16, 20, "WE")

    why = refused(clinic, lambda work: tracks.restore_meeting(work, *which, occurrence=day))

    [kept_away] = why.effects.cannot_come
    assert kept_away.patient_id == ANN
    assert "work, WE 16:00-20:00" in kept_away.because


def test_a_track_that_is_extended_says_what_would_be_scheduled() -> None:
    clinic = SmallClinic(last_day=None)
    clinic.now += timedelta(weeks=1)

    found = look(clinic, lambda work: tracks.extend_track(work, FACILITY, PROGRAM, TRACK))

    assert len(found.sessions) == 3
    assert all(each.before is None for each in found.sessions)


def test_a_session_that_is_restored_takes_everybodys_time_again(clinic: SmallClinic) -> None:
    session = clinic.evening(WEDNESDAY)
    clinic.daybook.handle(clinic.context(), sessions.call_off_session, session.id, "a storm")
    works(clinic, ANN, 16, 20, "WE")

    found = look(clinic, lambda work: tracks.restore_session(work, session.id, "it passed"))

    [changed] = found.sessions
    assert changed.before
    assert changed.before.called_off_because == "a storm"
    # It is restored all the same, and somebody decides what comes of it.
    assert [each.patient_id for each in found.cannot_come] == [ANN]


def test_a_week_counts_with_what_was_credited_where_a_session_is_closed(
    clinic: SmallClinic,
) -> None:
    # Nobody came on Monday.
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), sessions.close_session, clinic.evening().id)

    found = look(
        clinic,
        lambda work: sessions.call_off_session(work, clinic.evening(FRIDAY).id, "a storm"),
    )

    assert {(each.minutes_before, each.minutes_after) for each in found.short_weeks} == {(360, 180)}


def test_what_is_not_there_is_refused_as_ever(clinic: SmallClinic) -> None:
    with pytest.raises(NotKnown):
        look(clinic, lambda work: sessions.call_off_session(work, "session-0", "a storm"))


def test_a_new_session_and_nobody_in_it(clinic: SmallClinic) -> None:
    meeting = own_meeting(WEDNESDAY, 9, "room-2", "staff-2")

    found = look(
        clinic,
        lambda work: sessions.schedule_session(
            work, facility_id=FACILITY, label="family", meeting=meeting
        ),
    )

    [changed] = found.sessions
    assert (changed.before, changed.label) == (None, "family")
    assert found.patient_ids == []


def test_who_has_no_plan_falls_short_of_none() -> None:
    clinic = SmallClinic()
    clinic.enrol(CAL)

    found = look(
        clinic, lambda work: sessions.call_off_session(work, clinic.evening().id, "a storm")
    )

    assert found.short_weeks == ()
