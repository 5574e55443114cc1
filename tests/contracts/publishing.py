"""Publishes what has no file yet: the schemas, and the examples beside those of events.

What is there stays as it is, whatever the classes say by now: a test tells where they differ.
"""

import json
from collections.abc import Iterator
from datetime import date
from itertools import count, takewhile
from pathlib import Path

from domain.compliance.claim_lines import ClaimLine, LeftOut
from services.command_endpoint.registry import COMMANDS
from services.contract import archive
from services.contract.schemas import command_schema, derived_schema, event_schema, events
from services.messaging.derived_messages import (
    DERIVED,
    DayJudged,
    DayWithdrawn,
    Derived,
    EventDisclosed,
    FindingTurned,
    Occasion,
    payload_of,
)
from tests.contracts import golden
from tests.contracts.compatibility import refuses_more
from tests.contracts.orders import payloads
from tests.contracts.story import AFTER, ANN, DURING, FRIDAY, WEDNESDAY

TOLD: tuple[Derived, ...] = (
    FindingTurned(
        finding_id="8b5a0f3a1c0e4d6fa2b7c9d8e1f00a11",
        at=DURING.at,
        command_id="command-3",
        facility_id="oak-street",
        rule="attended-hours",
        policy_id="ny-oasas-ios",
        patient_id=ANN,
        about=None,
        from_day=date(2025, 3, 2),
        was="on_track",
        state="at_risk",
    ),
    DayJudged(
        timestamp=AFTER.at,
        facility_id="oak-street",
        patient_id=ANN,
        day=WEDNESDAY,
        payer="medicaid",
        policy_id="ny-oasas-ios",
        version=1,
        code="S9480",
        minutes=165,
        services=2,
        units=0,
        tier=None,
        exceptional=False,
        reasons=("minutes",),
        evidence=("session-5d0c:7", "session-5d0c:9"),
        lines=(ClaimLine("0915", "H0005", 1, 105), ClaimLine("0942", "H2014", 3, 55)),
        fallback="discrete-services",
        left_out=(LeftOut("individual", "H0004", 5, "minutes"),),
    ),
    DayWithdrawn(timestamp=AFTER.at, facility_id="oak-street", patient_id=ANN, day=FRIDAY),
    EventDisclosed(
        timestamp=AFTER.at,
        facility_id="oak-street",
        recipient_id="acme-health",
        patient_id=ANN,
        recorded_as=None,
        consent_id="consent-7f20",
        purpose="treatment-payment-operations",
        consent_scope=("attendance", "plan"),
        given_on=date(2025, 3, 2),
        last_day=None,
        scope="attendance",
        event_id="session-5d0c:9",
        event_topic="session.attendance-withdrawn",
        event_version=1,
        recorded_at=DURING.at,
        occasion=Occasion(WEDNESDAY, DURING.at, AFTER.at),
        said={"corrects": 7},
    ),
)
"""A message of each kind that is derived."""


def editions_of_command(name: str) -> list[Path]:
    """The schemas of a command that were published, in their order."""
    numbered = (archive.schema_of_command(name, edition) for edition in count(1))
    return list(takewhile(Path.exists, numbered))


def write_missing() -> Iterator[Path]:
    """Write each file that is missing, and yield it."""
    yield from golden.write_missing()
    for path, content in (*_events(), *_derived(), *_commands()):
        if not path.exists():
            yield archive.write(path, content)


def _events() -> Iterator[tuple[Path, object]]:
    for cls in events():
        yield archive.schema_of_event(cls.TOPIC, cls.class_version), event_schema(cls)


def _derived() -> Iterator[tuple[Path, object]]:
    for cls, message in zip(DERIVED, TOLD, strict=True):
        state = json.loads(payload_of(message))
        version = state.pop("class_version")
        example = {"topic": cls.TOPIC, "class_version": version, "state": state}
        yield archive.schema_of_derived(cls.TOPIC, cls.class_version), derived_schema(cls)
        yield archive.example_of_derived(cls.TOPIC, cls.class_version), example


def _commands() -> Iterator[tuple[Path, object]]:
    examples = payloads()
    for name, command in COMMANDS.items():
        schema, known = command_schema(command), editions_of_command(name)
        if not known or refuses_more(schema, archive.read(known[-1])):
            yield archive.schema_of_command(name, len(known) + 1), schema
        yield archive.example_of_command(name), examples[name]
