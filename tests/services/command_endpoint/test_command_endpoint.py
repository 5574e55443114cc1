"""Commands over NATS: recorded or refused, answered once, and nothing is done by halves."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import nats
import nats.errors
import orjson
import psycopg
import pytest
from faststream.nats import NatsBroker
from jsonschema import Draft202012Validator

from domain.facility import Facility
from domain.patient import Patient
from services.command_endpoint import COMMANDS, endpoint
from services.contract.replies import DONE, REFUSED
from services.journal import storage
from services.journal.appender import Appender
from services.messaging import broker as broker_module
from services.messaging import stream
from services.messaging.client import PlainClient
from services.vault import Vault
from tests.contracts.orders import payloads
from tests.services.test_privacy import values_of_all_tables
from tests.support.backend import PATIENCE, SITE_KEY, Backend, until
from tests.support.command_client import CommandClient, command_client, command_endpoint
from tests.support.nats_server import OwnServer
from tests.support.small_clinic import ANN, BEN, FACILITY, FRIDAY, MONDAY, SmallClinic

LEAVE = {
    "patient_id": ANN,
    "first_day": "2025-03-05",
    "last_day": "2025-03-07",
    "reason": "a funeral",
}


@pytest.fixture
def clinic(backend: Backend) -> SmallClinic:
    clinic = SmallClinic(backend.journal, vault=backend.vault)
    clinic.enrol(ANN)
    return clinic


@pytest.fixture
async def kiosk(backend: Backend, clinic: SmallClinic) -> AsyncIterator[CommandClient]:
    async with command_client(backend, lambda: clinic.now) as client:
        yield client


def ids(backend: Backend) -> list[str]:
    rows = backend.rows(
        "SELECT originator_id || ':' || originator_version FROM journal.journal_events"
        " ORDER BY notification_id"
    )
    return [row[0] for row in rows]


# What becomes of a sound command


async def test_a_command_is_recorded_and_answered_with_its_events_and_the_position(
    backend: Backend, kiosk: CommandClient
) -> None:
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    position = backend.journal.position()
    assert answer == {
        "events": [{"id": ids(backend)[-1], "type": "patient.leave-granted", "position": position}],
        "position": position,
        "result": None,
    }
    assert len(ids(backend)) == len(before) + 1
    [event] = backend.journal.named([ids(backend)[-1]])
    assert (event.author, event.command_id) == ("kiosk-1", "kiosk-1:command-1")


async def test_a_command_of_several_aggregates_is_answered_with_all_of_its_events(
    backend: Backend, kiosk: CommandClient, clinic: SmallClinic
) -> None:
    before = len(ids(backend))
    payload = {"session_id": clinic.evening(FRIDAY).id, "patient_id": BEN}
    answer = await kiosk.ask("session.book-patient", payload)
    assert [each["id"] for each in answer["events"]] == ids(backend)[before:]
    assert {each["type"] for each in answer["events"]} == {
        "session.patient-rostered",
        "patient.sessions-booked",
    }


async def test_what_a_command_returns_is_in_the_answer_also_when_it_is_sent_again(
    backend: Backend, kiosk: CommandClient
) -> None:
    payload = payloads()["patient.refer"]
    first = await kiosk.ask("patient.refer", payload)
    assert isinstance(backend.journal.load(first["result"]), Patient)
    assert await kiosk.ask("patient.refer", payload) == first


async def test_who_a_patient_is_stays_nowhere_in_clear(
    backend: Backend, kiosk: CommandClient, caplog: pytest.LogCaptureFixture
) -> None:
    payload = payloads()["patient.refer"]
    await kiosk.ask("patient.refer", payload)
    await kiosk.ask("patient.refer", payload | {"referral": None}, id="command-2")
    with psycopg.connect(backend.database_url) as conn:
        kept = b"\n".join(raw for _, raw in values_of_all_tables(conn)) + caplog.text.encode()
    assert b"patient.referred" in kept
    for each in ("given_name", "family_name", "mrn", "born"):
        assert payload["person"][each].encode() not in kept


async def test_what_is_so_already_is_answered_without_events(
    backend: Backend, kiosk: CommandClient
) -> None:
    await kiosk.ask("patient.grant-leave", LEAVE)
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", LEAVE, id="command-2")
    assert (answer["events"], answer["position"]) == ([], backend.journal.position())
    assert ids(backend) == before


async def test_a_preview_is_answered_and_records_nothing(
    backend: Backend, kiosk: CommandClient
) -> None:
    before = ids(backend)
    closure = {"program_id": "adult-iop", "day": "2025-03-05", "reason": "snow", "dry_run": True}
    answer = await kiosk.ask("program.declare-closure", closure)
    assert (answer["events"], answer["result"]["closures"]) == ([], ["2025-03-05: snow"])
    assert ids(backend) == before


async def test_a_command_that_is_sent_again_is_recorded_once(
    backend: Backend, kiosk: CommandClient
) -> None:
    first = await kiosk.ask("patient.grant-leave", LEAVE)
    before = ids(backend)
    shorter = {"patient_id": ANN, "first_day": "2025-03-05", "last_day": None, "reason": "none"}
    await kiosk.ask("patient.revise-leave", shorter, id="command-2")
    again = [kiosk.ask("patient.grant-leave", LEAVE) for _ in range(20)]
    assert await asyncio.gather(*again) == [first] * 20
    assert len(ids(backend)) == len(before) + 1


async def test_of_a_command_that_is_sent_twice_at_once_one_is_recorded(
    backend: Backend, kiosk: CommandClient
) -> None:
    before = ids(backend)
    answers = await asyncio.gather(*(kiosk.ask("patient.grant-leave", LEAVE) for _ in range(16)))
    assert all(each == answers[0] for each in answers)
    assert len(ids(backend)) == len(before) + 1


async def test_an_id_that_was_used_for_something_else_is_refused(
    backend: Backend, kiosk: CommandClient
) -> None:
    await kiosk.ask("patient.grant-leave", LEAVE)
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", LEAVE | {"reason": "another"})
    assert (answer["type"], answer["status"]) == ("daybook:problem:id-used-otherwise", 409)
    assert ids(backend) == before
    # Another client's ids are their own.
    kiosk.name = "kiosk-2"
    revised = LEAVE | {"last_day": "2025-03-06"}
    assert (await kiosk.ask("patient.revise-leave", revised))["events"]


# What is refused


async def test_a_refusal_says_which_it_is_and_records_nothing(
    backend: Backend, kiosk: CommandClient
) -> None:
    await kiosk.ask("patient.grant-leave", LEAVE)
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", LEAVE | {"first_day": "2025-03-04"}, id="two")
    assert answer == {
        "type": "daybook:refusal:leaves-overlap",
        "title": "Two leaves of one treatment share days",
        "status": 409,
        "detail": "the patient has a leave from 2025-03-05 to 2025-03-07 already",
    }
    assert ids(backend) == before


async def test_a_refused_command_may_be_sent_again_under_its_id(
    kiosk: CommandClient, clinic: SmallClinic
) -> None:
    payload = {"session_id": clinic.evening(MONDAY).id}
    assert (await kiosk.ask("session.close", payload))["status"] == 409
    clinic.at("21:00")
    assert (await kiosk.ask("session.close", payload))["events"]


BAD_PAYLOADS = {
    "no JSON": (b"{", "", "Invalid JSON"),
    "nothing": (b"", "", "Invalid JSON"),
    "no UTF-8": (b"\xff\xfe", "", "Invalid JSON"),
    "a list": ([], "", "object"),
    "a word for a day": (LEAVE | {"first_day": "soon"}, "/first_day", "date"),
    "a number for a text": (LEAVE | {"reason": 7}, "/reason", "string"),
    "nothing for a text": (LEAVE | {"reason": None}, "/reason", "string"),
    "something unknown": (LEAVE | {"author": "staff-1"}, "/author", "not permitted"),
    "too long a text": (LEAVE | {"reason": "x" * 501}, "/reason", "500"),
    "a text with NUL": (LEAVE | {"reason": "a\0b"}, "/reason", "NUL"),
    "too many bytes": (LEAVE | {"reason": "\N{OLD PERSIAN SIGN A}" * 200}, "/reason", "500 bytes"),
    "seconds for a day": (LEAVE | {"first_day": "1741024800"}, "/first_day", "2025-03-03"),
    "a number for a day": (LEAVE | {"first_day": 1741024800}, "/first_day", "2025-03-03"),
    "a day in the year 9999": (LEAVE | {"last_day": "9999-12-31"}, "/last_day", "2199"),
}


@pytest.mark.parametrize("named", BAD_PAYLOADS)
async def test_a_payload_that_is_not_as_it_has_to_be_is_refused_by_its_place(
    backend: Backend, kiosk: CommandClient, named: str
) -> None:
    payload, pointer, expected = BAD_PAYLOADS[named]
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", payload)
    assert (answer["type"], answer["status"]) == ("daybook:problem:malformed", 400)
    [error] = answer["errors"]
    assert error["pointer"] == pointer
    assert expected in error["detail"]
    assert ids(backend) == before


async def test_every_wrong_place_is_named_and_no_value(kiosk: CommandClient) -> None:
    absence = {"reason": 7, "notified_at": "2025-03-05T10:00:00", "excused": "Ada Example", "x": 1}
    payload = {"session_id": 1, "absence": absence}
    answer = await kiosk.ask("session.note-absence", payload)
    assert {each["pointer"] for each in answer["errors"]} == {
        "/session_id",
        "/patient_id",
        "/absence/reason",
        "/absence/notified_at",
        "/absence/excused",
        "/absence/x",
    }
    assert "Ada" not in str(answer)


async def test_of_many_wrong_places_the_first_are_named(kiosk: CommandClient) -> None:
    payload = {"patient_id": ANN, "session_ids": [7] * 50_000}
    answer = await kiosk.ask("patient.book-repair", payload)
    assert len(answer["errors"]) == 20


async def test_a_time_of_day_has_no_zone(kiosk: CommandClient) -> None:
    work = payloads()["patient.note-commitment"]
    work["commitment"]["starts"] = "16:00:00+02:00"
    answer = await kiosk.ask("patient.note-commitment", work)
    assert [each["pointer"] for each in answer["errors"]] == ["/commitment/starts"]


async def test_what_would_be_too_large_an_event_is_refused(
    backend: Backend, kiosk: CommandClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ids(backend)
    monkeypatch.setattr(storage, "LARGEST_EVENT", 100)
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    assert answer["type"] == "daybook:refusal:event-too-large"
    assert ids(backend) == before


async def test_with_a_site_key_that_was_retired_a_command_is_for_another_time(
    backend: Backend, kiosk: CommandClient, caplog: pytest.LogCaptureFixture
) -> None:
    referral = payloads()["patient.refer"]
    referral["referral"]["day"] = str(MONDAY)
    await kiosk.ask("patient.refer", referral)
    Vault(backend.database_url, SITE_KEY).rotate(b"n" * 32, {})
    assert "result" in await kiosk.ask("patient.refer", referral, id="command-2")
    Vault(backend.database_url, b"n" * 32).rotate(b"m" * 32, {})
    Vault(backend.database_url, b"m" * 32).retire_other_site_keys()
    answer = await kiosk.ask("patient.refer", referral, id="command-3")
    assert (answer["type"], answer["status"]) == ("daybook:problem:unavailable", 503)
    assert "WrongSiteKey" in caplog.text


async def test_a_referral_of_somebody_whose_key_is_gone_is_refused_with_what_to_do(
    backend: Backend, kiosk: CommandClient
) -> None:
    referral = payloads()["patient.refer"]
    referral["referral"]["day"] = str(MONDAY)
    patient_id = (await kiosk.ask("patient.refer", referral))["result"]
    with psycopg.connect(backend.database_url) as conn:
        conn.execute("DELETE FROM vault.patient_keys WHERE patient_id = %s", (patient_id,))
    before = ids(backend)
    answer = await kiosk.ask("patient.refer", referral, id="command-2")
    assert (answer["type"], answer["status"]) == ("daybook:refusal:identity-unreadable", 409)
    assert "backup" in answer["detail"]
    assert ids(backend) == before
    # Another person is referred as ever, and nobody's name is overwritten.
    referral["person"]["mrn"] = "OA1099"
    assert "result" in await kiosk.ask("patient.refer", referral, id="command-3")
    referral["person"]["given_name"] = "Hal"
    answer = await kiosk.ask("patient.refer", referral, id="command-4")
    assert (answer["type"], answer["status"]) == ("daybook:refusal:identity-differs", 409)


@pytest.mark.parametrize("part", ["mrn", "given_name", "family_name"])
async def test_nobody_is_referred_without_a_number_or_a_name(
    backend: Backend, kiosk: CommandClient, part: str
) -> None:
    before = ids(backend)
    payload = payloads()["patient.refer"]
    payload["person"][part] = " "
    answer = await kiosk.ask("patient.refer", payload)
    assert answer["type"] == "daybook:refusal:person-unnamed"
    assert ids(backend) == before


@pytest.mark.parametrize("name", ["import", "daybook"])
async def test_nobody_from_outside_is_called_as_daybook_calls_itself(
    backend: Backend, kiosk: CommandClient, name: str
) -> None:
    before = ids(backend)
    kiosk.name = name
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    assert (answer["type"], answer["status"]) == ("daybook:problem:reserved", 403)
    assert ids(backend) == before


HEADERS = {
    "no ce-id": ({"ce_id": None}, 400, "ce-id"),
    "an empty ce-id": ({"ce_id": ""}, 400, "ce-id"),
    "a ce-id with a blank": ({"ce_id": "a b"}, 400, "ce-id"),
    "too long a ce-id": ({"ce_id": "x" * 101}, 400, "ce-id"),
    "no ce-specversion": ({"ce_specversion": None}, 400, "ce-specversion"),
    "another ce-specversion": ({"ce_specversion": "0.3"}, 400, "ce-specversion"),
    "no ce-type": ({"ce_type": None}, 400, "ce-type"),
    "another ce-type": ({"ce_type": "session.close"}, 400, "ce-type"),
    "no ce-source": ({"ce_source": None}, 400, "ce-source"),
    "another's name": ({"ce_source": "staff-1"}, 403, "kiosk-1"),
}


@pytest.mark.parametrize("named", HEADERS)
async def test_a_header_that_is_missing_or_wrong_is_refused_by_its_name(
    backend: Backend, kiosk: CommandClient, named: str
) -> None:
    headers: Any
    headers, status, expected = HEADERS[named]
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", LEAVE, **headers)
    assert answer["status"] == status
    assert expected in answer["detail"]
    assert ids(backend) == before


async def test_without_any_header_it_is_refused_too(backend: Backend, kiosk: CommandClient) -> None:
    subject = f"daybook.{FACILITY}.command.kiosk-1.patient.grant-leave"
    answer = await kiosk.client.request(subject, orjson.dumps(LEAVE), timeout=PATIENCE)
    assert orjson.loads(answer.data)["type"] == "daybook:problem:bad-header"
    assert backend.journal.load(ANN).leaves == {}


async def test_a_command_that_is_not_there_is_refused(kiosk: CommandClient) -> None:
    for name in ("session.open-sesame", "sesame.open", "patient.__init__"):
        answer = await kiosk.ask(name, {})
        assert (answer["type"], answer["status"]) == ("daybook:problem:unknown-command", 404)


async def test_another_facility_is_not_there_for_a_client(
    backend: Backend, kiosk: CommandClient, clinic: SmallClinic
) -> None:
    kiosk.facility = "lighthouse"
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    assert answer["type"] == "daybook:problem:unknown-facility"
    lighthouse = Facility.start(
        clinic.context(),
        facility_id="lighthouse",
        name="Lighthouse",
        timezone="UTC",
        week_starts_on="monday",
        late_after_minutes=10,
    )
    backend.journal.save(lighthouse)
    before = ids(backend)
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    assert (answer["type"], answer["status"]) == ("daybook:refusal:not-known", 404)
    answer = await kiosk.ask("session.close", {"session_id": clinic.evening(MONDAY).id})
    assert answer["type"] == "daybook:refusal:not-known"
    assert ids(backend) == before


async def test_a_payload_of_2_mb_is_refused(
    backend: Backend, clinic: SmallClinic, tmp_path: Path
) -> None:
    """By the server, which takes 1 MB; and by us, where a server takes more."""
    large = LEAVE | {"reason": "x" * 2_000_000}
    before = ids(backend)
    async with command_client(backend, lambda: clinic.now) as kiosk:
        with pytest.raises(nats.errors.MaxPayloadError):
            await kiosk.ask("patient.grant-leave", large)
        assert (await kiosk.ask("patient.grant-leave", LEAVE))["events"]
    generous = OwnServer(tmp_path / "generous", max_payload="8MB")
    try:
        async with command_client(backend, lambda: clinic.now, generous.url) as kiosk:
            answer = await kiosk.ask("patient.grant-leave", large, id="two")
            assert (answer["type"], answer["status"]) == ("daybook:problem:too-large", 413)
            assert (await kiosk.ask("session.start", {}))["status"] == 400
    finally:
        generous.kill()
    assert len(ids(backend)) == len(before) + 1


async def test_who_sends_raw_bytes_of_2_mb_loses_the_connection_and_nobody_else_does(
    kiosk: CommandClient,
) -> None:
    address = kiosk.client.connected_url
    assert address
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    login = {"user": address.username, "pass": address.password, "verbose": False}
    writer.write(b"CONNECT %s\r\nPING\r\n" % orjson.dumps(login))
    subject = f"daybook.{FACILITY}.command.kiosk-1.patient.grant-leave".encode()
    writer.write(b"PUB %s 2000000\r\n" % subject + b"x" * 2_000_000 + b"\r\n")
    with suppress(ConnectionResetError):
        async with asyncio.timeout(PATIENCE):
            while await reader.read(65536):
                pass
    writer.close()
    assert (await kiosk.ask("patient.grant-leave", LEAVE))["events"]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[PlainClient]:
    """The connections by which commands are taken, as they are made."""
    made: list[PlainClient] = []

    async def connect(broker: NatsBroker) -> PlainClient:
        made.append(await broker_module.connect(broker))
        return made[-1]

    monkeypatch.setattr(endpoint, "connect", connect)
    return made


@pytest.mark.parametrize(
    "raw",
    [
        b"PUB daybook.oak-street.command.kiosk-1.\xff.x 2\r\n{}\r\n",
        b"PUB daybook.oak-street.command.kiosk-1.patient.grant-leave _INBOX.\xff 2\r\n{}\r\n",
        b"HPUB daybook.oak-street.command.kiosk-1.patient.x 18 20\r\n"
        b"NATS/1.0 \xff\xff\xff\r\n\r\n\r\n{}\r\n",
    ],
    ids=["subject", "reply", "headers"],
)
async def test_bytes_that_are_no_text_end_no_connection(
    connections: list[PlainClient], kiosk: CommandClient, raw: bytes
) -> None:
    address = kiosk.client.connected_url
    assert address
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    login = {"user": address.username, "pass": address.password, "verbose": False, "headers": True}
    writer.write(b"CONNECT %s\r\n" % orjson.dumps(login) + raw + b"PING\r\n")
    async with asyncio.timeout(PATIENCE):
        while b"PONG" not in await reader.readline():
            pass
    writer.close()
    assert (await kiosk.ask("patient.grant-leave", LEAVE))["events"]
    [connection] = connections
    assert connection.stats["reconnects"] == 0


async def test_a_connection_that_nats_has_closed_for_good_is_made_anew(
    connections: list[PlainClient], kiosk: CommandClient
) -> None:
    await connections[0].close()

    async def taken() -> bool:
        # Who gets no answer sends it again under the same id.
        with suppress(nats.errors.NoRespondersError, nats.errors.TimeoutError):
            return bool((await kiosk.ask("patient.grant-leave", LEAVE, within=5))["events"])
        return False

    await until(taken)
    assert len(connections) == 2


async def test_what_fails_in_daybook_itself_is_answered_and_the_next_one_is_taken(
    backend: Backend, kiosk: CommandClient, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fails(*_: Any) -> None:
        raise LookupError(f"{ANN} is nowhere")

    before = ids(backend)
    monkeypatch.setattr(Patient, "grant_leave", fails)
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    assert (answer["type"], answer["status"]) == ("daybook:problem:failed", 500)
    assert ANN not in str(answer) + caplog.text
    monkeypatch.undo()
    assert ids(backend) == before
    assert (await kiosk.ask("patient.grant-leave", LEAVE))["events"]


async def test_while_the_journal_is_away_it_is_said_so(
    kiosk: CommandClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise psycopg.OperationalError("the connection was lost")

    monkeypatch.setattr(Appender, "position", away)
    answer = await kiosk.ask("patient.grant-leave", LEAVE)
    assert (answer["type"], answer["status"]) == ("daybook:problem:unavailable", 503)


@pytest.mark.parametrize("name", COMMANDS)
async def test_each_command_is_answered_as_the_contract_says(
    backend: Backend, kiosk: CommandClient, name: str
) -> None:
    before = ids(backend)
    answer = await kiosk.ask(name, payloads()[name])
    if "status" in answer:
        Draft202012Validator(REFUSED).validate(answer)
        assert answer["type"].startswith("daybook:refusal:"), answer
        assert ids(backend) == before
    else:
        Draft202012Validator(DONE).validate(answer)


# Many at once


async def test_a_thousand_at_once_from_fifty_connections_are_each_answered_once(
    backend: Backend, clinic: SmallClinic
) -> None:
    """Twenty sessions of one place, and fifty who want one each: the rest is refused."""
    everybody = [f"patient-{number}" for number in range(50)]
    people = [
        Patient.admit(
            clinic.context(),
            id=each,
            facility_id=FACILITY,
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="self",
            override="as it was before",
        )
        for each in everybody
    ]
    backend.journal.save(*people)
    sessions = [
        clinic.own(f"alone-{number}", MONDAY + timedelta(days=number), 12, "room-3")
        for number in range(20)
    ]
    before = backend.journal.position()
    answers: dict[tuple[str, str], list[dict[str, Any]]] = {}

    async def books(patient_id: str) -> None:
        async with stream.connected(backend.nats_url, patient_id) as client:
            kiosk = CommandClient(client, name=patient_id)

            async def one(session_id: str) -> None:
                payload = {"session_id": session_id, "patient_id": patient_id}
                answer = await kiosk.ask("session.book-patient", payload, id=session_id)
                answers.setdefault((patient_id, session_id), []).append(answer)

            await asyncio.gather(*map(one, sessions))

    async with command_endpoint(backend, lambda: clinic.now, patience=600):
        await asyncio.gather(*map(books, everybody))

    assert len(answers) == 1000
    assert all(len(each) == 1 for each in answers.values())
    said = {asked: each[0] for asked, each in answers.items()}
    recorded = {asked: each for asked, each in said.items() if "events" in each}
    refused = Counter(each["type"] for each in said.values() if "events" not in each)
    assert Counter(session_id for _, session_id in recorded) == dict.fromkeys(sessions, 1)
    assert refused == {"daybook:refusal:session-full": 980}
    told = [each["position"] for answer in recorded.values() for each in answer["events"]]
    journal = [
        row[0]
        for row in backend.rows("SELECT notification_id FROM journal.journal_events ORDER BY 1")
        if row[0] > before
    ]
    assert sorted(told) == journal
    for patient_id, session_id in recorded:
        assert list(backend.journal.load(session_id).visits) == [patient_id]
