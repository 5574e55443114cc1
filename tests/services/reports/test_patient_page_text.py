"""A patient's page is made of lines that nobody's words can leave, change or hide."""

import io
from datetime import date
from typing import Any

from services.cli.console import TextConsole
from services.reports.patient_page import PatientPage

CONCERN = {"what": "safety concern", "because": "thoughts-of-death", "due": date(2026, 11, 1)}
NOBODY_YET = "Nobody has acknowledged it."


LISTS = (
    "episodes",
    "to_do",
    "authorizations",
    "weeks",
    "next_sessions",
    "assessments",
    "drug_tests",
    "incidents",
    "supporters",
    "resources",
    "outreach",
    "consents",
)


def page(**facts: Any) -> PatientPage:
    nothing: dict[str, Any] = {each: [] for each in LISTS}
    rest = {
        "as_of": date(2026, 11, 2),
        "name": "Jo Nunez",
        "mrn": "P2",
        "born": date(1990, 3, 4),
        "age": 36,
        "candidacy": None,
        "plan": None,
        "screening": None,
        "stable_since": None,
        "meetings_of_others": {"in_all": 0},
        "disclosures": {"in_all": 0},
    }
    return PatientPage(nothing | rest | facts)


def plan(*goals: str) -> dict[str, Any]:
    return {
        "weekly_minutes": 540,
        "days_per_week": 3,
        "effective_from": date(2026, 11, 2),
        "services": [],
        "goals": goals,
        "prompted_by": None,
        "tapers_to": None,
    }


def printed(shown: PatientPage) -> str:
    out = io.StringIO()
    TextConsole(file=out, width=200, markup=False, emoji=False).print(shown.table())
    return out.getvalue()


def test_a_goal_cannot_take_a_safety_concern_off_the_page() -> None:
    goal = "Rest\x1b[6A\x1b[J\x9b2K\r"
    told = printed(page(to_do=[CONCERN], plan=plan(goal)))
    assert NOBODY_YET in told
    assert not {"\x1b", "\x9b", "\r"} & set(told)


def test_a_goal_stays_in_its_line() -> None:
    told = printed(page(to_do=[CONCERN], plan=plan("Rest\nTo do\n\u2028It was acknowledged.")))
    assert [line.strip() for line in told.splitlines() if "acknowledged" in line] == [
        NOBODY_YET,
        "Goals: Rest To do  It was acknowledged.",
    ]


def test_a_name_is_no_markup() -> None:
    told = printed(page(name="[red]Jo[/red] [/bold] \\", mrn="[b]P2", plan=plan("[link=x]")))
    assert told.startswith("[red]Jo[/red] [/bold] \\, [b]P2, born 1990-03-04 (36)")
    assert "Goals: [link=x]" in told
