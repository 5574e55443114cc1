"""Who the patients of a report are: the keys of those alone are read."""

from collections import namedtuple
from datetime import date
from typing import Any

from services.reports.people import People
from services.vault import Person
from tests.support.memory_journal import MemoryVault

Sealed = namedtuple("Sealed", ["patient_id", "sealed", "forgotten"])


def test_identities_are_read_at_once_for_those_who_are_shown_and_for_nobody_else() -> None:
    session = MemoryVault().begin()
    directory = {
        each: session.seal_first(each, Person(each.upper(), "Given", "Family", date(1990, 1, 1)))
        for each in ("ann", "ben", "cal", "dee")
    }
    asked: list[list[str]] = []

    def sealed(patient_ids: list[str]) -> list[Any]:
        asked.append(patient_ids)
        return [Sealed(each, directory[each], False) for each in patient_ids]

    people = People(session, sealed, set())
    people.load(["cal", None, "ann", "ann"])
    assert [people.mrn(each) for each in ("ann", "cal", "ann")] == ["ANN", "CAL", "ANN"]
    assert asked == [["ann", "cal"]]
    people.load(["ann"])
    assert people.mrn("dee") == "DEE"
    assert asked == [["ann", "cal"], ["dee"]]


def test_who_was_forgotten_is_told_apart_from_whose_key_was_lost() -> None:
    unreadable: set[str] = set()
    rows = {"patient-ann": Sealed("patient-ann", "", True), "ben": Sealed("ben", "YQ==", False)}
    people = People(MemoryVault().begin(), lambda ids: [rows[each] for each in ids], unreadable)
    assert (people.name("patient-ann"), people.mrn("patient-ann")) == (
        "forgotten",
        "forgotten (ient-ann)",
    )
    assert people.name("ben") == "name not readable"
    assert unreadable == {"ben"}


def test_whom_the_directory_lacks_has_no_name_and_stops_nothing() -> None:
    unreadable: set[str] = set()
    people = People(MemoryVault().begin(), lambda _: [], unreadable)
    assert (people.name("ben"), people.known("ben")) == ("name not readable", None)
    assert not people.has("ben")
    assert people.names(["ben"]) == {}
    assert unreadable == {"ben"}
