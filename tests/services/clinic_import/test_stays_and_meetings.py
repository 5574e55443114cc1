"""What a clinic's files can say of stays that follow each other, and of two meetings on one day."""

import zoneinfo
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.patient import Discharge, Enrolment, Stay
from domain.program import Deviation
from domain.times import instant
from services.application.check_in import check_out
from services.application.identities import correct_record_number
from services.application.rosters import enrol_patient
from services.application.tracks import change_meeting
from tests.services.clinic_import.clinic_edits import (
    Edit,
    append,
    change,
    every,
    fields_of,
    remove,
    sign_in,
)
from tests.support.imported_clinic import LOOKED, SEP, Clinic, at

COLUMNS = "mrn,program_id,admitted_on,discharged_on,discharge_kind,weekly_hours,days_per_week,payer"


def episodes(*rows: str) -> Edit:
    def edit(folder: Path) -> None:
        text = "".join(f"{row}\n" for row in (COLUMNS, *rows))
        (folder / "episodes.csv").write_text(text, encoding="utf-8")

    return edit


def faults(clinic: Clinic, *edits: Edit) -> list[str]:
    before = clinic.journal.position()
    found = [str(each) for each in clinic.take_in(*edits).faults]
    assert clinic.journal.position() == before
    return found


# --- Stays ---


def test_import_of_episodes_admits_again(clinic: Clinic) -> None:
    clinic.take_in(
        episodes("J04,young,2026-09-17,,,,,medicaid"),
        append("enrolments", "J04,school,2026-09-17,,TH"),
        sign_in("2026-09-17,school,J04,16:00,,"),
        now=at(SEP[17], "17:00"),
    )
    j04 = clinic.patient("J04")
    assert j04.earlier == (Stay("adult", SEP[9], "medicare", Discharge(SEP[16], "transferred")),)
    assert (j04.program_id, j04.admitted_on, j04.payer) == ("young", SEP[17], "medicaid")
    assert j04.plan
    assert j04.plan.weekly_minutes == 180
    assert j04.id in clinic.session("school", SEP[17]).visits
    assert clinic.again(now=at(SEP[17], "17:00"))[1] == []


def test_first_import_tells_all_stays(clinic: Clinic) -> None:
    folder = clinic.folder
    every(
        change("patients", 5, "admitted_on", "2026-09-17"),
        change("patients", 5, "discharged_on", ""),
        change("patients", 5, "discharge_kind", ""),
        episodes("J04,adult,2026-09-09,2026-09-16,transferred,6.5,3,medicare"),
    )(folder)
    fresh = Clinic(folder, type(clinic.journal)(), type(clinic.vault)())
    assert not fresh.take_in().faults
    assert [each.admitted_on for each in fresh.patient("J04").earlier] == [SEP[9]]
    assert fresh.patient("J04").admitted_on == SEP[17]


def test_import_of_a_later_admission_after_the_discharge_is_another_stay(clinic: Clinic) -> None:
    _, topics = clinic.again(
        change("patients", 5, "admitted_on", "2026-09-17"),
        change("patients", 5, "discharged_on", ""),
        change("patients", 5, "discharge_kind", ""),
        append("enrolments", "J04,evening,2026-09-17,,TH"),
    )
    assert "patient.candidate-admitted" in topics
    assert clinic.patient("J04").episode == 2
    assert clinic.again()[1] == []


def test_import_of_a_readmission_by_hand_that_the_files_tell_later(clinic: Clinic) -> None:
    clinic.take_in(episodes("J04,adult,2026-09-17,,,,,medicare"))
    clinic.do(enrol_patient, clinic.patient("J04").id, Enrolment("evening", ("TH",), SEP[17], None))
    assert clinic.again(append("enrolments", "J04,evening,2026-09-17,,TH"))[1] == []


def test_import_refuses_stays_that_overlap_or_have_no_end(clinic: Clinic) -> None:
    for row, place, problem in (
        ("J04,adult,2026-09-16,,,,,self", "patients.csv:5: discharged_on", "before this one has"),
        (
            "J01,adult,2026-09-17,,,,,self",
            "patients.csv:2: discharged_on",
            "so this one has a last",
        ),
        (
            "J04,adult,2026-09-01,2026-09-02,completed,,,self",
            "episodes.csv:2: admitted_on",
            "the stay of 2026-09-09 is on record, and this one is before it or within it",
        ),
    ):
        [fault] = faults(clinic, episodes(row))
        assert fault.startswith(f"{place}: ")
        assert problem in fault
    assert faults(clinic, episodes("J99,adult,2026-09-01,,,,,medicare")) == [
        "episodes.csv:2: mrn: no patient has this mrn"
    ]


def test_import_refuses_to_change_a_stay_that_another_one_followed(clinic: Clinic) -> None:
    clinic.take_in(episodes("J04,adult,2026-09-17,,,,,medicare"))
    [fault] = faults(clinic, change("patients", 5, "discharge_kind", "completed"))
    assert fault.startswith("patients.csv:5: discharge_kind: the stay of 2026-09-09 to 2026-09-16")


# --- An enrolment's first day, a record number ---


def test_import_of_another_first_day_puts_the_enrolment_right(clinic: Clinic) -> None:
    clinic.take_in(
        append("patients", "J07,Gus,Vega,1986-10-10,adult,2026-09-07,,,,,medicaid"),
        append("enrolments", "J07,evening,2026-09-08,,TU"),
    )
    assert clinic.status("evening", SEP[8], "J07") == "no_show"
    clinic.again(change("enrolments", 8, "first_day", "2026-09-15"))
    j07 = clinic.patient("J07")
    assert clinic.status("evening", SEP[8], "J07") is None
    assert j07.id not in clinic.session("evening", SEP[8]).visits
    assert clinic.status("evening", SEP[15], "J07") == "no_show"
    outcome, topics = clinic.again()
    assert (topics, outcome.warnings) == ([], ())


def test_import_of_a_later_first_day_names_what_is_before_it(clinic: Clinic) -> None:
    found = faults(clinic, change("enrolments", 4, "first_day", "2026-09-14"))
    places = [each.partition(": ")[0] for each in found]
    assert places == ["absences.csv:3", "sign_ins.csv:3"]


def test_import_refuses_a_record_number_put_right_beside_the_record(clinic: Clinic) -> None:
    found = faults(clinic, change("patients", 7, "mrn", "J60"))
    assert found[0].startswith("patients.csv:7: mrn: somebody of this name and birth date is on")
    assert not any("Fay" in each or "J60" in each for each in found)


def everywhere(old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        for path in folder.glob("*.csv"):
            path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")

    return edit


def test_import_of_a_corrected_number_goes_on_once_the_record_has_it(clinic: Clinic) -> None:
    session, j06 = clinic.session("school", SEP[15]), clinic.patient("J06").id
    earlier = at(SEP[15], "17:00")
    clinic.do(check_out, session.id, j06, at=earlier, amendment=LOOKED)
    assert faults(clinic, everywhere("J06", "J60"))
    clinic.do(correct_record_number, j06, "J60")
    assert clinic.again()[1] == []
    assert clinic.patient("J60").id == j06


# --- Two meetings of one track on one day ---


def two_on_tuesday(clinic: Clinic) -> None:
    """Move the evening group of Thursday the 17th to noon of Tuesday the 15th, beside the other."""
    clinic.journal.rows.clear()
    moved = Deviation(
        "training", day=SEP[15], starts=time(12), ends=time(14), room_id="hall", staff_id="s-ash"
    )
    clinic.do(change_meeting, "juniper", "adult", "evening", occurrence=SEP[17], deviation=moved)


def test_import_finds_a_lines_meeting_by_its_time(clinic: Clinic) -> None:
    two_on_tuesday(clinic)
    clinic.again(sign_in("2026-09-15,evening,J03,12:00,14:00,"))
    j03 = clinic.patient("J03").id
    noon, evening = clinic.session("evening", SEP[17]), clinic.session("evening", SEP[15])
    assert [line.arrived_at for line in noon.visits[j03].sign_ins] == [at(SEP[15], "12:00")]
    assert [line.arrived_at for line in evening.visits[j03].sign_ins] == [at(SEP[15], "17:55")]
    assert clinic.again()[1] == []


def test_import_asks_which_meeting_an_absence_or_a_cancellation_means(clinic: Clinic) -> None:
    two_on_tuesday(clinic)
    which = "session: 'evening' meets at 12:00 and at 18:00 on 2026-09-15: say which meeting it is"
    absence = append("absences", "2026-09-15,evening,J04,Ill,no,2026-09-15 08:00")
    assert faults(clinic, absence) == [f"absences.csv:6: {which} in the column starts"]
    remove("absences", 6)(clinic.folder)
    off = append("cancellations", "2026-09-15,evening,Flood")
    assert faults(clinic, off) == [f"cancellations.csv:3: {which} in the column starts"]


def test_import_of_a_row_that_says_which_meeting_it_means(clinic: Clinic) -> None:
    two_on_tuesday(clinic)
    _, topics = clinic.again(
        append("cancellations", "2026-09-15,evening,Flood"),
        fields_of(None, "cancellations", lambda fields: fields.append("")),
        fields_of(1, "cancellations", lambda fields: fields.__setitem__(-1, "starts")),
        fields_of(3, "cancellations", lambda fields: fields.__setitem__(-1, "12:00")),
    )
    assert "session.called-off" in topics
    assert clinic.session("evening", SEP[17]).called_off
    assert not clinic.session("evening", SEP[15]).called_off
    assert clinic.again()[1] == []


def test_import_asks_which_missed_meeting_is_made_up(clinic: Clinic) -> None:
    two_on_tuesday(clinic)
    own = append("sessions", "one-9,adult,2026-09-16,16:00,17:00,skills,Budgeting,nook,s-cedar,J01")
    line = "2026-09-16,one-9,J03,16:00,17:00,2026-09-15 evening"
    [fault] = faults(clinic, every(own, sign_in(line)))
    assert fault.startswith("sign_ins.csv:20: makes_up: 'evening' meets at 12:00 and at 18:00")
    clinic.again(change("sign_ins", 20, "makes_up", "2026-09-15 evening 12:00"))
    j03 = clinic.patient("J03").id
    assert clinic.session("evening", SEP[17]).visits[j03].made_up_by


# --- The rules of the zone ---


@pytest.fixture
def denver_in_chicago(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Let the clocks of Chicago go by the rules of Denver from a moment on."""
    before = zoneinfo.TZPATH

    def change_rules() -> None:
        for folder in before:
            rules = Path(folder) / "America" / "Denver"
            if rules.exists():
                target = tmp_path / "zones" / "America" / "Chicago"
                target.parent.mkdir(parents=True)
                target.write_bytes(rules.read_bytes())
                break
        zoneinfo.reset_tzpath([str(tmp_path / "zones")])
        ZoneInfo.clear_cache()

    yield change_rules
    zoneinfo.reset_tzpath(before)
    ZoneInfo.clear_cache()


def test_import_puts_sessions_right_when_the_rules_of_the_zone_have_changed(
    clinic: Clinic, denver_in_chicago: Callable[[], None]
) -> None:
    past, denver = clinic.session("evening", SEP[15]).meeting, ZoneInfo("America/Denver")
    denver_in_chicago()
    _, topics = clinic.again()
    assert "session.rescheduled" in topics
    evening, own = clinic.session("evening", SEP[21]), clinic.session("one-4")
    assert evening.meeting.starts_at == instant(SEP[21], time(18), denver)
    assert own.meeting.starts_at == instant(SEP[18], time(13), denver)
    booked = clinic.patient("J03").bookings
    assert booked[evening.id].starts_at == evening.meeting.starts_at
    assert clinic.session("evening", SEP[15]).meeting == past
    assert clinic.again()[1] == []
