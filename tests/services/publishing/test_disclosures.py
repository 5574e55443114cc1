"""What recipients outside the program are told, as consents let them, on the real engines."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest

from domain.identity import Identity
from domain.monitoring.drug_test import Result
from domain.patient import Discharge
from domain.session import Absence
from domain.sharing import NOTICE
from services.application.check_in import note_absence
from services.application.discharge import discharge_patient
from services.application.facilities import name_recipient
from services.application.forgetting import forget_patient
from services.application.monitoring import (
    collect_specimen,
    notify_of_test,
    order_drug_test,
    report_result,
)
from services.application.rosters import book_patient
from services.application.signatures import merge_patients
from services.audit.verification.evidence import EvidenceOnRecord
from services.messaging import stream
from services.publishing import disclosures
from tests.contracts.schema_checks import faults_of_message
from tests.support.backend import Backend
from tests.support.sharing_clinic import (
    COURT,
    FAMILY,
    PAYER,
    TUESDAY,
    SharingClinic,
    bodies,
    told,
)
from tests.support.small_clinic import ANN, BEN, CAL, DEE, FRIDAY, MONDAY, WEDNESDAY

RECORDED = "session.attendance-recorded"


@pytest.fixture
def sharing(backend: Backend) -> SharingClinic:
    return SharingClinic(backend)


async def test_a_payer_is_told_what_a_visit_came_to_and_no_more(sharing: SharingClinic) -> None:
    consent_id = sharing.consents(ANN, PAYER, "attendance", "plan")
    sharing.evening_of(ANN, MONDAY)
    async with sharing.kept():
        [message] = await sharing.messages()
    assert message.subject == "daybook.oak-street.shared.acme-health.session-attendance-recorded"
    session = sharing.clinic.evening(MONDAY)
    event_id = f"{session.id}:{session.records[ANN].version}"
    assert orjson.loads(message.data or b"") == {
        "timestamp": "2025-03-03T21:00:00Z",
        "facility_id": "oak-street",
        "recipient_id": "acme-health",
        "patient_id": ANN,
        "recorded_as": None,
        "consent_id": consent_id,
        "purpose": "treatment-payment-operations",
        "consent_scope": ["attendance", "plan"],
        "given_on": "2025-03-03",
        "last_day": None,
        "scope": "attendance",
        "event_id": event_id,
        "event_topic": RECORDED,
        "event_version": 3,
        "recorded_at": "2025-03-03T21:00:00Z",
        "occasion": {
            "day": "2025-03-03",
            "starts_at": "2025-03-03T17:00:00Z",
            "ends_at": "2025-03-03T20:00:00Z",
        },
        "said": {
            "attendance": {
                "role": "rostered",
                "status": "attended",
                "late": False,
                "left_early": False,
                "scheduled_minutes": 180,
                "credits": [
                    {"service": "group", "minutes": 90},
                    {"service": "education", "minutes": 90},
                ],
            },
            "makes_up": None,
        },
        "class_version": 1,
    }


async def test_each_message_names_its_consent_and_carries_the_notice(
    sharing: SharingClinic, backend: Backend
) -> None:
    consent_id = sharing.consents(ANN, PAYER, "attendance")
    sharing.evening_of(ANN, MONDAY)
    async with sharing.kept():
        messages = await sharing.messages()
    [headers] = [dict(each.headers or {}) for each in messages]
    assert headers == {
        "ce-specversion": "1.0",
        "ce-id": "acme-health:patient-ann:1",
        "ce-type": "event.disclosed",
        "ce-source": "daybook/oak-street",
        "ce-subject": "acme-health:patient-ann",
        "ce-time": "2025-03-03T21:00:00Z",
        "ce-dataschema": "daybook:event.disclosed:1",
        "content-type": "application/json",
        "daybook-version": "1",
        "daybook-position": "1",
        "daybook-previous": "0",
        "daybook-journal": backend.journal.id,
        "daybook-derived": "true",
        "daybook-consent": consent_id,
        "daybook-notice": NOTICE,
        "Nats-Expected-Last-Sequence": "0",
    }
    for each in messages:
        payload = orjson.loads(each.data or b"")
        assert faults_of_message(str(each.subject), each.headers or {}, payload) == []


# Whom, and of what


async def test_a_court_is_told_of_attendance_tests_and_the_end_in_their_order(
    sharing: SharingClinic,
) -> None:
    consent_id = sharing.consents(
        BEN,
        "County Drug Court",
        *("attendance", "drug-tests", "discharge"),
        purpose="criminal-justice",
        last_day=FRIDAY,
    )
    sharing.evening_of(BEN, MONDAY)
    sharing.morning(TUESDAY)
    ordered = sharing.do(order_drug_test, BEN, "court-order")
    sharing.do(notify_of_test, BEN, ordered)
    sharing.do(collect_specimen, BEN, ordered, "urine", observed=True)
    found = Result("definitive", "positive", sharing.clinic.now, ("cocaine",))
    sharing.do(report_result, BEN, ordered, found)
    sharing.morning(WEDNESDAY)
    ended = Discharge(WEDNESDAY, "administrative", ("conduct",))
    sharing.do(discharge_patient, BEN, ended)
    async with sharing.kept():
        messages = await sharing.messages()
    assert told(messages) == [
        ("county-court", "ben", topic)
        for topic in (
            RECORDED,
            "drug-testing.specimen-collected",
            "drug-testing.result-reported",
            "patient.discharged",
        )
    ]
    visit, collected, result, end = bodies(messages)
    assert {each["consent_id"] for each in (visit, collected, result, end)} == {consent_id}
    assert collected["occasion"] == {"day": "2025-03-04", "starts_at": None, "ends_at": None}
    assert result["said"]["result"] == {
        "kind": "definitive",
        "outcome": "positive",
        "reported_at": "2025-03-04T09:00:00+00:00",
        "substances": ["cocaine"],
    }
    assert end["said"] == {"discharge": {"day": "2025-03-05", "kind": "administrative"}}
    assert "conduct" not in str(end)


async def test_a_family_s_service_is_told_when_somebody_is_expected_and_not_why_not(
    sharing: SharingClinic,
) -> None:
    sharing.consents(CAL, FAMILY, "schedule", purpose="family", last_day=FRIDAY)
    session_id = sharing.clinic.own("Family hour", FRIDAY)
    sharing.do(book_patient, session_id, CAL)
    sharing.consents(ANN, FAMILY, "attendance", purpose="family", last_day=FRIDAY)
    absence = Absence("has to see the probation officer", sharing.clinic.now, excused=True)
    sharing.do(note_absence, sharing.clinic.evening(MONDAY).id, ANN, absence)
    async with sharing.kept():
        messages = await sharing.messages()
    assert told(messages) == [
        ("hearth", "cal", "patient.sessions-booked"),
        ("hearth", "ann", "session.absence-announced"),
        ("hearth", "ann", "session.absence-excused"),
    ]
    booked, announced, _ = bodies(messages)
    assert booked["said"]["bookings"] == [
        {
            "session_id": session_id,
            "starts_at": "2025-03-07T12:00:00+00:00",
            "ends_at": "2025-03-07T14:00:00+00:00",
        }
    ]
    assert "probation" not in str(announced)


async def test_each_recipient_has_a_chain_of_its_own(sharing: SharingClinic) -> None:
    sharing.consents(ANN, PAYER, "attendance")
    sharing.consents(ANN, COURT, "attendance", purpose="legal", last_day=FRIDAY)
    sharing.consents(BEN, PAYER, "attendance")
    for patient_id in (ANN, BEN):
        sharing.clinic.attends(patient_id, MONDAY)
    sharing.clinic.closes(MONDAY)
    async with sharing.kept():
        messages = await sharing.messages()
    of: dict[str, list[Any]] = {}
    for each in messages:
        of.setdefault(str(each.subject).split(".")[3], []).append(each.headers)
    assert {name: len(found) for name, found in of.items()} == {"acme-health": 2, "county-court": 1}
    for found in of.values():
        assert found[0]["daybook-previous"] == "0"
        for earlier, later in pairwise(found):
            assert later["daybook-previous"] == earlier["daybook-position"]


async def test_who_is_named_by_no_recipient_of_the_site_is_told_nothing(
    sharing: SharingClinic,
) -> None:
    sharing.consents(ANN, "Acme", "attendance")
    sharing.consents(ANN, "supporter-4c1b", "attendance", consent_id="consent-supporter")
    sharing.evening_of(ANN, MONDAY)
    # A recipient who is named later is told of what comes later.
    sharing.do(name_recipient, "oak-street", replace(PAYER, recipient_id="acme", name="Acme"))
    sharing.evening_of(ANN, WEDNESDAY)
    async with sharing.kept():
        messages = await sharing.messages()
    assert told(messages) == [("acme", "ann", RECORDED)]
    assert bodies(messages)[0]["occasion"]["day"] == "2025-03-05"


async def test_of_another_site_s_patients_a_recipient_of_the_same_name_is_not_told(
    sharing: SharingClinic,
) -> None:
    sharing.consents(ANN, PAYER, "attendance")
    sharing.evening_of(ANN, MONDAY)
    async with sharing.kept():
        elsewhere = sharing.elsewhere()
        elsewhere.absent()
        await sharing.decided()
        assert told(await sharing.messages()) == [("acme-health", "ann", RECORDED)]
        elsewhere.names(PAYER)
        elsewhere.absent()
        await sharing.decided()
        messages = await sharing.messages()
    assert [str(each.subject) for each in messages][1:] == [
        "daybook.elm-street.shared.acme-health.patient-leave-granted"
    ]


# When it ends


async def test_a_consent_that_ends_between_two_events_lets_the_first_be_told_and_says_why_not(
    sharing: SharingClinic, backend: Backend
) -> None:
    consent_id = sharing.consents(
        ANN, COURT, "attendance", purpose="criminal-justice", last_day=TUESDAY
    )
    async with sharing.kept():
        sharing.evening_of(ANN, MONDAY)
        await sharing.decided()
        sharing.evening_of(ANN, WEDNESDAY)
        await sharing.decided()
        messages = await sharing.messages()
    assert told(messages) == [("county-court", "ann", RECORDED)]
    [delivery] = sharing.deliveries(ANN)
    monday, wednesday = (sharing.clinic.evening(day) for day in (MONDAY, WEDNESDAY))
    assert delivery.told.event_id == f"{monday.id}:{monday.records[ANN].version}"
    assert (delivery.told.recipient_id, delivery.told.consent_id) == ("county-court", consent_id)
    assert backend.journal.where(delivery.told.event_id) == (delivery.event_position, "oak-street")
    [withheld] = sharing.withheld(ANN)
    assert withheld.event_id == f"{wednesday.id}:{wednesday.records[ANN].version}"
    assert (withheld.recipient_id, withheld.consent_id) == ("county-court", consent_id)
    assert withheld.because == "ended on 2025-03-04"
    accounted = EvidenceOnRecord(backend.journal).deliveries([ANN])
    address = ("County Drug Court", "2 Court Square", consent_id, "attendance")
    assert [(each.recipient, each.address, each.consent_id, each.scope) for each in accounted] == [
        address,
        address,
    ]
    assert [each.why_not for each in accounted] == [None, withheld.because]
    assert accounted[1].at == sharing.clinic.now


async def test_a_consent_that_is_revoked_while_all_runs_ends_it_from_then_on(
    sharing: SharingClinic,
) -> None:
    consent_id = sharing.consents(ANN, PAYER, "attendance")
    async with sharing.kept():
        sharing.evening_of(ANN, MONDAY)
        await sharing.decided()
        sharing.revokes(ANN, consent_id)
        # Neither what follows on that day, nor a correction of what was told.
        sharing.clinic.was_there(ANN, MONDAY, until="18:00")
        sharing.manual_clock.now = sharing.clinic.now
        await sharing.decided()
        assert told(await sharing.messages()) == [("acme-health", "ann", RECORDED)]
        assert [each.topic for each in sharing.withheld(ANN)] == ["session.attendance-corrected"]
        again = sharing.consents(ANN, PAYER, "attendance", consent_id="consent-again")
        sharing.evening_of(ANN, FRIDAY + timedelta(days=7))
        await sharing.decided()
        messages = await sharing.messages()
    assert [each["consent_id"] for each in bodies(messages)] == [consent_id, again]


async def test_what_waited_for_a_publisher_is_not_told_once_the_consent_is_revoked(
    sharing: SharingClinic,
) -> None:
    consent_id = sharing.consents(ANN, PAYER, "attendance")
    sharing.evening_of(ANN, MONDAY)
    sharing.revokes(ANN, consent_id)
    async with sharing.kept():
        assert await sharing.messages() == []
    [withheld] = sharing.withheld(ANN)
    assert withheld.because == "was revoked on 2025-03-03"


async def test_of_who_was_forgotten_nobody_is_told_any_more(
    sharing: SharingClinic, backend: Backend
) -> None:
    context = sharing.clinic.context()
    sealed = {"facility_id": "oak-street", "patient_id": ANN, "sealed": "bm90aGluZyB0byBzZWU="}
    backend.journal.save(Identity.start(context, **sealed))
    sharing.consents(ANN, PAYER, "attendance")
    sharing.evening_of(ANN, MONDAY)
    async with sharing.kept():
        sharing.do(forget_patient, ANN, "asked for it")
        sharing.evening_of(ANN, WEDNESDAY)
        await sharing.decided()
        assert told(await sharing.messages()) == [("acme-health", "ann", RECORDED)]
    assert [each.because for each in sharing.withheld(ANN)] == [
        "is relied on no longer: the patient was forgotten"
    ]


# Merged records


async def test_of_merged_records_the_consents_of_the_one_that_goes_on_decide(
    sharing: SharingClinic,
) -> None:
    consent_id = sharing.consents(BEN, PAYER, "attendance", "schedule")
    sharing.evening_of(BEN, MONDAY)
    async with sharing.kept():
        sharing.do(merge_patients, BEN, DEE)
        await sharing.decided()
        sharing.clinic.was_there(BEN, MONDAY, until="18:00")
        sharing.manual_clock.now = sharing.clinic.now
        await sharing.decided()
        sharing.revokes(DEE, consent_id)
        sharing.clinic.closes(WEDNESDAY)
        await sharing.decided()
        messages = await sharing.messages()
    assert [*dict.fromkeys(told(messages))] == [
        ("acme-health", "ben", RECORDED),
        ("acme-health", "ben", "patient.bookings-released"),
        ("acme-health", "dee", "patient.sessions-booked"),
        ("acme-health", "dee", "patient.absorbed"),
        ("acme-health", "dee", "session.attendance-corrected"),
    ]
    *_, absorbed, corrected = bodies(messages)
    assert absorbed["said"] == {"patient_id": BEN}
    assert corrected["recorded_as"] == BEN
    assert [each.topic for each in sharing.withheld(DEE)] == [RECORDED]
    assert len(sharing.deliveries(BEN, DEE)) == len(messages)


# Again


async def test_a_stream_that_is_made_again_is_the_same_to_the_letter(
    sharing: SharingClinic, backend: Backend
) -> None:
    sharing.consents(ANN, PAYER, "attendance")
    sharing.evening_of(ANN, MONDAY)
    async with sharing.kept():
        before = await sharing.messages()
        await stream.delete_stream(backend.nats_url, disclosures.NAME)
        again = await sharing.messages()
    assert [(each.subject, each.headers, each.data) for each in again] == [
        (each.subject, each.headers, each.data) for each in before
    ]


async def test_a_publisher_that_begins_again_tells_nothing_twice(
    sharing: SharingClinic, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosures, "AT_ONCE", 1)
    sharing.consents(ANN, PAYER, "attendance")
    sharing.evening_of(ANN, MONDAY)
    async with sharing.kept() as supervisor:
        first = await sharing.messages()
        status = await supervisor.status()
    assert (status.shared_told, status.shared and status.shared.position) == (1, 1)
    assert status.undecided == 0
    async with sharing.kept():
        assert await sharing.messages() == first
        sharing.evening_of(ANN, WEDNESDAY)
        await sharing.decided()
        messages = await sharing.messages()
    assert told(messages) == [("acme-health", "ann", RECORDED)] * 2
    for each in backend.rows("SELECT position, version FROM announcements.outbox"):
        assert each in [(1, 1), (2, 2)]
