"""The OpenAPI document: sound by two judges of others', whole, and true of its own examples."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from services.api.openapi_examples import UNKNOWN
from services.api.openapi_responses import PROBLEMS
from services.api.previews import PREVIEWED
from services.command_endpoint.registry import COMMANDS
from tests.contracts.schema_checks import FORMATS
from tests.support.backend import Backend
from tests.support.http_api import running_api
from tests.support.node_tools import checked
from tests.support.openapi_document import DOCUMENT, operations

OPERATIONS = list(operations())


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what an operation takes and answers as JSON."""
    body = operation.get("requestBody", {"content": {}})
    responses = operation["responses"].items()
    for where, part in [("body", body), *((status, resolved(each)) for status, each in responses)]:
        for kind, content in part.get("content", {}).items():
            if "json" in kind:
                yield where, content


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def faults(schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    found = Draft202012Validator(whole, format_checker=FORMATS).iter_errors(value)
    return [f"{each.json_path}: {each.message}" for each in found]


def test_it_is_a_document_of_openapi_3_1() -> None:
    from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR  # noqa: PLC0415

    assert [each.message for each in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)] == []


def test_the_linter_that_most_use_finds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    found = checked("check_openapi.mjs", file, "@redocly/openapi-core")
    assert (found.stdout, found.returncode) == ("", 0), found.stderr


async def test_it_is_what_the_server_hands_out_to_anybody(backend: Backend) -> None:
    async with running_api(backend) as api:
        client = await api.client()
        assert (await client.get("/v1/openapi.json")).json() == json.loads(json.dumps(DOCUMENT))


def test_each_operation_has_a_name_of_its_own_that_clients_can_call() -> None:
    names = Counter(operation["operationId"] for *_, operation in OPERATIONS)
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z_]*", name)] == []


def test_each_command_is_an_operation() -> None:
    for name in COMMANDS:
        path = DOCUMENT["paths"][f"/v1/facilities/{{facility_id}}/commands/{name}"]
        assert path["post"]["x-command"] == name


def test_each_command_that_moves_other_people_has_a_preview_with_the_same_payload() -> None:
    for name in PREVIEWED:
        at = "/v1/facilities/{facility_id}"
        command, preview = (
            DOCUMENT["paths"][f"{at}/{which}/{name}"]["post"] for which in ("commands", "previews")
        )
        assert preview["x-preview"] == name
        assert preview["requestBody"] == command["requestBody"]


def test_each_operation_says_what_it_takes_by_examples_that_fit() -> None:
    for method, path, operation in OPERATIONS:
        where = f"{method} {path}"
        for each in operation.get("parameters", ()):
            assert each.get("description"), (where, each["name"])
            assert faults(each["schema"], each["example"]) == [], (where, each["name"])
            assert UNKNOWN not in texts(each["example"]), (where, each["name"])
        for part, content in contents(operation):
            assert faults(content["schema"], content["example"]) == [], (where, part)
            assert UNKNOWN not in texts(content["example"]), (where, part, content["example"])


def test_each_operation_says_who_may_ask_and_how_it_is_refused() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert DOCUMENT["security"] == [{name: []} for name in schemes]
    for method, path, operation in OPERATIONS:
        statuses = set(operation["responses"])
        assert {"400", "403", "421", "500", "503"} <= statuses, (method, path)
        assert ("401" in statuses) or operation["security"] == [], (method, path)
        assert not ({"408", "413", "415"} - statuses) or "requestBody" not in operation
        assert ("404" in statuses) or "{" not in path, (method, path)
        for status in statuses - {"200", "201", "202", "204", "303", "304"}:
            assert resolved(operation["responses"][status])["content"].keys() == {
                "application/problem+json"
            }


def test_it_says_which_roles_each_operation_is_for_but_for_those_that_are_everybodys() -> None:
    for method, path, operation in OPERATIONS:
        is_everybodys = operation["tags"] == ["Sign-in"] or path == "/v1/health"
        assert ("For the roles" in operation["description"]) != is_everybodys, (method, path)
    at = "/v1/facilities/{facility_id}"
    for method, path, roles in (
        ("post", f"{at}/commands/session.check-in", "front-desk, counselor, director, kiosk"),
        ("get", f"{at}/roster", "front-desk, counselor, director, compliance, auditor"),
        ("put", "/v1/accounts/{account}/grants", "administrator"),
    ):
        said = DOCUMENT["paths"][path][method]["description"]
        assert said.endswith(f"For the roles {roles}."), (path, said)


def test_each_problem_has_an_example_with_its_status() -> None:
    for status in PROBLEMS:
        response = DOCUMENT["components"]["responses"][f"Problem{status}"]
        example = response["content"]["application/problem+json"]["example"]
        assert example["status"] == status
        assert example["detail"]


def test_nothing_is_described_that_nothing_refers_to() -> None:
    said = json.dumps(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in said, name
