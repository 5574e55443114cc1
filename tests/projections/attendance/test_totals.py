"""What attendance adds up to: weeks, runs of absences, lateness, topics, and merged records."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.session import Absence, Part, Session, SignIn
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    MONDAY,
    at,
    called_off,
    closed,
    later,
    rostered,
    session,
    signed_in,
)
from tests.support.read_models import ReadModels, facility, merged, patient


def afterwards(found: Session) -> CommandContext:
    return CommandContext("command-5", found.meeting.ends_at, "staff-7")


def comes(patient_id: str, minutes: int = 180, late: int = 0) -> Any:
    def come(s: Session) -> None:
        arrived = s.meeting.starts_at + timedelta(minutes=late)
        left = s.meeting.starts_at + timedelta(minutes=minutes)
        s.sign_in(CAUSE, patient_id, SignIn(arrived, left))

    return come


def held(read_models: ReadModels, days: int, *commands: Any, patient_id: str = "ann") -> Session:
    """Hold a session some days after Monday that a patient is expected at."""
    found = session(later(days))
    read_models.after(found, rostered(patient_id), *commands)
    read_models.after(found, lambda s: s.close(afterwards(s), LATE_AFTER))
    return found


@pytest.mark.parametrize(
    ("starts_on", "weeks"),
    [
        ("monday", [(date(2025, 3, 3), 330, 255, 2, 2), (date(2025, 3, 10), 165, 0, 1, 0)]),
        ("sunday", [(date(2025, 3, 2), 165, 165, 1, 1), (date(2025, 3, 9), 330, 90, 2, 1)]),
    ],
)
def test_weeks_add_up_as_the_site_counts_them(
    starts_on: str, weeks: Sequence[tuple[Any, ...]], read_models: ReadModels
) -> None:
    read_models.take(facility(starts_on))
    held(read_models, 0, comes("ann"))
    held(read_models, 6, comes("ann", minutes=90))
    held(read_models, 7)
    found = session(later(3))
    read_models.after(found, rostered("ann"), called_off)
    assert (
        read_models.rows(
            "SELECT week_of, scheduled_minutes, credited_minutes, scheduled_days, credited_days"
            " FROM attendance.weeks WHERE patient_id = 'ann' ORDER BY 1"
        )
        == weeks
    )


def test_two_sessions_of_one_day_are_one_day_of_a_week(read_models: ReadModels) -> None:
    read_models.take(facility())
    held(read_models, 0, comes("ann"))
    other = Session.schedule(CAUSE, facility_id="oak-street", label="one", meeting=MEETING)
    read_models.after(other, rostered("ann"), closed)
    assert read_models.rows(
        "SELECT scheduled_minutes, scheduled_days, credited_days FROM attendance.weeks"
    ) == [(330, 1, 1)]


def absent(*, excused: bool) -> Any:
    return lambda s: s.note_absence(CAUSE, "ann", Absence("fever", CAUSE.at, excused))


def test_absences_run_until_somebody_is_seen(read_models: ReadModels) -> None:
    read_models.take(facility())
    held(read_models, 0)
    held(read_models, 1, absent(excused=True))
    held(read_models, 2, absent(excused=False))
    read_models.after(session(later(3)), rostered("ann"), called_off)
    held(read_models, 4)
    held(read_models, 5, comes("ann"))
    held(read_models, 6, lambda s: s.turn_away(afterwards(s), "ann", reason="not sober"))
    held(read_models, 7)
    held(read_models, 8, comes("ann"))
    read_models.after(session(later(9)), rostered("ann"))
    assert read_models.rows(
        "SELECT patient_id, first_day, last_day, sessions FROM attendance.absence_runs ORDER BY 2"
    ) == [("ann", MONDAY, date(2025, 3, 7), 3), ("ann", date(2025, 3, 10), date(2025, 3, 10), 1)]


def test_lateness_is_in_whole_minutes_and_never_negative(read_models: ReadModels) -> None:
    read_models.take(facility())
    read_models.after(
        session(),
        rostered("ann", "ben", "cleo"),
        signed_in("ann", "16:50", "20:10"),
        signed_in("ben", "17:12", "18:00"),
        signed_in("ben", "18:10", "19:30"),
        signed_in("cleo", "17:01"),
        closed,
    )
    assert read_models.rows(
        "SELECT patient_id, arrived_at, minutes_late, minutes_left_early FROM attendance.lateness"
        " ORDER BY 1"
    ) == [
        ("ann", at("16:50"), 0, 0),
        ("ben", at("17:12"), 12, 30),
        ("cleo", at("17:01"), 1, 0),
    ]


def test_topics_are_covered_across_sessions(read_models: ReadModels) -> None:
    read_models.take(facility())
    for day, topics in ((0, ("triggers", None)), (1, ("triggers", 'the "cycle"'))):
        first, middle, last = later(day).parts
        parts = (
            replace(first, service="education", topic=topics[0]),
            replace(middle, service="education", title="Film", topic=None),
            replace(last, service="education", topic=topics[1]),
        )
        found = session(later(day, parts=parts))
        read_models.after(found, rostered("ann"), comes("ann"))
        read_models.after(found, lambda s: s.close(afterwards(s), LATE_AFTER))
    assert read_models.rows(
        "SELECT topic, minutes, sessions FROM attendance.coverage WHERE patient_id = 'ann'"
        " ORDER BY minutes"
    ) == [('the "cycle"', 75, 1), ("triggers", 180, 2)]
    credits = read_models.rows("SELECT credits, credited_minutes FROM attendance.visits")
    assert credits == [({"education": 180}, 180)] * 2


# Two records of one person

COUNTED = (
    "SELECT session_id, patient_id, recorded_as, status, credited_minutes"
    " FROM attendance.counted_visits ORDER BY day"
)


def test_a_merged_records_visits_become_the_other_ones(read_models: ReadModels) -> None:
    read_models.take(facility())
    first = held(read_models, 0, comes("dup"), patient_id="dup")
    second = held(read_models, 1, comes("ann"))
    merged(read_models, "dup", "ann")
    assert read_models.rows(COUNTED) == [
        (first.id, "ann", "dup", "attended", 165),
        (second.id, "ann", "ann", "attended", 165),
    ]
    assert read_models.rows("SELECT patient_id, credited_days FROM attendance.weeks") == [
        ("ann", 2)
    ]
    merges = "SELECT merged_into FROM attendance.merges WHERE patient_id = 'dup'"
    assert read_models.rows(merges) == [("ann",)]
    # A correction still names the record under which the visit was made.
    read_models.after(
        first,
        lambda s: s.sign_in(
            afterwards(s),
            "dup",
            SignIn(s.meeting.starts_at, s.meeting.starts_at + timedelta(minutes=60)),
            amendment=FOUND,
        ),
        lambda s: s.reconcile_attendance(afterwards(s), LATE_AFTER, FOUND),
    )
    assert read_models.rows(COUNTED)[0] == (first.id, "ann", "dup", "attended", 60)


@pytest.mark.parametrize(
    ("commands", "recorded_as", "minutes"),
    [
        ((comes("dup"),), "dup", 165),
        ((comes("ann"),), "ann", 165),
        ((comes("ann", minutes=60), comes("dup", minutes=70)), "dup", 70),
        ((comes("ann", minutes=60), comes("dup", minutes=60)), "ann", 60),
        ((), "ann", 0),
        ((signed_in("dup", "17:00"),), "dup", 0),
    ],
    ids=["the duplicate", "the survivor", "more minutes", "as many", "nobody", "unfinished"],
)
def test_of_two_visits_to_one_session_the_attended_one_counts(
    commands: Sequence[Any], recorded_as: str, minutes: int, read_models: ReadModels
) -> None:
    read_models.take(facility())
    found = session()
    read_models.after(found, rostered("ann", "dup"), *commands, closed)
    merged(read_models, "dup", "ann")
    assert [row[1:3] + row[4:] for row in read_models.rows(COUNTED)] == [
        ("ann", recorded_as, minutes)
    ]
    assert len(read_models.rows("SELECT * FROM attendance.visits")) == 2
    assert read_models.rows("SELECT scheduled_minutes FROM attendance.weeks") == [(165,)]


def test_which_of_two_visits_counts_follows_later_corrections(read_models: ReadModels) -> None:
    read_models.take(facility())
    found = session()
    read_models.after(found, rostered("ann", "dup"), comes("dup"), closed)
    merged(read_models, "dup", "ann")
    read_models.after(
        found,
        lambda s: s.undo_check_in(AFTERWARDS, "dup", at("17:00"), amendment=FOUND),
        lambda s: s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND),
    )
    assert [row[2:] for row in read_models.rows(COUNTED)] == [("ann", "no_show", 0)]


def test_a_record_that_is_merged_on_takes_all_that_was_merged_before_along(
    read_models: ReadModels,
) -> None:
    read_models.take(facility())
    held(read_models, 0, comes("first"), patient_id="first")
    first, second, last = (patient(each) for each in ("first", "second", "last"))
    second.absorb(CAUSE, first)
    read_models.take(first, second)
    last.absorb(CAUSE, second)
    read_models.take(second, last)
    assert [row[1:3] for row in read_models.rows(COUNTED)] == [("last", "first")]
    merges = "SELECT patient_id, merged_into FROM attendance.merges ORDER BY 1"
    assert read_models.rows(merges) == [("first", "last"), ("second", "last")]


def test_a_part_has_no_minutes_where_it_has_no_time(read_models: ReadModels) -> None:
    read_models.take(facility())
    empty = Part(at("17:00"), at("17:00"), "education", "Skipped", "triggers")
    found = session(replace(MEETING, parts=(empty,)))
    read_models.after(found, rostered("ann"), comes("ann"), closed)
    assert read_models.rows("SELECT * FROM attendance.coverage") == []
