"""A page that stays open is on record at once, and again as time passes."""

from dataclasses import replace

import pytest

from services.access.access_log import AccessLog, Entry, GatheredLog
from services.access.grants import grant_of
from services.access.page_looks import MOST_PAGES, WITHIN, PageLooks
from services.access.principal import Principal

ROBIN = Principal("robin", "Robin Vale", (grant_of("front-desk:oak-street"),), "password")
WHY = {"purpose": "treatment", "address": "192.0.2.1"}
TODAY = "/facilities/oak-street/today?"


class Kept(AccessLog):
    """A log that is kept in memory, or refuses."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.is_broken = False

    def record(self, *entries: Entry) -> None:
        if self.is_broken:
            raise OSError("no log")
        self.entries += entries

    @property
    def seen(self) -> list[set[str]]:
        return [set(each.patient_ids) for each in self.entries]


class Desk:
    """Somebody at the front desk, and what goes on record of their looks."""

    def __init__(self) -> None:
        self.log, self.now = Kept(), 1000.0
        self.looks = PageLooks(GatheredLog(self.log), clock=lambda: self.now)

    async def look(self, *patients: str, sign_in: str = "one", at: str = TODAY, **why: str) -> None:
        entry = Entry.of(ROBIN, "oak-street", "roster", patients, **{**WHY, **why})
        await self.looks.record(entry, sign_in=sign_in, address=at)


async def test_the_same_people_on_the_same_page_are_on_record_once_in_a_while() -> None:
    desk = Desk()
    await desk.look("a", "b")
    for _ in range(20):
        desk.now += 10
        await desk.look("a", "b")
    assert desk.log.seen == [{"a", "b"}]
    desk.now = 1000 + WITHIN
    await desk.look("a", "b")
    assert desk.log.seen == [{"a", "b"}, {"a", "b"}]


async def test_who_is_new_on_the_page_is_on_record_at_once() -> None:
    desk = Desk()
    await desk.look("a", "b")
    desk.now += 60
    await desk.look("a", "b", "c")
    desk.now = 1000 + WITHIN
    await desk.look("a", "b", "c")
    assert desk.log.seen == [{"a", "b"}, {"c"}, {"a", "b"}]


async def test_another_sign_in_page_address_purpose_or_role_is_a_look_of_its_own() -> None:
    desk = Desk()
    await desk.look("a")
    await desk.look("a", sign_in="two")
    await desk.look("a", at="/facilities/oak-street/sessions/x?")
    await desk.look("a", address="192.0.2.2")
    await desk.look("a", purpose="operations")
    entry = Entry.of(ROBIN, "oak-street", "roster", ["a"], **WHY)
    other = replace(entry, roles=("director",))
    await desk.looks.record(other, sign_in="one", address=TODAY)
    await desk.looks.record(replace(entry, what="weeks"), sign_in="one", address=TODAY)
    assert desk.log.seen == [{"a"}] * 7


async def test_refusals_and_emergencies_are_always_on_record() -> None:
    desk = Desk()
    entry = Entry.of(ROBIN, "oak-street", "patient", ["a"], **WHY)
    for each in (
        replace(entry, outcome="refused"),
        replace(entry, emergency=True, reason="fell in group"),
    ):
        for _ in range(2):
            await desk.looks.record(each, sign_in="one", address=TODAY)
    assert len(desk.log.entries) == 4


async def test_what_could_not_be_written_is_not_taken_for_written() -> None:
    desk = Desk()
    desk.log.is_broken = True
    with pytest.raises(OSError, match="no log"):
        await desk.look("a")
    desk.log.is_broken = False
    await desk.look("a")
    assert desk.log.seen == [{"a"}]


async def test_where_too_much_is_remembered_more_is_recorded() -> None:
    desk = Desk()
    await desk.look("a")
    for number in range(MOST_PAGES):
        await desk.look("b", at=str(number))
    await desk.look("a")
    assert desk.log.seen.count({"a"}) == 2
