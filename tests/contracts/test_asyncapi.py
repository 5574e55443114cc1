"""The AsyncAPI document: sound by the official parser, whole, and true of the examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import Notification

from services.command_endpoint.registry import COMMANDS
from services.contract.asyncapi import document
from services.contract.export import write_contract
from services.contract.schemas import events
from services.messaging import stream
from services.messaging.derived_messages import DERIVED, FindingTurned, payload_of
from services.messaging.stream import facts_of
from services.publishing import billable_days, disclosures, findings
from tests.contracts.publishing import TOLD
from tests.contracts.schema_checks import faults_by_file, faults_within
from tests.support.node_tools import checked

DOCUMENT = document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def references(node: object) -> set[str]:
    if isinstance(node, list):
        return set().union(*(references(each) for each in node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*(references(each) for each in node.values()))


def at(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_official_parser_finds_no_error(tmp_path: Path) -> None:
    file = tmp_path / "asyncapi.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    found = checked("check_asyncapi.mjs", file, "@asyncapi/parser")
    channels, messages = len(DOCUMENT["channels"]), len(MESSAGES)
    assert found.stdout == f"{channels} channels, {messages} messages\n", found.stderr
    assert found.returncode == 0


def test_whatever_is_referred_to_is_in_the_document() -> None:
    for reference in references(DOCUMENT):
        assert at(reference)


def test_nothing_but_messages_themselves_is_shared_between_versions() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for name, schema in schemas.items():
        for reference in references(schema):
            assert reference.startswith(f"#/components/schemas/{name}/definitions/")


def test_each_version_of_each_message_is_in_a_channel_and_an_operation() -> None:
    for cls in (*events(), *DERIVED):
        versions = [f"v{number}" for number in range(1, cls.class_version + 1)]
        assert list(DOCUMENT["channels"][cls.TOPIC]["messages"]) == versions
        operation = DOCUMENT["operations"][f"send.{cls.TOPIC}"]
        assert operation["action"] == "send"
        assert len(operation["messages"]) == len(versions)


def test_each_command_is_received_and_answered() -> None:
    for name in COMMANDS:
        channel = DOCUMENT["channels"][f"command.{name}"]
        assert channel["address"] == f"daybook.{{facility}}.command.{{client}}.{name}"
        operation = DOCUMENT["operations"][f"receive.{name}"]
        assert operation["action"] == "receive"
        assert len(operation["reply"]["messages"]) == 2


def test_nothing_else_is_in_the_document() -> None:
    told = {cls.TOPIC for cls in (*events(), *DERIVED)}
    assert set(DOCUMENT["channels"]) == told | {f"command.{name}" for name in COMMANDS} | {
        "replies"
    }
    sent = {f"send.{topic}" for topic in told}
    assert set(DOCUMENT["operations"]) == sent | {f"receive.{name}" for name in COMMANDS}


def test_each_channel_of_a_stream_is_within_its_subjects() -> None:
    streams = {each["name"]: each["subjects"] for each in DOCUMENT["x-jetstream"]["streams"]}
    assert set(streams) == {*(stream.NAME, findings.NAME, billable_days.NAME, disclosures.NAME)}
    for channel in DOCUMENT["channels"].values():
        if named := channel.get("x-jetstream"):
            tokens = channel["address"].split(".")
            assert any(
                len(tokens) == len(subject.split("."))
                and all(
                    wanted in ("*", token)
                    for wanted, token in zip(subject.split("."), tokens, strict=True)
                )
                for subject in streams[named["stream"]]
            )


@pytest.mark.parametrize("name", MESSAGES)
def test_each_example_is_as_its_schemas_say(name: str) -> None:
    message = MESSAGES[name]
    (example,) = message["examples"]
    assert faults_within(DOCUMENT, message["headers"], example["headers"]) == []
    assert faults_within(DOCUMENT, message["payload"], example["payload"]) == []


@pytest.mark.parametrize("name", [name for name in MESSAGES if not name.startswith("reply.")])
def test_an_example_without_one_of_its_headers_is_not(name: str) -> None:
    message = MESSAGES[name]
    (example,) = message["examples"]
    for header in at(message["headers"]["allOf"][0]["$ref"])["required"]:
        less = {key: value for key, value in example["headers"].items() if key != header}
        assert faults_within(DOCUMENT, message["headers"], less) != []


def test_a_finding_is_told_as_the_contract_says() -> None:
    turned, *_ = TOLD
    assert isinstance(turned, FindingTurned)
    told = Notification(turned.finding_id, 1, turned.TOPIC, payload_of(turned), id=1042)
    subject, headers = facts_of(told)
    (example,) = MESSAGES["finding.turned.v2"]["examples"]
    assert subject == example["summary"]
    assert json.loads(told.state) == example["payload"]
    assert headers == {name: example["headers"][name] for name in headers}


def test_the_contract_is_written_to_a_folder(tmp_path: Path) -> None:
    written = write_contract(tmp_path)
    assert written[0] == tmp_path / "asyncapi.json"
    assert json.loads(written[0].read_text(encoding="utf-8")) == DOCUMENT
    named = {name for name in MESSAGES if not name.startswith("reply.")}
    assert {path.name for path in (tmp_path / "examples").iterdir()} == {
        f"{name}.json" for name in named
    }
    for name in named:
        schema = tmp_path / "schemas" / f"{name}.schema.json"
        example = json.loads((tmp_path / "examples" / f"{name}.json").read_text(encoding="utf-8"))
        assert faults_by_file(schema, example["payload"]) == []
