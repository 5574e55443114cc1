"""Requests that nobody would think of, made by schemathesis from the OpenAPI document."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.generation.modes import GenerationMode
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from tests.support.backend import PATIENCE

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance"),
    *("unsupported_method", "use_after_free"),
)
"""What is asked of each answer. What the domain refuses of what fits a schema is no fault."""

LEFT_OUT = r"/(sign-out|password|changes)$"
"""Ends the sign-in that is hunted with, or never ends."""

ID = re.compile(r"(?:patient|session)-[0-9a-f-]{32,36}")


@dataclass
class Known:
    """Ids that exist, by the fields that take them: most of what is asked is about something."""

    by_field: dict[str, list[str]] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def add(self, name: str, value: str) -> None:
        values = self.by_field.setdefault(name, [])
        if value not in values and len(values) < 1000:
            values.append(value)

    def heard(self, text: str) -> None:
        """Take in what an answer tells of."""
        for each in ID.findall(text):
            self.add(f"{each.partition('-')[0]}_id", each)

    def taken(self, value: object) -> None:
        """Take in what a command was done with."""
        for name, each in _fields(value):
            if isinstance(each, str):
                self.add(name, each)

    def put_in(self, value: Any, odds: float = 0.8) -> Any:
        """Return a payload with ids that exist in place of others."""
        if isinstance(value, list):
            return [self.put_in(each, odds) for each in value]
        if not isinstance(value, dict):
            return value
        return {name: self._other(name, each, odds) for name, each in value.items()}

    def _other(self, name: str, value: Any, odds: float) -> Any:
        known = self.by_field.get(name)
        if known and isinstance(value, str) and self.chance.random() < odds:
            return self.chance.choice(known)
        return self.put_in(value, odds)


def _fields(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name.endswith("_id"):
                yield name, each
            yield from _fields(each)
    elif isinstance(value, list):
        for each in value:
            yield from _fields(each)


@dataclass
class Hunted:
    """What was found, and how often each status was answered."""

    faults: list[str]
    statuses: Counter[int]


def hunted(
    document: Mapping[str, Any],
    url: str,
    *,
    headers: Mapping[str, str],
    known: Known,
    examples: int,
    phases: Iterable[str],
    own: Collection[str] = (),
) -> Hunted:
    """Ask all that a document has, as somebody; their `own` account and sign-in are spared."""
    whole = schemathesis.openapi.from_dict(json.loads(json.dumps(document)))
    config = whole.config
    config.generation.with_security_parameters = False
    config.generation.max_examples = examples
    config.generation.deterministic = True
    config.phases.update(phases=[*phases])
    config.checks.update(included_check_names=[*CHECKS])
    config.update(
        base_url=url, headers=dict(headers), request_timeout=PATIENCE, continue_on_failure=True
    )
    schema = whole.exclude(path_regex=LEFT_OUT)

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001
        for name, value in (case.path_parameters or {}).items():
            if value in own:
                case.path_parameters[name] = "nobody"
        meta = case.meta
        if meta is None or meta.generation.mode is GenerationMode.POSITIVE:
            if case.path_parameters:
                case.path_parameters = known.put_in(dict(case.path_parameters))
            if isinstance(case.body, dict):
                case.body = known.put_in(case.body)
            if "Idempotency-Key" in (case.headers or {}) and known.chance.random() < 0.9:
                case.headers["Idempotency-Key"] = f"{known.chance.getrandbits(64):x}"

    statuses: Counter[int] = Counter()

    def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001
        statuses[response.status_code] += 1
        if response.status_code == 200:
            known.heard(response.content.decode(errors="replace"))
            if "/commands/" in case.path:
                known.taken(case.body)

    faults = []
    with _hooked(before_call, after_call):
        for event in from_schema(schema).execute():
            if isinstance(event, NonFatalError):
                faults.append(f"{event.label}\n{event.value!r}")
            if isinstance(event, ScenarioFinished):
                faults += _faults(event)
    return Hunted(faults, statuses)


@contextmanager
def _hooked(*hooks: Callable[..., None]) -> Iterator[None]:
    for each in hooks:
        GLOBAL_HOOK_DISPATCHER.register_hook_with_name(each, each.__name__)
    try:
        yield
    finally:
        for each in hooks:
            GLOBAL_HOOK_DISPATCHER.unregister(each)


def _faults(event: ScenarioFinished) -> Iterator[str]:
    recorder = event.recorder
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            case = recorder.cases[case_id].value
            answer = recorder.interactions[case_id].response
            yield "\n  ".join(
                (
                    f"{failure.title}: {failure.message[:500]}",
                    f"{case.method} {case.formatted_path} {case.query}"[:1000],
                    f"{case.body!r}"[:1000],
                    f"{answer.status_code} {answer.text[:500]}" if answer else "no answer",
                )
            )
