"""Who the patients of a page are: what they are called, in which program, and whose patients."""

from collections.abc import Iterable
from typing import NamedTuple

from projections import care, schedule
from services.web.page import Page


class NamedPatient(NamedTuple):
    """A patient, as a page names them."""

    name: str
    mrn: str
    program_id: str | None
    program: str
    counselor_id: str | None
    counselor: str


def named_patients(page: Page, patient_ids: Iterable[str | None]) -> dict[str, NamedPatient]:
    """Return who some patients are that who asks is shown by a question of the page."""
    wanted = sorted({each for each in patient_ids if each})
    if not wanted:
        return {}
    people = page.reports("open-findings").people(page.conn)
    people.load(wanted)
    programs, staff = program_names(page), staff_names(page)
    asked = {"facility_id": page.facility_id, "only": wanted, "today": page.today}
    found = {}
    for each in page.conn.execute(care.KNOWN, asked):
        program_id = each.program_id or each.referred_to
        found[each.patient_id] = NamedPatient(
            people.name(each.patient_id),
            people.mrn(each.patient_id),
            program_id,
            programs.get(program_id, program_id or ""),
            each.staff_id,
            staff.get(each.staff_id, ""),
        )
    return found


def program_names(page: Page) -> dict[str, str]:
    """Return what the programs of the facility are called, by their ids."""
    rows = page.conn.execute(schedule.PROGRAMS)
    return {each.program_id: each.name for each in rows if each.facility_id == page.facility_id}


def staff_names(page: Page) -> dict[str, str]:
    """Return what the staff of the facility are called, by their ids."""
    rows = page.conn.execute(schedule.STAFF, {"today": page.today})
    return {each.staff_id: each.name for each in rows if each.facility_id == page.facility_id}
