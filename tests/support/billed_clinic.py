"""A clinic whose days can be billed once their notes are signed, kept by a real upkeep."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from nats.aio.msg import Msg

from projections.compliance import Compliance
from services.application.signatures import sign_individual_note
from services.hosting.supervisor import Supervisor
from services.messaging import stream
from services.publishing import billable_days
from tests.support.backend import Backend, ManualClock, until
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.small_clinic import ANN, BEN, MONDAY, WEDNESDAY


class BilledClinic:
    """Ann and Ben come on Monday and Wednesday; an evening of three hours is a day."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.manual_clock = ManualClock()
        self.manual_clock.now = datetime(2025, 3, 3, 9, tzinfo=UTC)
        self.clinic = EvaluatedClinic(journal=backend.journal, vault=backend.vault)
        self.clinic.adopt(day_minutes_min=180)
        self.clinic.enrol(ANN, BEN)
        for day in (MONDAY, WEDNESDAY):
            for patient_id in (ANN, BEN):
                self.clinic.attends(patient_id, day)
            self.clinic.closes(day)
        self.manual_clock.now = self.clinic.at("09:00", WEDNESDAY + timedelta(days=1))

    def sign(self, *days: Any) -> None:
        """Let the notes about Ann and Ben of some days be signed."""
        for day in days:
            session_id = self.clinic.evening(day).id
            for patient_id in (ANN, BEN):
                signer = self.clinic.context("staff-1")
                self.clinic.daybook.handle(signer, sign_individual_note, session_id, patient_id)

    @asynccontextmanager
    async def kept(self, nats_url: str = "") -> AsyncIterator[Supervisor]:
        backend = self.backend
        url = nats_url or backend.nats_url
        views = [Compliance()]
        supervisor = Supervisor(
            backend.journal, backend.database_url, url, views, clock=self.manual_clock
        )
        async with supervisor:
            await self.told(supervisor)
            yield supervisor

    async def told(self, supervisor: Supervisor) -> None:
        """Wait until what happened was judged and told of."""
        await supervisor.caught_up(self.backend.journal.position())

        async def nothing_different() -> bool:
            return self.backend.rows(
                "WITH log AS (SELECT DISTINCT ON (about) about AS day_id, topic, state"
                " FROM announcements.outbox WHERE stream = 'BILLABLE'"
                " ORDER BY about, version DESC)"
                " SELECT count(*) FROM compliance.days d FULL JOIN log"
                " ON log.day_id = d.patient_id || ':' || d.day"
                " WHERE d.day IS NULL AND topic <> 'day.withdrawn' OR log.day_id IS NULL"
                " OR topic = 'day.judged' AND (convert_from(state, 'UTF8')::json ->> 'units')::int"
                " <> d.units"
            ) == [(0,)]

        await until(nothing_different)

    async def messages(self, nats_url: str = "") -> list[Msg]:
        """All that the stream of billable days has, once it has all that was told."""
        rows = self.backend.rows(
            "SELECT count(*) FROM announcements.outbox WHERE stream = 'BILLABLE'"
        )
        async with stream.connected(nats_url or self.backend.nats_url, "test") as client:
            js = client.jetstream()

            async def published() -> bool:
                info = await stream.stream_info(js, billable_days.NAME)
                return info is not None and info.state.messages == rows[0][0]

            await until(published)
            return [await js.get_msg(billable_days.NAME, seq=k + 1) for k in range(rows[0][0])]


def said(messages: list[Any]) -> list[tuple[str, str, int | None, list[str] | None]]:
    """Of each message what it is, of whom and which day, and the units or why there are none."""
    bodies = [orjson.loads(each.data) for each in messages]
    return [
        (
            each.headers["ce-type"],
            f"{body['patient_id'][8:]} {body['day'][5:]}",
            body.get("units"),
            body.get("reasons"),
        )
        for each, body in zip(messages, bodies, strict=True)
    ]
