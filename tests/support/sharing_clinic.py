"""A clinic with a payer, a court and a family's service outside, told what consents let them be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import orjson
from nats.aio.msg import Msg

from domain.patient import Consent, Patient
from domain.patient.consent import Purpose, Scope
from domain.recipient import Recipient
from services.application.disclosures import give_consent, revoke_consent
from services.application.episode import grant_leave
from services.application.facilities import name_recipient, open_facility
from services.hosting.supervisor import Supervisor
from services.messaging import stream
from services.publishing import disclosures
from services.publishing.deliveries import Delivery, Withheld, deliveries_of, withheld_of
from tests.support.backend import Backend, ManualClock, until
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.small_clinic import ANN, BEN, FACILITY, MONDAY

PAYER = Recipient("acme-health", "Acme Health Plan", "payer", "1 Elm Street")
COURT = Recipient("county-court", "County Drug Court", "court", "2 Court Square")
FAMILY = Recipient("hearth", "Hearth Family Portal", "family")

TREATMENT: Purpose = "treatment-payment-operations"


class SharingClinic:
    """The small clinic on a real journal, and what its recipients are told."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.manual_clock = ManualClock()
        self.clinic = EvaluatedClinic(journal=backend.journal, vault=backend.vault)
        for each in (PAYER, COURT, FAMILY):
            self.do(name_recipient, FACILITY, each)
        self.clinic.enrol(ANN, BEN)

    def do(self, command: Any, *arguments: Any, **more: Any) -> Any:
        """Have a command done now, by the clinic's clock, which is the publisher's, too."""
        self.manual_clock.now = self.clinic.now
        return self.clinic.daybook.handle(self.clinic.context(), command, *arguments, **more)

    def consents(
        self,
        patient_id: str,
        recipient: Recipient | str,
        *scope: Scope,
        purpose: Purpose = TREATMENT,
        last_day: date | None = None,
        consent_id: str = "",
    ) -> str:
        """Let a patient agree today that somebody is told; return the consent's id."""
        word = recipient if isinstance(recipient, str) else recipient.recipient_id
        key = consent_id or f"consent-{word}-{patient_id[8:]}"
        consent = Consent(key, word, purpose, scope, self.clinic.now.date(), last_day)
        self.do(give_consent, patient_id, consent)
        return key

    def revokes(self, patient_id: str, consent_id: str) -> None:
        """Let a patient take a consent back today."""
        self.do(revoke_consent, patient_id, consent_id, self.clinic.now.date())

    def evening_of(self, patient_id: str, day: date) -> None:
        """Let a patient come to an evening, and the evening be closed."""
        self.clinic.attends(patient_id, day)
        self.clinic.closes(day)
        self.manual_clock.now = self.clinic.now

    def morning(self, day: date) -> None:
        """Let it be nine o'clock of a day."""
        self.clinic.now = self.manual_clock.now = datetime.combine(day, time(9), UTC)

    def elsewhere(self) -> "Elsewhere":
        """Open another site, with one patient, who consents to the payer there."""
        return Elsewhere(self)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Supervisor]:
        """Have publishers and relays at work, and all that is recorded by now decided about."""
        async with self.backend.supervisor(clock=self.manual_clock) as supervisor:
            await self.decided()
            yield supervisor

    async def decided(self) -> None:
        """Wait until it was decided of all that is recorded who is told."""

        async def followed() -> bool:
            last = self.backend.journal.position()
            found = self.backend.rows("SELECT position FROM announcements.followed")
            return found == [(last,)]

        await until(followed)

    async def messages(self) -> list[Msg]:
        """All that the stream has, once it has all that was told."""
        [[count]] = self.backend.rows(
            "SELECT count(*) FROM announcements.outbox WHERE stream = 'SHARED'"
        )
        async with stream.connected(self.backend.nats_url, "test") as client:
            js = client.jetstream()

            async def published() -> bool:
                info = await stream.stream_info(js, disclosures.NAME)
                return info is not None and info.state.messages == count

            await until(published)
            return [await js.get_msg(disclosures.NAME, seq=k + 1) for k in range(count)]

    def deliveries(self, *patient_ids: str) -> list[Delivery]:
        with self.backend.journal.connection() as conn:
            return deliveries_of(conn, patient_ids)

    def withheld(self, *patient_ids: str) -> list[Withheld]:
        with self.backend.journal.connection() as conn:
            return withheld_of(conn, patient_ids)


class Elsewhere:
    """Another site, with a patient of its own."""

    def __init__(self, sharing: SharingClinic) -> None:
        self._sharing = sharing
        self._days = count(1)
        sharing.do(
            open_facility,
            "elm-street",
            name="Elm Street",
            timezone="America/New_York",
            week_starts_on="monday",
            late_after_minutes=10,
        )
        eve = Patient.admit(
            sharing.clinic.context(),
            id="patient-eve",
            facility_id="elm-street",
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="self",
            focus="co-occurring",
            override="as it was before",
        )
        sharing.backend.journal.save(eve)
        sharing.consents("patient-eve", PAYER, "attendance")

    def names(self, recipient: Recipient) -> None:
        """Name a recipient of this site."""
        self._sharing.do(name_recipient, "elm-street", recipient)

    def absent(self) -> None:
        """Let the patient be granted a leave of a day."""
        day = MONDAY + timedelta(days=next(self._days))
        self._sharing.do(grant_leave, "patient-eve", day, day, "a trip")


TUESDAY = MONDAY + timedelta(days=1)


def told(messages: list[Msg]) -> list[tuple[str, str, str]]:
    """Of each message whom it was told, of whom, and of which event."""
    return [_told(each) for each in messages]


def _told(message: Any) -> tuple[str, str, str]:
    body = orjson.loads(message.data)
    recipient = str(message.subject).split(".")[3]
    return recipient, body["patient_id"][8:], body["event_topic"]


def bodies(messages: list[Any]) -> list[Any]:
    return [orjson.loads(each.data) for each in messages]
