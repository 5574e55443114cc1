"""What happens by itself while the house is up: sessions close, tracks go on, tests are drawn."""

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
from psycopg.errors import InvalidSchemaName, UndefinedTable

from domain.aggregate import Cause
from domain.errors import Refusal
from domain.facility import Facility
from domain.program import Program, ProgramOpened
from projections import care, schedule
from services.application import Daybook
from services.cancelling import heed_cancellation
from services.journal import Journal
from services.vault import Vault

logger = logging.getLogger("daybook.caretaker")

AUTHOR = "daybook"

EVERY = 20.0
"""Seconds between two rounds."""


class Caretaker:
    """Closes what is over, schedules as far as the horizon, draws; may run in several processes.

    The views tell what may be due, the aggregates decide: a round that comes late, twice or on an
    old view does no harm.
    """

    def __init__(
        self,
        journal: Journal,
        vault: Vault,
        database_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._daybook = Daybook(journal, vault)
        self._database_url = database_url
        self._clock = clock
        self._extended: dict[str, date] = {}
        self._drawn: dict[str, date] = {}
        self._ended = threading.Event()

    async def run(self) -> None:
        """Make one round after the other, for ever."""
        self._ended.clear()
        try:
            while True:
                await asyncio.to_thread(self.round)
                heed_cancellation()
                await asyncio.sleep(EVERY)
        finally:
            self._ended.set()

    def round(self) -> None:
        """Do what is due now; tracks are extended, and drug tests drawn, once a day."""
        now = self._clock()
        for facility_id in self._journal.facilities():
            self.close_sessions(facility_id, now)
            if self._extended.get(facility_id) != now.date():
                self.extend_tracks(facility_id, now)
                self._extended[facility_id] = now.date()
            self.draw_drug_tests(facility_id, now)

    def close_sessions(self, facility_id: str, now: datetime) -> None:
        """Close each session that ended a facility's delay ago; one without a leader waits."""
        facility: Facility = self._journal.load(Facility.id_of(facility_id))
        due = {"facility_id": facility_id, "ended_by": now - facility.closes_after}
        for session_id in self._ask(schedule.TO_CLOSE, due) or ():
            if self._ended.is_set():
                return
            try:
                self._daybook.close_session(_cause(now), session_id)
            except Refusal as refusal:
                logger.info("A session was not closed: %s.", refusal)

    def extend_tracks(self, facility_id: str, now: datetime) -> None:
        """Schedule the tracks of a facility as far as the horizon, with their rosters."""
        programs = list(self._journal.load_all(ProgramOpened, facility_id))
        for program in (each for each in programs if isinstance(each, Program)):
            for track_id in program.tracks:
                if self._ended.is_set():
                    return
                self._daybook.extend_track(_cause(now), facility_id, program.program_id, track_id)

    def draw_drug_tests(self, facility_id: str, now: datetime) -> None:
        """Draw, soon after midnight by the facility's clocks, the tests that fall on the day."""
        facility: Facility = self._journal.load(Facility.id_of(facility_id))
        today = now.astimezone(ZoneInfo(facility.timezone)).date()
        if self._drawn.get(facility_id) == today:
            return
        tested = self._ask(care.TESTED, {"facility_id": facility_id})
        if tested is None:
            return
        for patient_id in tested:
            if self._ended.is_set():
                return
            try:
                self._daybook.draw_drug_test(_cause(now), patient_id)
            except Refusal as refusal:
                logger.info("A drug test was not drawn: %s.", refusal)
        self._drawn[facility_id] = today

    def _ask(self, question: LiteralString, about: dict[str, Any]) -> list[str] | None:
        """Ask a view; None while it is not there yet."""
        with psycopg.connect(self._database_url) as conn:
            try:
                return [str(row[0]) for row in conn.execute(question, about)]
            except (UndefinedTable, InvalidSchemaName):
                return None


def _cause(now: datetime) -> Cause:
    return Cause(f"{AUTHOR}-{uuid.uuid4().hex}", now, AUTHOR)
