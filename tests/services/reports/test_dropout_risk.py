"""Who is slipping away: of the weeks in the tables, those that count, as a report."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL, Identifier
from rich.console import Console

from services.hosting.bootstrap import VIEWS
from services.reports.dropout_risk import COLUMNS, TITLE, slipping_at
from services.reports.people import People
from services.reports.report import Report
from services.vault import Person
from tests.support.backend import Backend
from tests.support.memory_journal import MemoryVault

MONDAY = date(2026, 10, 5)
THROUGH = MONDAY + timedelta(days=34)
"""The Sunday that ends the fifth week."""
BORN = date(1990, 1, 1)

Conn = psycopg.Connection[Any]


def week(number: int) -> date:
    """The Monday of a week, from 1."""
    return MONDAY + timedelta(weeks=number - 1)


@pytest.fixture
def conn(backend: Backend) -> Iterator[Conn]:
    with psycopg.connect(backend.database_url, row_factory=namedtuple_row) as conn:
        for view in VIEWS:
            if view.name in {"attendance", "compliance"}:
                conn.execute(SQL("CREATE SCHEMA {}").format(Identifier(view.name)))
                conn.execute(SQL("SET search_path TO {}").format(Identifier(view.name)))
                conn.execute(view.tables)
        yield conn
        conn.rollback()


def stays(
    conn: Conn,
    patient_id: str,
    since: date = MONDAY,
    until: date | None = None,
    *,
    episode: int = 1,
    site: str = "oak",
) -> None:
    conn.execute(
        "INSERT INTO attendance.treatments VALUES (%s, %s, %s, 'iop', %s, %s, NULL)",
        (patient_id, episode, site, since, until),
    )


def attends(
    conn: Conn,
    patient_id: str,
    *percents: int | None,
    since: date = MONDAY,
    whole: bool = True,
    site: str = "oak",
) -> None:
    """Let each week be one of 200 minutes, of which a share was attended; none: not offered."""
    for number, each in enumerate(percents):
        minutes = (0, 0) if each is None else (200, 2 * each)
        conn.execute(
            "INSERT INTO compliance.weeks VALUES"
            " (%s, %s, %s, 'iop', %s, %s, %s, 3, 3, 0, NULL, NULL, '{}')",
            (patient_id, since + timedelta(weeks=number), site, whole, *minutes),
        )


class Sealed(NamedTuple):
    patient_id: str
    sealed: str
    forgotten: bool = False


def asked(
    conn: Conn, *sites: str, through: date = THROUGH, patient_id: str | None = None
) -> Report:
    ids = [row[0] for row in conn.execute("SELECT DISTINCT patient_id FROM attendance.treatments")]
    session = MemoryVault().begin()
    sealed = [
        Sealed(each, session.seal_first(each, Person(each.upper(), "Given", "Family", BORN)))
        for each in ids
    ]
    people = People(session, lambda _: sealed, set())
    selections = [
        {"facility_id": site, "through": through, "only": [patient_id] if patient_id else None}
        for site in sites or ("oak",)
    ]
    return slipping_at(conn, people, selections)


def shown(conn: Conn, *columns: str, **selection: Any) -> list[tuple[Any, ...]]:
    rows = asked(conn, **selection).rows
    return [tuple(row[COLUMNS.index(name)] for name in columns or ("mrn", "week")) for row in rows]


def test_nobody_is_shown_where_nobody_is_in_treatment(conn: Conn) -> None:
    stays(conn, "gone", until=week(4))
    attends(conn, "gone", 50, 50, 50)
    report = asked(conn)
    assert (report.title, report.columns, report.rows) == (f"{TITLE}: nobody", COLUMNS, [])


def test_each_patient_is_shown_with_what_is_counted(conn: Conn) -> None:
    stays(conn, "ann")
    attends(conn, "ann", 90, 30, 30)
    for number, after in enumerate((0, 0, 50, 50, 50)):
        stays(conn, f"past-{number}", until=week(5))
        attends(conn, f"past-{number}", 30, 60, 50, after)
    report = asked(conn)
    assert report.title == TITLE
    everybody = round((90 + 30 + 30 + 5 * 140 + 150) / 23)
    assert report.rows == [("ANN", 3, 50, everybody, 5, 5, 5, 2)]


def test_too_few_others_leave_the_counts_empty(conn: Conn) -> None:
    stays(conn, "ann")
    attends(conn, "ann", 25)
    assert asked(conn).rows == [("ANN", 1, 25, 25, 0, None, None, None)]


def test_who_attended_least_comes_first(conn: Conn) -> None:
    for name, share in (("ann", 70), ("ben", 20), ("cy", 40), ("abe", 40)):
        stays(conn, name)
        attends(conn, name, share)
    assert shown(conn, "mrn") == [("BEN",), ("ABE",), ("CY",), ("ANN",)]


def test_who_attended_least_comes_first_whatever_is_expected_at_the_site(conn: Conn) -> None:
    for name, share, site in (("ann", 0, "oak"), ("ben", 100, "oak"), ("cy", 40, "elm")):
        stays(conn, name, site=site)
        attends(conn, name, share, site=site)
    rows = asked(conn, "oak", "elm").rows
    assert [(row[0], row[3]) for row in rows] == [("ANN", 50), ("CY", 40), ("BEN", 50)]
    assert [row[0] for row in asked(conn, "elm").rows] == ["CY"]


def test_among_who_attended_the_same_the_site_of_which_least_is_expected_comes_first(
    conn: Conn,
) -> None:
    for name, share, site in (("abe", 50, "oak"), ("ben", 90, "oak"), ("cy", 50, "elm")):
        stays(conn, name, site=site)
        attends(conn, name, share, site=site)
    assert [row[0] for row in asked(conn, "oak", "elm").rows] == ["CY", "ABE", "BEN"]


def printed(report: Report) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(report.table())
    return out.getvalue()


def test_too_few_others_are_said_to_be_too_few(conn: Conn) -> None:
    for number in range(5):
        stays(conn, f"p{number}")
        attends(conn, f"p{number}", 50)
    assert "too few to compare" in printed(asked(conn))
    stays(conn, "p5")
    attends(conn, "p5", 50)
    assert "too few to compare" not in printed(asked(conn))


def test_a_week_counts_only_when_it_is_over_and_whole(conn: Conn) -> None:
    stays(conn, "ann", week(4) + timedelta(days=2))
    attends(conn, "ann", 10, since=week(4), whole=False)
    attends(conn, "ann", 60, 70, since=week(5))
    assert shown(conn, "mrn", "week", "last_3_weeks_percent") == [("ANN", 1, 60)]
    assert shown(conn, through=THROUGH - timedelta(days=1)) == []


def test_a_week_within_a_stay_that_was_not_whole_is_left_out(conn: Conn) -> None:
    stays(conn, "ann")
    attends(conn, "ann", 50)
    attends(conn, "ann", 100, since=week(2), whole=False)
    assert shown(conn, "mrn", "week", "last_3_weeks_percent") == [("ANN", 1, 50)]


def test_a_week_in_which_nothing_was_offered_is_counted_but_not_looked_at(conn: Conn) -> None:
    stays(conn, "ann")
    attends(conn, "ann", None, 50, None, 100, None)
    stays(conn, "ben")
    attends(conn, "ben", None, None)
    assert shown(conn, "mrn", "week", "last_3_weeks_percent") == [("ANN", 4, 75)]


def test_of_two_stays_the_present_one_is_shown_and_begins_with_its_own_first_week(
    conn: Conn,
) -> None:
    stays(conn, "ann", until=week(2) - timedelta(days=1))
    stays(conn, "ann", week(4), episode=2)
    attends(conn, "ann", 0, None, None, 80, 100)
    stays(conn, "ben")
    attends(conn, "ben", 10)
    found = shown(conn, "mrn", "week", "last_3_weeks_percent", "others")
    assert found == [("BEN", 1, 10, 1), ("ANN", 2, 90, 0)]


def test_a_week_between_two_stays_is_of_neither(conn: Conn) -> None:
    stays(conn, "ann", until=week(2) + timedelta(days=2))
    stays(conn, "ann", week(2) + timedelta(days=3), episode=2)
    attends(conn, "ann", 50, 60, 70)
    stays(conn, "ben")
    attends(conn, "ben", 80, 80)
    found = shown(conn, "mrn", "week", "last_3_weeks_percent", "others")
    assert found == [("ANN", 1, 70, 1), ("BEN", 2, 80, 0)]


@pytest.mark.parametrize(("days", "there"), [(0, False), (1, True)])
def test_who_left_by_the_day_is_not_shown(conn: Conn, days: int, there: bool) -> None:
    stays(conn, "ann", until=THROUGH + timedelta(days=days))
    attends(conn, "ann", 50)
    assert bool(shown(conn)) == there


def test_one_patient_is_still_beside_all_others(conn: Conn) -> None:
    for number in range(6):
        stays(conn, f"p{number}")
        attends(conn, f"p{number}", 10 * number)
    columns = ("mrn", "others", "attended_less")
    assert shown(conn, *columns, patient_id="p3") == [("P3", 5, 3)]
    assert shown(conn, *columns, patient_id="nobody") == []


def test_a_record_that_was_merged_gives_its_first_day_and_is_nobody_else(conn: Conn) -> None:
    stays(conn, "ann", week(3))
    stays(conn, "anne", week(1))
    conn.execute("INSERT INTO attendance.merges VALUES ('anne', 'ann')")
    attends(conn, "ann", 10, 20, 30, 40)
    attends(conn, "anne", 10, 20, 30, 40)
    assert shown(conn, "mrn", "week", "others") == [("ANN", 4, 0)]


def test_the_table_fits_a_terminal_of_80_columns(conn: Conn) -> None:
    for number in range(7):
        stays(conn, f"record-number-{number}")
        attends(conn, f"record-number-{number}", *[100] * 5)
    lines = printed(asked(conn)).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("RECORD-NUMBER-" in line for line in lines) == len(lines) - 4
