"""Finding patients: by record number, or by the beginning of a name."""

import unicodedata
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import psycopg

from projections import care, schedule
from services.reports.people import People
from services.reports.queries import NobodyThere, ReportQueries, Unanswerable
from services.reports.question import TELLS_OF_PATIENTS, Column, names, question
from services.reports.report import Report, Row

Standing = Literal[
    "candidate", "admitted", "in_treatment", "discharged", "referred_up", "referral_closed"
]
"""How somebody stands to a facility."""

PATIENT_COLUMNS = (
    Column("mrn", str, "The patient's record number.", "OA1008"),
    Column("name", str, "The patient's name.", "Lee Example"),
    Column("program_id", str | None, "The program of their treatment, or of the referral.", "iop"),
    Column(
        "state",
        Standing,
        "How they stand to the facility; admitted: the treatment begins on a day to come.",
        "in_treatment",
    ),
    Column("since", date | None, "Since which day: of the referral, stay or discharge.", None),
    Column("counselor_id", str | None, "Who their counselor is.", "s-diaz"),
    Column("counselor", str | None, "What the counselor is called.", "R. Diaz"),
)

FEWEST_LETTERS = 2
"""Letters of a name without which everybody would be found."""

MOST_OPENED = 10_000
"""Names that one search opens, at most, those of who came last first: half a second."""


@question(
    "patients",
    reads=(*TELLS_OF_PATIENTS, "care", "schedule"),
    columns=PATIENT_COLUMNS,
    scope="search",
)
def patients(
    reports: ReportQueries,
    *,
    mrn: Annotated[str | None, "The whole record number."] = None,
    name: Annotated[
        str | None, "How given and family name begin, in any order: 2 letters at least."
    ] = None,
    state: Annotated[Standing | None, "All who stand so, where neither is given."] = None,
) -> Report:
    """Return who is known by a record number, whose name begins so, or who stands so.

    Names are kept encrypted: to find one, those of all patients whom the viewer may see are opened,
    those who came last first, and of 10,000 at most.
    """
    if [mrn, name, state].count(None) != 2:
        raise Unanswerable("give a record number, the beginning of a name or a state: one of them")
    words = _words(name) if name is not None else []
    if name is not None and sum(map(len, words)) < FEWEST_LETTERS:
        raise Unanswerable(f"a name is found by {FEWEST_LETTERS} letters at least")
    with reports.connected() as conn:
        people = reports.people(conn)
        only = reports.whose(conn, None)
        if mrn is not None:
            only = _of_number(reports, mrn)
        rows: list[Row] = []
        for site in reports.facilities(conn, schedule.FACILITIES):
            today = reports.now.astimezone(ZoneInfo(site.timezone)).date()
            asked = {"facility_id": site.facility_id, "only": only, "today": today}
            known = conn.execute(care.KNOWN, asked).fetchall()
            if state is not None:
                known = [each for each in known if _standing(each, today)[0] == state]
            if len(known) > MOST_OPENED:
                reports.note(
                    f"the names of {len(known) - MOST_OPENED:,} patients who came earlier were not"
                    " looked at: give the whole record number"
                )
            rows += _found(conn, people, known[:MOST_OPENED], words, today)
    return Report.of("Patients", names(PATIENT_COLUMNS), rows)


def _of_number(reports: ReportQueries, mrn: str) -> list[str]:
    try:
        return [reports.patient_of(mrn)]
    except NobodyThere:
        return []


def _found(
    conn: psycopg.Connection[Any], people: People, known: list[Any], words: list[str], today: date
) -> list[Row]:
    people.load(each.patient_id for each in known)
    staff = {
        (each.facility_id, each.staff_id): each.name
        for each in conn.execute(schedule.STAFF, {"today": today})
    }
    rows = []
    for each in known:
        person = people.known(each.patient_id)
        if words and not (person and _matches(words, f"{person.given_name} {person.family_name}")):
            continue
        state, program_id, since = _standing(each, today)
        called = (person.family_name, person.given_name) if person else ("", "")
        rows.append(
            Row(
                (*map(str.casefold, called), each.patient_id),
                (
                    *(people.mrn(each.patient_id), people.name(each.patient_id)),
                    *(program_id, state, since, each.staff_id),
                    staff.get((each.facility_id, each.staff_id)),
                ),
                each.patient_id,
            )
        )
    return rows


def _words(name: str) -> list[str]:
    """Return the words of a name without accents, as they are compared."""
    plain = unicodedata.normalize("NFKD", name)
    kept = "".join(each for each in plain if not unicodedata.combining(each))
    return kept.casefold().replace("-", " ").split()


def _matches(words: list[str], name: str) -> bool:
    """Tell whether each word is how a word of a name begins, each of them another one."""
    left = _words(name)
    for word in sorted(words, key=len, reverse=True):
        hit = next((each for each in left if each.startswith(word)), None)
        if hit is None:
            return False
        left.remove(hit)
    return True


def _standing(row: Any, today: date) -> tuple[str, str | None, date | None]:
    """Return how a patient stands to the facility, in which program, and since when."""
    if row.admitted_on is not None and (row.discharged_on is None or row.discharged_on >= today):
        state = "in_treatment" if row.admitted_on <= today else "admitted"
        return state, row.program_id, row.admitted_on
    if row.candidacy == "open" or row.admitted_on is None:
        words = {"open": "candidate", "referred up": "referred_up"}
        state = words.get(row.candidacy, "referral_closed")
        return state, row.referred_to, row.referred_on
    return "discharged", row.program_id, row.discharged_on
