"""Processes that write to one journal at once, each in its own way.

    python -m tests.support.racing_writers together DATABASE_URL SEED SECONDS

Each takes random commands about a few patients and sessions, as `juniper` of the tests' clinics has
them: `alone` saves each command by itself, `together` in batches as large as chance will have it,
and `import` takes the clinic's files in, now with one row and now with another. It prints as JSON
what it was answered: the receipts' ids of what was done, with the positions.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import orjson

from domain.aggregate import CommandContext
from domain.errors import Refusal
from domain.patient import Enrolment, PatientAdmitted
from domain.session import Absence, Amendment, Meeting, Part, Session, SessionScheduled
from services.application import Asked, Command, CommandHandler
from services.application.asked import Done, Outcome
from services.application.check_in import check_in, check_out, note_absence, undo_check_in
from services.application.group_commit import GroupCommit
from services.application.rosters import (
    book_patient,
    end_enrolment,
    enrol_patient,
    offer_session,
    release_patient,
    wait_for_session,
)
from services.application.sessions import close_session, reschedule_session, schedule_session
from services.application.tracks import extend_track, substitute_room
from services.clinic_import import import_clinic
from services.journal import Journal, Receipt
from services.vault import Vault
from tests.support.backend import SITE_KEY

BASE = Path(__file__).parents[1] / "clinics" / "base"
FACILITY, PROGRAM, TRACK = "juniper", "adult", "evening"
NOW = datetime(2026, 9, 17, 20, tzinfo=UTC)
DAY = date(2026, 9, 17)
ROOMS = {"hall": 4, "den": 3, "nook": 2}
STAFF = ("s-ash", "s-birch", "s-cedar")
OWN = tuple(f"own-{number}" for number in range(12))
LARGEST_BATCH = 12
PAUSE = 0.5
"""Seconds between two imports, in which commands have the journal to themselves."""
FOUND = Amendment("the sheet was found", "LCSW")


def own_meeting(room_id: str, staff_id: str, starts_at: datetime) -> Meeting:
    """A session of an hour of its own, with a place or two."""
    ends_at = starts_at + timedelta(hours=1)
    part = Part(starts_at, ends_at, "individual", "Counselling")
    places = ROOMS[room_id] - 1
    return Meeting(PROGRAM, None, DAY, starts_at, ends_at, (part,), room_id, staff_id, places)


def commands(
    chance: Random, patients: list[str], sessions: list[str]
) -> Iterator[tuple[Command[..., Any], tuple[Any, ...], dict[str, Any]]]:
    """Yield random commands: mostly at the door and about places."""
    wait = Absence("fever", NOW, excused=False)
    while True:
        patient_id, session_id = chance.choice(patients), chance.choice(sessions)
        starts_at = NOW + timedelta(minutes=30 * chance.randint(-1, 4))
        meeting = own_meeting(chance.choice(list(ROOMS)), chance.choice(STAFF), starts_at)
        both = (session_id, patient_id)
        enrolment = Enrolment(TRACK, ("MO", "TU", "TH"), DAY, None)
        yield chance.choices(
            [
                (check_in, both, {}),
                (check_out, both, {}),
                (book_patient, both, {}),
                (release_patient, (*both, "asked"), {}),
                (wait_for_session, both, {}),
                (note_absence, (*both, wait, FOUND), {}),
                (undo_check_in, (*both, NOW, FOUND), {}),
                (offer_session, (session_id,), {}),
                (enrol_patient, (patient_id, enrolment), {}),
                (end_enrolment, (patient_id, TRACK, DAY, DAY), {}),
                (
                    schedule_session,
                    (),
                    {"facility_id": FACILITY, "label": chance.choice(OWN), "meeting": meeting},
                ),
                (reschedule_session, (session_id, meeting), {}),
                (substitute_room, (session_id, chance.choice(list(ROOMS)), "full"), {}),
                (close_session, (session_id,), {}),
                (extend_track, (FACILITY, PROGRAM, TRACK), {}),
            ],
            weights=(20, 12, 14, 10, 8, 3, 6, 3, 3, 3, 6, 3, 3, 1, 1),
        )[0]


def asked_by(writer: str, journal: Journal, chance: Random) -> Iterator[Asked]:
    """Yield what a writer asks for, each command under an id of its own."""
    patients = [each.id for each in journal.load_all(PatientAdmitted, FACILITY)]
    today = [
        each.id
        for each in journal.load_all(SessionScheduled, FACILITY)
        if isinstance(each, Session) and each.meeting.day >= DAY
    ]
    own = [Session.id_of(FACILITY, label, None) for label in OWN]
    asked = commands(chance, patients, [*today, *own])
    for number, (command, args, kwargs) in enumerate(asked):
        named = f"{writer}:{number}"
        yield Asked(
            CommandContext(named, NOW, "s-ash"),
            lambda work, command=command, args=args, kwargs=kwargs: command(work, *args, **kwargs),
            FACILITY,
            Receipt(FACILITY, named, named.encode()),
        )


def alone(journal: Journal, vault: Vault) -> Callable[[list[Asked]], list[Outcome]]:
    """Return what saves each command by itself."""
    handler = CommandHandler(journal, vault)

    def one(asked: Asked) -> Outcome:
        try:
            return handler.run(asked)
        except Refusal as refusal:
            return refusal

    return lambda batch: [one(each) for each in batch]


def write(way: str, database_url: str, seed: int, seconds: float) -> list[tuple[str, list[int]]]:
    """Give commands for some time; return what was done, by its id and positions."""
    journal, vault, chance = Journal(database_url), Vault(database_url, SITE_KEY), Random(seed)
    group = GroupCommit(journal, vault)
    run = group.run if way == "together" else alone(journal, vault)
    asked = asked_by(f"{way}-{seed}", journal, chance)
    told, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        batch = list(islice(asked, chance.randint(1, LARGEST_BATCH)))
        for each, outcome in zip(batch, run(batch), strict=True):
            if isinstance(outcome, Done):
                assert each.receipt
                positions = [event.position for event in outcome.events]
                told.append((each.receipt.command_id, positions))
            elif not isinstance(outcome, Refusal):
                raise outcome
    group.close()
    journal.close()
    return told


def import_again(database_url: str, seconds: float) -> int:
    """Take the clinic's files in for some time, now with one row and now with another."""
    journal, vault = Journal(database_url), Vault(database_url, SITE_KEY)
    events, until = 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "clinic"
        shutil.copytree(BASE, folder)
        sessions = folder / "sessions.csv"
        rows = sessions.read_text(encoding="utf-8")
        for changed in cycle((rows.replace("13:00,13:50", "14:00,14:50"), rows)):
            if time.monotonic() > until:
                break
            sessions.write_text(changed, encoding="utf-8")
            found = import_clinic(journal, vault, folder, now=NOW, skip_invalid=True)
            events += found.events
            time.sleep(PAUSE)
    journal.close()
    return events


def main() -> None:
    way, database_url, seed, seconds = sys.argv[1:]
    said: object
    if way == "import":
        said = import_again(database_url, float(seconds))
    else:
        said = write(way, database_url, int(seed), float(seconds))
    print(orjson.dumps(said).decode())


if __name__ == "__main__":
    main()
