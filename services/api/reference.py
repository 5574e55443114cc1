"""The page of the API: what the OpenAPI document says, for people. It needs no script."""

from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from json import dumps
from typing import Any

Part = Mapping[str, Any]


def page(document: Part) -> str:
    """Return the page."""
    return "\n".join(_lines(document))


def _lines(document: Part) -> Iterator[str]:
    info = document["info"]
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(info['title'])} API</title>"
    yield '<link rel="stylesheet" href="/docs/reference.css"></head><body>'
    operations = list(_operations(document))
    yield '<nav aria-label="Operations"><ul>'
    for tag, group in groupby(operations, key=lambda each: each[0]):
        yield f'<li><a href="#{_anchor(tag)}">{escape(tag)}</a><ul>'
        for *_, operation in group:
            name = operation["operationId"]
            yield f'<li><a href="#{escape(name)}">{_short(operation)}</a></li>'
        yield "</ul></li>"
    yield "</ul></nav><main>"
    yield f"<h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>"
    yield from _paragraphs(info["description"])
    yield '<p>The document itself: <a href="/v1/openapi.json">openapi.json</a>.</p>'
    for tag, group in groupby(operations, key=lambda each: each[0]):
        yield f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>'
        for _, path, method, operation in group:
            yield from _operation(document, path, method, operation)
    yield "</main></body></html>"


def _operations(document: Part) -> list[tuple[str, str, str, Part]]:
    found = [
        (operation.get("tags", ["Other"])[0], path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    order = [each["name"] for each in document.get("tags", ())]
    place = {name: number for number, name in enumerate(order)}
    return sorted(found, key=lambda each: (place.get(each[0], len(place)), each[0], each[1]))


def _operation(document: Part, path: str, method: str, operation: Part) -> Iterator[str]:
    yield f'<section id="{escape(operation["operationId"])}">'
    yield f"<h3>{_short(operation)}</h3>"
    if _name(operation) and _title(operation) not in operation["description"]:
        yield f"<p>{_inline(_title(operation))}</p>"
    yield f'<p class="address"><b>{method.upper()}</b> <code>{escape(path)}</code></p>'
    if says := operation.get("description"):
        yield from _paragraphs(says)
    if parameters := operation.get("parameters"):
        yield "<table><thead><tr><th>Parameter</th><th>In</th><th>What</th></tr></thead><tbody>"
        for each in parameters:
            needed = " (needed)" if each.get("required") else ""
            yield (
                f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}{needed}"
                f"</td><td>{_inline(each.get('description', ''))}</td></tr>"
            )
        yield "</tbody></table>"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        yield from _fields(document, body["schema"])
    curl = _curl(path, method, operation, body and body["example"])
    yield f"<pre><code>{escape(curl)}</code></pre>"
    yield "<table><thead><tr><th>Answer</th><th>When</th></tr></thead><tbody>"
    for status, response in sorted(operation.get("responses", {}).items()):
        yield (
            f"<tr><td><code>{escape(str(status))}</code></td>"
            f"<td>{escape(_response(document, response))}</td></tr>"
        )
    yield "</tbody></table>"
    yield from _answer(operation)
    yield "</section>"


def _answer(operation: Part) -> Iterator[str]:
    """Yield an example of the answer, which opens when it is asked for."""
    for status in ("200", "201"):
        response = operation["responses"].get(status, {})
        answer = response.get("content", {}).get("application/json")
        if answer:
            said = dumps(answer["example"], indent=2, ensure_ascii=False)
            yield "<details><summary>An answer</summary>"
            yield f"<pre><code>{escape(said)}</code></pre></details>"


def _fields(document: Part, schema: Part) -> Iterator[str]:
    found = _resolved(document, schema)
    if not found.get("properties"):
        return
    needed = set(found.get("required", ()))
    yield "<table><thead><tr><th>Field</th><th>Type</th><th></th></tr></thead><tbody>"
    for name, each in found["properties"].items():
        yield (
            f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(document, each))}</td>"
            f"<td>{'needed' if name in needed else ''}</td></tr>"
        )
    yield "</tbody></table>"


def _type(document: Part, schema: Part) -> str:
    found = _resolved(document, schema)
    if "anyOf" in found or "oneOf" in found:
        options = found.get("anyOf") or found["oneOf"]
        return " or ".join(dict.fromkeys(_type(document, each) for each in options))
    if "enum" in found:
        return " | ".join(map(str, found["enum"]))
    if "const" in found:
        return str(found["const"])
    if found.get("type") == "array":
        return f"list of {_type(document, found.get('items', {}))}"
    if found.get("type") == "object" and found.get("properties"):
        return f"{{{', '.join(found['properties'])}}}"
    return str(found.get("format") or found.get("type") or "anything")


def _resolved(document: Part, schema: Part) -> Part:
    while "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        schema = document["components"]["schemas"][name]
    return schema


def _response(document: Part, response: Part) -> str:
    """Return what an answer says; problems stand in one place."""
    if "$ref" in response:
        name = response["$ref"].removeprefix("#/components/responses/")
        response = document["components"]["responses"][name]
    return str(response.get("description", ""))


def _curl(path: str, method: str, operation: Part, body: object) -> str:
    parameters = operation.get("parameters", ())
    query = []
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(each["example"]))
        elif each["in"] == "query" and each["required"]:
            query.append(f"{each['name']}={each['example']}")
    address = f"http://127.0.0.1:8480{path}"
    if query:
        address = f"'{address}?{'&'.join(query)}'"
    lines = [f"curl -X {method.upper()} {address}"]
    if operation.get("security") != []:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if any(each["name"] == "Idempotency-Key" for each in parameters):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body is not None:
        said = dumps(body, indent=2, ensure_ascii=False).replace("'", "'\\''")
        lines.append(f"--json '{said}'")
    return " \\\n  ".join(lines)


def _title(operation: Part) -> str:
    return str(operation.get("summary") or operation["operationId"])


def _name(operation: Part) -> str | None:
    return operation.get("x-command") or operation.get("x-question")


def _short(operation: Part) -> str:
    """Return what an operation is called: a command or a question by its name."""
    if name := _name(operation):
        return f"<code>{escape(name)}</code>"
    return _inline(_title(operation).rstrip("."))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs of text."""
    for each in text.strip().split("\n\n"):
        yield f"<p>{_inline(' '.join(each.split()))}</p>"


def _inline(text: str) -> str:
    """Return text in which ** and ` mark words."""
    words = escape(text)
    for mark, tag in (("**", "b"), ("`", "code")):
        words = "".join(
            part if not number % 2 else f"<{tag}>{part}</{tag}>"
            for number, part in enumerate(words.split(mark))
        )
    return words


def _anchor(tag: str) -> str:
    return f"of-{escape(tag.lower().replace(' ', '-'))}"
