"""A clinic's files taken in again after Daybook was used: what was done by hand stays."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from domain.facility import Facility
from domain.patient import Discharge, Plan, Referral
from domain.program import Deviation
from domain.session import Meeting, Part, Session
from services.application import CommandHandler
from services.application.admissions import admit_patient, refer_patient
from services.application.discharge import discharge_patient
from services.application.plans import set_plan
from services.application.rosters import book_patient, wait_for_session
from services.application.sessions import schedule_session
from services.application.signatures import merge_patients
from services.application.tracks import change_meeting
from services.clinic_import import import_clinic
from services.embedded import Engines
from services.journal import Journal, Reads
from services.journal.imported_rows import ImportedRow, ImportedRows
from services.vault import Person, Vault
from tests.services.clinic_import.clinic_edits import BASE
from tests.support.backend import SITE_KEY, Backend, fresh_database

NOW = datetime(2026, 9, 17, 17, tzinfo=UTC)
BY_HAND = CommandContext("by-hand", NOW, "s-ash")


@pytest.fixture
def taken_in(shared_engines: Engines, tmp_path: Path) -> Any:
    with fresh_database(shared_engines) as backend:
        vault = Vault(backend.database_url, SITE_KEY)
        folder = tmp_path / "base"
        shutil.copytree(BASE, folder)
        outcome = import_clinic(backend.journal, vault, folder, now=NOW)
        assert not outcome.faults
        yield backend, vault, folder


def append(folder: Path, name: str, row: str) -> None:
    with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")


def patient_id(backend: Backend, vault: Vault, mrn: str) -> str:
    facility_id = facility(backend)
    number = backend.journal.load(f"record-number-{vault.number_hash(facility_id, mrn)}")
    return str(number.patient_id)


def facility(backend: Backend) -> str:
    return backend.journal.facilities()[0]


def again(backend: Backend, vault: Vault, folder: Path) -> tuple[list[str], list[str]]:
    before = backend.journal.position()
    outcome = import_clinic(backend.journal, vault, folder, now=NOW)
    topics = [each.topic for each in backend.journal.after(before, 10_000)]
    return [str(fault) for fault in outcome.faults], topics


def test_what_was_changed_by_hand_in_a_series_stays(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    daybook = CommandHandler(backend.journal, backend.vault)
    daybook.handle(
        BY_HAND,
        change_meeting,
        facility(backend),
        "adult",
        "evening",
        occurrence=date(2026, 9, 21),
        deviation=Deviation("training", day=date(2026, 9, 23), room_id="den"),
    )
    assert again(backend, vault, folder) == ([], [])
    moved = backend.journal.load(Session.id_of(facility(backend), "evening", date(2026, 9, 21)))
    assert (moved.meeting.day, moved.meeting.room_id) == (date(2026, 9, 23), "den")


def test_a_record_that_was_merged_goes_on_under_the_other_number(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    j03 = patient_id(backend, vault, "J03")
    append(folder, "patients", "J09,Cy,Marlowe,1995-06-17,adult,2026-09-08,,,,,self-pay")
    append(folder, "enrolments", "J09,evening,2026-09-14,,TU")
    faults, _ = again(backend, vault, folder)
    assert faults == []
    j09 = patient_id(backend, vault, "J09")
    CommandHandler(backend.journal, backend.vault).handle(BY_HAND, merge_patients, j09, into=j03)
    assert again(backend, vault, folder) == ([], [])
    append(folder, "sessions", "one-9,adult,2026-09-16,13:00,14:00,individual,Talk,nook,s-ash,J09")
    append(folder, "sign_ins", "2026-09-16,one-9,J09,13:00,14:00,")
    faults, topics = again(backend, vault, folder)
    assert faults == []
    assert "session.patient-checked-in" in topics
    talk = backend.journal.load(Session.id_of(facility(backend), "one-9", None))
    assert list(talk.visits) == [j03]
    assert again(backend, vault, folder) == ([], [])


def test_a_plan_that_somebody_adjusted_stays(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    j01 = patient_id(backend, vault, "J01")
    more = Plan(600, 4, goals=("work",))
    CommandHandler(backend.journal, vault).handle(BY_HAND, set_plan, j01, more, NOW.date())
    assert again(backend, vault, folder) == ([], [])
    assert backend.journal.load(j01).plan == more


def test_who_was_discharged_by_hand_has_left(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    j01 = patient_id(backend, vault, "J01")
    left = Discharge(NOW.date(), "step-down", ("goals-met",), "1")
    CommandHandler(backend.journal, vault).handle(BY_HAND, discharge_patient, j01, left)
    before = backend.journal.load(j01)
    assert before.enrolments
    assert max(each.starts_at.date() for each in before.bookings.values()) <= NOW.date()
    assert again(backend, vault, folder) == ([], [])
    assert backend.journal.load(j01) == before


def test_who_was_readmitted_by_hand_is_in_the_treatment_that_followed(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    daybook, j01 = CommandHandler(backend.journal, vault), patient_id(backend, vault, "J01")
    left = Discharge(date(2026, 9, 16), "dropped-out", ("no-contact",))
    daybook.handle(BY_HAND, discharge_patient, j01, left)
    person = vault.begin().open(j01, backend.journal.load(f"identity-{j01}").sealed)
    referral = Referral("adult", NOW.date(), "self", "community")
    assert daybook.handle(BY_HAND, refer_patient, facility(backend), person, referral) == j01
    daybook.handle(
        BY_HAND,
        admit_patient,
        j01,
        admitted_on=NOW.date(),
        payer="medicaid",
        focus="co-occurring",
        override="known here",
    )
    assert again(backend, vault, folder) == ([], [])
    assert backend.journal.load(j01).episode == 2


def test_a_candidate_of_daily_use_is_admitted_by_the_files(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    daybook = CommandHandler(backend.journal, vault)
    person = Person("J09", "Cy", "Marlowe", date(1995, 6, 17))
    referral = Referral("adult", date(2026, 9, 1), "County hospital", "inpatient")
    j09 = daybook.handle(BY_HAND, refer_patient, facility(backend), person, referral)
    append(folder, "patients", "J09,Cy,Marlowe,1995-06-17,adult,2026-09-08,,,,,self-pay")
    faults, topics = again(backend, vault, folder)
    assert (faults, topics) == ([], ["patient.candidate-admitted", "patient.plan-set"])
    assert backend.journal.load(j09).override == "recorded by import"
    assert again(backend, vault, folder) == ([], [])


def one_place() -> Meeting:
    starts_at = NOW + timedelta(hours=18)
    ends_at = starts_at + timedelta(hours=1)
    part = Part(starts_at, ends_at, "individual", "Talk")
    day = starts_at.date()
    return Meeting("adult", None, day, starts_at, ends_at, (part,), "nook", "s-ash", 1)


def test_who_leaves_by_the_files_waits_for_nothing(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    j01 = patient_id(backend, vault, "J01")
    daybook = CommandHandler(backend.journal, vault)
    session_id = daybook.handle(
        BY_HAND,
        schedule_session,
        facility_id=facility(backend),
        label="by hand",
        meeting=one_place(),
    )
    daybook.handle(BY_HAND, book_patient, session_id, patient_id(backend, vault, "J02"))
    daybook.handle(BY_HAND, wait_for_session, session_id, j01)
    path = folder / "patients.csv"
    rows = path.read_text(encoding="utf-8").replace(
        "J01,Ana,Reyes,1988-02-03,adult,2026-09-07,,,",
        "J01,Ana,Reyes,1988-02-03,adult,2026-09-07,2026-09-16,dropped-out,",
    )
    path.write_text(rows, encoding="utf-8")
    faults, topics = again(backend, vault, folder)
    assert faults == []
    assert "session.waitlist-left" in topics
    assert backend.journal.load(session_id).waiting == ()


def test_a_patient_who_is_referred_during_an_import_has_a_name(taken_in: Any) -> None:
    backend, vault, folder = taken_in
    daybook, place = CommandHandler(backend.journal, vault), facility(backend)
    referral = Referral("adult", NOW.date(), "self", "community")
    ended = Event()

    def refer() -> list[tuple[str, Person]]:
        people = [
            Person(f"N{number}", "Neo", f"Example {number}", NOW.date()) for number in range(8)
        ]
        try:
            return [
                (daybook.handle(BY_HAND, refer_patient, place, each, referral), each)
                for each in people
            ]
        finally:
            ended.set()

    with ThreadPoolExecutor(1) as threads:
        referring = threads.submit(refer)
        while not ended.is_set():
            assert not import_clinic(backend.journal, vault, folder, now=NOW, dry_run=True).faults
        referred = referring.result()
    late = Vault(backend.database_url, SITE_KEY).begin()
    for patient, person in referred:
        sealed = backend.journal.load(f"identity-{patient}").sealed
        assert late.open(patient, sealed) == person


def test_what_an_import_would_do_is_looked_at_again_where_another_one_was_first(
    taken_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, vault, folder = taken_in
    other = folder.parent / "other"
    shutil.copytree(folder, other)
    sessions = (other / "sessions.csv").read_text(encoding="utf-8")
    moved = sessions.replace("13:00,13:50", "14:00,14:50")
    (other / "sessions.csv").write_text(moved, encoding="utf-8")
    have_changed, looks = Journal.have_changed, list[bool]()

    def others_import_first(self: Journal, reads: Reads) -> bool:
        if not looks:
            looks.append(True)
            assert import_clinic(backend.journal, vault, other, now=NOW).events
        looks.append(have_changed(self, reads))
        return looks[-1]

    monkeypatch.setattr(Journal, "have_changed", others_import_first)
    import_clinic(backend.journal, vault, folder, now=NOW, dry_run=True)
    assert looks == [True, True, False]


def test_rows_are_kept_only_where_what_they_were_compared_with_is_still_so(taken_in: Any) -> None:
    backend, _, _ = taken_in
    site = backend.journal.load(Facility.id_of("juniper"))
    reads = Reads(backend.journal.position(), {site.id: site.version})
    rows = ImportedRows("juniper", {("sessions", b"key"): ImportedRow({"starts": "13:00"})})
    backend.journal.save(imported=rows, reads=reads)
    site.set_closing_delay(BY_HAND, 5)
    backend.journal.save(site)
    with pytest.raises(IntegrityError):
        backend.journal.save(imported=rows, reads=reads)
