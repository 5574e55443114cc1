"""What each event changes: of a session, of a patient or of a facility, and nothing but ids."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.aggregate import Event
from projections.attendance import Attendance
from projections.care import Care
from projections.compliance import Compliance
from projections.schedule import Schedule
from services.api.changes import Visible, visible_to
from services.api.recorded_changes import (
    OF_A_PATIENT,
    UNSEEN,
    Change,
    RecordedChanges,
    Window,
    privacy_of,
)
from services.publishing import outbox
from services.reports.viewer import EVERYTHING, Viewer
from tests.contracts.story import ANN, BEN, CAL, told
from tests.support.backend import Backend

VIEWS = Attendance(), Care(), Compliance(), Schedule()


@pytest.fixture
def story(backend: Backend) -> Window:
    outbox.make_tables(backend.journal)
    backend.journal.save(*told())
    recorded = RecordedChanges(backend.journal, VIEWS)
    window = recorded.after(0, 10_000)
    assert (window.last, 0) == recorded.place()
    return window


def of(story: Window, topic: str) -> list[Change]:
    return [each for each in story.changes if each.type == topic]


def topics(of: type[Event] = Event) -> Iterator[str]:
    for each in of.__subclasses__():
        if "TOPIC" in vars(each) and each.__module__.startswith("domain."):
            yield each.TOPIC
        yield from topics(each)


def test_each_event_changes_something_unless_no_view_shows_it(story: Window) -> None:
    shown = {each for each in topics() if each.partition(".")[0] not in UNSEEN}
    assert {each.type for each in story.changes} == shown


def test_each_aggregate_is_of_a_session_a_patient_or_the_facility(story: Window) -> None:
    kinds: dict[str, set[str]] = {}
    for each in story.changes:
        kinds.setdefault(each.type.partition(".")[0], set()).add(each.kind)
    assert kinds == {
        **{each: {"patient"} for each in OF_A_PATIENT},
        "session": {"session", "roster"},
        "program": {"facility", "patient"},
        "facility": {"facility"},
        "skipped-event": {"facility"},
    }


def test_what_is_about_a_patient_says_about_whom(story: Window) -> None:
    about = [each for each in story.changes if each.kind == "patient"]
    known = {ANN, BEN, CAL}
    ids = {each.patient_id for each in about}
    assert ids >= known
    assert None not in ids
    for topic, patient_id in {
        "identity.corrected": ANN,
        "record-number.reassigned": BEN,
        "assessment.corrected": ANN,
        "screening.corrected": CAL,
        "drug-testing.result-reported": ANN,
        "program.track-waitlisted": ANN,
    }.items():
        assert of(story, topic)[0].patient_id == patient_id, topic


def test_a_line_of_the_sheet_that_was_anothers_changes_two_rosters(story: Window) -> None:
    first, second = of(story, "session.sign-in-reassigned")[:2]
    assert first.position == second.position
    assert first.session_id == second.session_id
    assert first.patient_id != second.patient_id


def test_only_ids_positions_and_topics_are_told(story: Window) -> None:
    for each in story.changes:
        data = each.as_data()
        said = {data.pop("kind"), data.pop("position"), data.pop("type")}
        assert said == {each.kind, each.position, each.type}
        ids = {name: value for name, value in data.items() if value is not None}
        assert all(str(value).startswith(name[:-3] + "-") for name, value in ids.items()), ids


def test_what_is_clinical_or_who_somebody_is_is_told_apart(story: Window) -> None:
    classes = {each.type.partition(".")[0]: each.privacy for each in story.changes}
    assert classes["drug-testing"] == classes["assessment"] == "clinical"
    assert classes["identity"] == "identity"
    assert classes["session"] == classes["patient"] == "care"
    assert privacy_of("of-a-later.version") == "clinical"


def test_each_change_is_waited_for_where_it_is_shown(backend: Backend, story: Window) -> None:
    recorded = RecordedChanges(backend.journal, VIEWS)
    [checked_in] = {each.position for each in of(story, "session.patient-checked-in")[:1]}
    window = recorded.after(checked_in - 1, 1)
    assert window.shown_by == {"attendance": checked_in, "schedule": checked_in}
    drawn = of(story, "drug-testing.drug-test-drawn")[0].position
    assert recorded.after(drawn - 1, 1).shown_by == {"care": drawn}


def told_to(story: Window, visible: Visible) -> set[tuple[str, str | None, str | None]]:
    return {
        (each.type, each.session_id, each.patient_id) for each in story.changes if visible(each)
    }


def test_a_counselor_is_told_of_their_groups_and_patients_and_of_the_facility(
    story: Window,
) -> None:
    session_id = of(story, "session.patient-checked-in")[0].session_id
    assert session_id
    theirs = Viewer(patients=frozenset({BEN}), sessions=frozenset({session_id}))
    told = told_to(story, visible_to(theirs, hidden=(), findings=True))
    expected = {
        (each.type, each.session_id, each.patient_id)
        for each in story.changes
        if each.kind == "facility" or each.session_id == session_id or each.patient_id == BEN
    }
    assert told == expected
    assert 0 < len(told) < len(story.changes)


def test_who_is_shown_nothing_clinical_is_not_told_that_there_is_any(story: Window) -> None:
    told = {
        each.type.partition(".")[0]
        for each in story.changes
        if visible_to(EVERYTHING, hidden={"drug_tests"}, findings=True)(each)
    }
    assert not told & {"drug-testing", "assessment", "screening"}
    assert {"session", "patient", "identity", "program", "facility"} <= told


def test_of_findings_whoever_may_ask_for_them_is_told() -> None:
    anybodys = Change(kind="finding", position=1, type="finding.turned", facility_id="oak-street")
    ann, mine = replace(anybodys, patient_id=ANN), replace(anybodys, staff_id="s-diaz")
    all_of_it = visible_to(EVERYTHING, hidden=(), findings=True)
    assert all(map(all_of_it, (ann, mine, anybodys)))
    none = visible_to(EVERYTHING, hidden=(), findings=False)
    assert not any(map(none, (ann, mine, anybodys)))
    diaz = Viewer(patients=frozenset(), sessions=frozenset(), staff_id="s-diaz")
    visible = visible_to(diaz, hidden=(), findings=True)
    assert [visible(each) for each in (ann, mine, anybodys)] == [False, True, True]


def test_what_is_about_a_patient_whom_nobody_knows_is_told_to_no_counselor() -> None:
    unknown = Change(
        kind="patient", position=1, type="identity.corrected", facility_id="oak-street"
    )
    theirs = Viewer(patients=frozenset({ANN}), sessions=frozenset())
    assert not visible_to(theirs, hidden=(), findings=True)(unknown)
    assert visible_to(EVERYTHING, hidden=(), findings=True)(unknown)
