"""What was known of one patient at a moment: their record alone says it, and it is kept a while."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import psycopg
import pytest

from services.embedded import Engines
from services.hosting.bootstrap import new_views
from services.journal.patient_record import records_of
from services.read_models import earlier_moments
from services.read_models.as_of import PREFIX, Prefix, TooMany, shown_as_of
from services.read_models.earlier_moments import EarlierMoments
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.questions import QUESTIONS
from tests.support.backend import fresh_backend
from tests.support.lived_clinic import Lived
from tests.support.small_clinic import FACILITY, MONDAY, WEDNESDAY

READS = ("directory", "schedule", "attendance", "care", "compliance")
LOOK_BACK = [each for each in QUESTIONS.values() if each.looks_back]


def recorded(lived: Lived, at: datetime, patient_id: str | None = None) -> Prefix:
    return Prefix.read(lived.backend.journal, at, None, FACILITY, patient_id)


def answers(lived: Lived, url: str, at: datetime, patient_id: str) -> dict[str, str]:
    reports = ReportQueries(
        url,
        lived.backend.vault,
        now=at,
        facility_id=FACILITY,
        journal=lived.backend.journal,
    )
    found = {}
    for each in LOOK_BACK:
        try:
            found[each.name] = each(reports, patient_id=patient_id).json()
        except NobodyThere as why:
            found[each.name] = str(why)
    return found


@pytest.fixture(scope="module")
def lived(shared_engines: Engines) -> Iterator[Lived]:
    with fresh_backend(shared_engines) as backend:
        yield Lived(backend)


def evening(day: date) -> datetime:
    return datetime.combine(day, time(21, 30), UTC)


MOMENTS = (
    datetime(2025, 3, 2, tzinfo=UTC),
    datetime(2025, 3, 3, 18, tzinfo=UTC),
    evening(MONDAY),
    evening(WEDNESDAY),
    datetime(2025, 3, 11, 12, tzinfo=UTC),
)


@pytest.mark.parametrize("at", MOMENTS, ids=str)
def test_the_record_of_one_patient_says_of_them_what_the_whole_record_says(
    lived: Lived, at: datetime
) -> None:
    url = lived.backend.database_url
    with shown_as_of(url, new_views(), recorded(lived, at)) as everything:
        for each in lived.people:
            with shown_as_of(url, new_views(), recorded(lived, at, each)) as alone:
                assert answers(lived, alone, at, each) == answers(lived, everything, at, each)


def test_the_records_of_a_person_are_found_from_any_of_them(lived: Lived) -> None:
    ann, _, cal, again = lived.people
    journal = lived.backend.journal
    assert records_of(journal, cal) == records_of(journal, again) == [cal, again]
    assert records_of(journal, ann) == [ann]


# Kept


def databases(lived: Lived) -> set[str]:
    with psycopg.connect(lived.backend.database_url) as conn:
        found = conn.execute("SELECT datname FROM pg_database").fetchall()
        return {name for (name,) in found if name.startswith(PREFIX)}


def test_a_moment_is_made_once_for_all_who_look_at_it(lived: Lived) -> None:
    prefix = recorded(lived, evening(MONDAY), lived.people[0])
    found: list[str] = []
    with EarlierMoments(lived.backend.database_url, new_views) as moments:

        def look() -> None:
            with moments.at(prefix, READS) as url:
                found.append(url)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        look()
        assert len(set(found)) == 1
        assert len(found) == 4
        assert len(databases(lived)) == 1
        with moments.at(prefix, ("attendance",)) as other:
            assert other not in found
    assert databases(lived) == set()


def test_what_nobody_looks_at_any_longer_is_dropped(lived: Lived) -> None:
    prefix = recorded(lived, evening(MONDAY), lived.people[0])
    url = lived.backend.database_url
    with EarlierMoments(url, new_views, kept_for=0.05) as moments:
        with moments.at(prefix, ("directory",)):
            assert databases(lived)
        while databases(lived):
            threading.Event().wait(0.02)


def test_so_many_are_kept_and_the_longest_left_goes(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier_moments, "MOST_KEPT", 2)
    first, second, third = (recorded(lived, each, lived.people[0]) for each in MOMENTS[:3])
    views = ("directory",)
    with EarlierMoments(lived.backend.database_url, new_views) as moments:
        with (
            moments.at(first, views) as url_of_first,
            moments.at(second, views),
            pytest.raises(TooMany, match="2 earlier moments"),
            moments.at(third, views),
        ):
            pass
        with moments.at(first, views) as again:
            assert again == url_of_first
        with moments.at(third, views), moments.at(first, views) as again:
            assert again == url_of_first
        assert len(databases(lived)) == 2


def test_a_moment_whose_database_is_gone_is_made_anew(lived: Lived) -> None:
    prefix = recorded(lived, evening(MONDAY), lived.people[0])
    with EarlierMoments(lived.backend.database_url, new_views) as moments:
        with moments.at(prefix, ("directory",)) as url:
            pass
        (name,) = databases(lived)
        with psycopg.connect(lived.backend.database_url, autocommit=True) as conn:
            conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        with pytest.raises(psycopg.OperationalError), moments.at(prefix, ("directory",)) as url:
            psycopg.connect(url)
        with moments.at(prefix, ("directory",)) as url, psycopg.connect(url) as conn:
            assert conn.execute("SELECT count(*) FROM directory.people").fetchone() == (1,)


def test_a_moment_that_cannot_be_filled_is_not_kept(lived: Lived) -> None:
    prefix = recorded(lived, evening(MONDAY), lived.people[0])

    def broken() -> Any:
        raise RuntimeError("no views")

    with EarlierMoments(lived.backend.database_url, broken) as moments:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="no views"), moments.at(prefix, READS):
                pass
    assert databases(lived) == set()
