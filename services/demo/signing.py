"""Notes about those who came: who signs them, when, and who signs them, too."""

from datetime import date, datetime, timedelta

from services.application.signatures import cosign_note, sign_individual_note
from services.demo.diary import Diary, staff
from services.demo.people import Course
from services.demo.place import (
    DIRECTOR,
    SUPERVISED,
    SUPERVISED_SINCE,
    Group,
    Place,
    staff_member,
)

SIGNED = 0.994
"""How often a note is signed in time; of the others nobody thinks again."""

COSIGNED = 0.95
"""How often a note that needs a second signature gets it in time; the others never do."""


def sign_group_visit(place: Place, diary: Diary, group: Group, course: Course, day: date) -> None:
    """Note that a group's counselor signs the note about one who came, most of the time."""
    at = place.ends(group, day) + timedelta(minutes=25)
    sign_visit(place, diary, group.staff_id, course, group.session_id(day), at)


def sign_visit(  # noqa: PLR0917 - whose note about whom, where and when
    place: Place, diary: Diary, staff_id: str, course: Course, session_id: str, at: datetime
) -> None:
    """Note that a note is signed most of the time, and what a supervised author wrote twice."""
    if course.dice(f"note {session_id}").random() > SIGNED:
        return
    diary.of_visit(at, staff(staff_id), session_id, course, sign_individual_note)
    day = at.astimezone(place.zone).date()
    is_asked = day >= place.today - SUPERVISED_SINCE and _is_supervised(staff_id)
    if is_asked and course.dice(f"cosigned {session_id}").random() < COSIGNED:
        # The director does it two mornings later.
        again = place.at(day + timedelta(days=2), 9, 20)
        diary.of_visit(again, staff(DIRECTOR), session_id, course, cosign_note)


def _is_supervised(staff_id: str) -> bool:
    return staff_member(staff_id).credential == SUPERVISED
