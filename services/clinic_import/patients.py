"""The steps about patients: who they are, and their outside commitments."""

from collections import defaultdict

from domain.patient import Commitment, Patient
from services.application.identities import correct_identity
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import ImportRun
from services.clinic_import.rows import EpisodeRow
from services.clinic_import.stays import StayRow, keep_stays
from services.vault import Person

NOT_COMPARED = (
    "name and birth date were not compared with what is on record, which cannot be read: this"
    " patient's key is missing from the vault, or is another patient's"
)

LEFT_OUT = (
    "name and birth date were left out: this patient was forgotten on purpose. What else the files"
    " say of them is taken in; take the name out of the file, which has it still"
)


def keep_patients(import_run: ImportRun) -> None:
    """Admit, correct, discharge and readmit patients, and set their plans."""
    further: dict[str, list[EpisodeRow]] = defaultdict(list)
    for episode in import_run.unique(import_run.files.episodes):
        further[episode.mrn].append(episode)
    for row in import_run.unique(import_run.files.patients):
        stays: list[StayRow] = [row, *further.pop(row.mrn, ())]
        with import_run.faults.at(row.FILE, row.line):
            person = Person(row.mrn, row.given_name, row.family_name, row.born)
            if row.mrn in import_run.loaded.patients:
                _correct_identity(import_run, import_run.loaded.patients[row.mrn], person)
            else:
                _check_is_new(import_run, person)
        if row.place not in import_run.faults.refused:
            keep_stays(import_run, person, stays)
    for episode in (each for episodes in further.values() for each in episodes):
        with import_run.faults.at(episode.FILE, episode.line):
            import_run.patient(episode.mrn)
            raise Refused("the patient has no row in patients.csv", "mrn")


def _check_is_new(import_run: ImportRun, person: Person) -> None:
    """Refuse a number that nobody has where it is the corrected number of somebody on record."""
    listed = {row.mrn for row in import_run.listed.patients}
    for mrn, known in import_run.loaded.people.items():
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


def _correct_identity(import_run: ImportRun, patient: Patient, person: Person) -> None:
    people = import_run.loaded.people
    known = people.get(person.mrn)
    if known and known != person:
        names = (person.given_name, person.family_name)
        correct_identity(import_run.work, patient.id, *names, person.born)
        people[person.mrn] = person


def keep_commitments(import_run: ImportRun) -> None:
    """Note the patients' outside commitments."""
    for row in import_run.unique(import_run.files.commitments):
        with import_run.faults.at(row.FILE, row.line):
            commitment = Commitment(
                kind=row.kind,
                title=row.title,
                weekdays=row.weekdays,
                starts=row.starts,
                ends=row.ends,
                first_day=row.first_day,
                last_day=row.last_day,
            )
            import_run.patient(row.mrn).commit(import_run.context, commitment)


def accept_collisions(import_run: ImportRun) -> None:
    """Record each collision of a session with a duty as accepted: the files are history."""
    for patient in import_run.loaded.patients.values():
        # What waits for a decision was found in daily use, and somebody decides it.
        patient.accept_collisions(
            import_run.context, import_run.zone, "accepted on import", undecided=False
        )
