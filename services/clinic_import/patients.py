"""The steps about patients: who they are, and their duties elsewhere."""

from collections import defaultdict

from domain.patient import Commitment, Patient
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import Intake
from services.clinic_import.rows import EpisodeRow
from services.clinic_import.stays import StayRow, keep_stays
from services.vault import Person


def keep_patients(intake: Intake) -> None:
    """Admit, correct, discharge and readmit patients, and set their plans."""
    further: dict[str, list[EpisodeRow]] = defaultdict(list)
    for episode in intake.unique(intake.files.episodes):
        further[episode.mrn].append(episode)
    for row in intake.unique(intake.files.patients):
        stays: list[StayRow] = [row, *further.pop(row.mrn, ())]
        with intake.faults.at(row.FILE, row.line):
            person = Person(row.mrn, row.given_name, row.family_name, row.born)
            if row.mrn in intake.books.patients:
                _correct_identity(intake, intake.books.patients[row.mrn], person)
            else:
                _check_is_new(intake, person)
        if row.place not in intake.faults.refused:
            keep_stays(intake, person, stays)
    for episode in (each for episodes in further.values() for each in episodes):
        with intake.faults.at(episode.FILE, episode.line):
            intake.patient(episode.mrn)
            raise Refused("the patient has no row in patients.csv", "mrn")


def _check_is_new(intake: Intake, person: Person) -> None:
    """Refuse a number that nobody has where it is the corrected number of somebody on record."""
    listed = {row.mrn for row in intake.listed.patients}
    for mrn, known in intake.books.people.items():
        if mrn not in listed and _same_person(known, person):
            raise Refused(
                "somebody of this name and birth date is on record under a number that is not in"
                " the file any more: if this is the same patient, put the record number right"
                " first; if not, put the other row back",
                "mrn",
            )


def _same_person(one: Person, other: Person) -> bool:
    names = [
        (each.given_name.casefold(), each.family_name.casefold(), each.born)
        for each in (one, other)
    ]
    return names[0] == names[1]


def _correct_identity(intake: Intake, patient: Patient, person: Person) -> None:
    books = intake.books
    if books.people[person.mrn] != person:
        sealed = books.vault.seal(patient.id, person)
        books.identities[person.mrn].correct(intake.cause, sealed)
        books.people[person.mrn] = person


def keep_commitments(intake: Intake) -> None:
    """Note the patients' duties elsewhere."""
    for row in intake.unique(intake.files.commitments):
        with intake.faults.at(row.FILE, row.line):
            commitment = Commitment(
                kind=row.kind,
                title=row.title,
                weekdays=row.weekdays,
                starts=row.starts,
                ends=row.ends,
                first_day=row.first_day,
                last_day=row.last_day,
            )
            intake.patient(row.mrn).commit(intake.cause, commitment)


def accept_collisions(intake: Intake) -> None:
    """Record each collision of a session with a duty as accepted: the files are history."""
    for patient in intake.books.patients.values():
        # What waits for a decision was found in daily use, and somebody decides it.
        patient.accept_collisions(intake.cause, intake.zone, "accepted on import", undecided=False)
