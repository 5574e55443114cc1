"""The fields of a form: what a command takes, with its words, its choices and its values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from uuid import uuid4

import orjson

from domain.times import WEEKDAYS
from services.web.forms import choices, choices_of_patient
from services.web.forms.about import About
from services.web.forms.catalog import FORMS, ask_of
from services.web.forms.choices import Choice, Source
from services.web.forms.field import Field
from services.web.forms.known import DEFAULTS, KNOWN
from services.web.forms.phrases import phrase
from services.web.forms.shape import Argument, arguments_of
from services.web.forms.sheets import dimensions, questionnaires
from services.web.forms.wording import Ask

SOURCES: Mapping[str, Source] = {
    name: each
    for module in (choices, choices_of_patient)
    for name, each in vars(module).items()
    if callable(each) and getattr(each, "__module__", "") == module.__name__ and name[0] != "_"
}
"""What there is to choose from, by the name that an argument says."""

WEEKLY = "FREQ=WEEKLY;BYDAY="
"""How a rule begins that meets every week on some days."""

FEW = 4
"""So many values are shown side by side; of more, one is chosen from a list."""

NEW = "new"
"""What an address says where something is made, and nothing that is there is changed."""

LAST = ("reason", "override", "amendment")
"""What is asked at the end, wherever a command has it."""


def fields_of(command: str, about: About) -> list[Field]:
    """Return the fields of a command's form, in the order in which they are asked."""
    form = FORMS[command]
    known = KNOWN[form.known](about) if form.known else {}
    maker = _Maker(command, about, known, form.subject)
    arguments = sorted(arguments_of(command), key=lambda each: each.name in LAST)
    return [each for argument in arguments for each in maker.fields(argument)]


@dataclass
class _Maker:
    command: str
    about: About
    known: Mapping[str, Any]
    subject: str
    covered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Note which arguments another one's choice gives along."""
        for argument in arguments_of(self.command):
            if not argument.parts:
                self.covered |= {f"/{each}" for each in ask_of(self.command, argument).along}

    def fields(self, argument: Argument, *, required: bool = True) -> list[Field]:
        """Return the fields of an argument: none, one, or those of a group."""
        required = required and argument.is_required
        if argument.pointer in self.covered or self._is_left_out(argument):
            return []
        if argument.kind == "group":
            return self._group(argument, required=required)
        if argument.kind == "list":
            return [self._list(argument, required=required)]
        ask = ask_of(self.command, argument)
        made = self._field(argument, ask, required=required)
        return [made] if made else []

    def _is_left_out(self, argument: Argument) -> bool:
        """Tell whether an amendment is not needed: the session is not closed."""
        if argument.name != "amendment" or argument.is_required or not self.about.session_id:
            return False
        return not self.about.session.closed

    def _group(self, argument: Argument, *, required: bool) -> list[Field]:
        if argument.name == "policy":
            return [self._policy(argument)]
        required = required or argument.name == "amendment"
        inside = sorted(argument.parts, key=lambda each: each.kind == "list")
        parts = [each for part in inside for each in self.fields(part, required=required)]
        if required or len(parts) < 2:
            return parts
        ask = ask_of(self.command, argument)
        return [Field(argument.pointer, "group", ask.label, ask.hint, parts=tuple(parts))]

    def _policy(self, argument: Argument) -> Field:
        ask = ask_of(self.command, argument)
        found = choices.policy_packs(self.about)
        return Field(
            argument.pointer, "json", ask.label, ask.hint, is_required=True, choices=tuple(found)
        )

    def _list(self, argument: Argument, *, required: bool) -> Field:
        ask = ask_of(self.command, argument)
        template = tuple(each for part in argument.parts for each in self.fields(part))
        items: Sequence[Mapping[str, Any]] = self.known.get(argument.pointer) or ()
        if not items and required:
            items = ({},)
        rows = tuple(
            tuple(_in_row(each, argument.pointer, number, item) for each in template)
            for number, item in enumerate(items)
        )
        return Field(
            argument.pointer, "list", ask.label, ask.hint, required, parts=template, rows=rows
        )

    # One value

    def _field(self, argument: Argument, ask: Ask, *, required: bool) -> Field | None:
        given = self._given(argument)
        made = Field(
            argument.pointer,
            argument.kind,
            ask.label,
            ask.hint,
            is_required=required,
            is_null_if_empty=argument.is_null_if_empty,
            only_if=_condition(ask.only_if),
            beside=ask.beside,
            otherwise=ask.otherwise,
            usual=argument.usual,
            covers=tuple(f"/{each}" for each in ask.along),
        )
        if argument.name == self.subject and self.about.patient_id:
            return replace(made, kind="fixed", value=self.about.patient_id)
        if argument.name == "session_id" and self.about.session_id:
            return replace(made, kind="fixed", value=self.about.session_id)
        match ask.widget:
            case "never":
                value = _text(self.known.get(argument.pointer))
                is_sent = value or argument.is_null_if_empty
                return replace(made, kind="fixed", value=value) if is_sent else None
            case "own-credential":
                credential = self._own_credential()
                return replace(made, kind="fixed", value=credential) if credential else None
            case "new":
                new = f"{made.label.lower().replace(' ', '-')}-{uuid4().hex}"
                return replace(made, kind="fixed", value=given or new)
            case "slug" if given:
                return replace(made, kind="fixed", value=given)
            case "slug":
                return replace(made, kind="slug", taken=self._taken(argument))
            case "patient" if not ask.choices:
                return replace(made, kind="patient")
            case "answers":
                return replace(made, kind="sheets", parts=tuple(questionnaires(argument.pointer)))
            case "ratings":
                return replace(made, kind="sheets", parts=tuple(dimensions(argument.pointer)))
        if ask.choices:
            found = SOURCES[ask.choices](self.about)
            if found is not None:
                return self._chosen(replace(made, choices=tuple(found)), ask, given)
        if argument.kind in {"choice", "choices"}:
            named = (Choice(each, ask.names.get(each) or phrase(each)) for each in argument.values)
            return self._chosen(replace(made, choices=tuple(named)), ask, given)
        return self._plain(made, ask, given)

    def _plain(self, made: Field, ask: Ask, given: str) -> Field:
        """Return a field for a value that is typed."""
        kind = made.kind
        if kind == "boolean":
            kind = "radio" if made.is_required or ask.names else "check"
            names = ask.names or {"true": "Yes", "false": "No"}
            answers = tuple(Choice(value, name) for value, name in names.items())
            made = replace(made, choices=answers)
        elif kind == "texts" or ask.widget == "long":
            kind = "lines" if made.kind == "texts" else "long"
        elif ask.widget == "clock":
            kind = "clock"
        made = replace(made, kind=kind)
        return replace(made, value=self._value(made, ask, given))

    def _chosen(self, made: Field, ask: Ask, given: str) -> Field | None:
        """Return a field for a value that is chosen."""
        kind = made.kind
        if ask.widget in {"suggest", "or-text"}:
            return replace(made, kind=ask.widget, value=self._value(made, ask, given))
        if ask.widget == "weekly":
            return self._weekly(made, ask)
        if not made.choices:
            return replace(made, kind="none") if made.is_required else None
        fixed = next((each for each in made.choices if _gives(each, made, given)), None)
        if fixed and ask.choices and kind != "texts":
            return replace(made, kind="fixed", value=fixed.value, said=fixed.label)
        if kind in {"choices", "texts"}:
            value = tuple(given.split(",")) if given else self._value(made, ask, given)
            return replace(made, kind="checks", value=value)
        is_few = kind == "choice" and len(made.choices) <= FEW and made.is_required
        value = self._value(made, ask, given)
        if not value and ask.default in {"only", "last"} and made.is_required:
            first = made.choices[0].value
            value = first if len(made.choices) == 1 or ask.default == "last" else ""
        return replace(made, kind="radio" if is_few else "select", value=value)

    def _weekly(self, made: Field, ask: Ask) -> Field:
        """Return a field for the days of a rule; one that is not of each week is typed."""
        rule = str(self._value(made, ask, ""))
        days = rule.removeprefix(WEEKLY).split(",") if rule else []
        if set(days) <= set(WEEKDAYS):
            return replace(made, kind="weekly", value=tuple(days))
        return replace(made, kind="text", value=rule)

    # Values

    def _value(self, made: Field, ask: Ask, given: str) -> str | tuple[str, ...]:
        known = self.known.get(made.pointer, made.usual)
        if known is None and ask.default in DEFAULTS:
            known = DEFAULTS[ask.default](self.about)
        if isinstance(known, tuple | list):
            return tuple(map(str, known))
        if isinstance(known, datetime) and made.kind == "instant":
            return f"{known.astimezone(self.about.page.facility.zone):%Y-%m-%dT%H:%M}"
        is_typed = made.kind in {"date", "choice", "integer", "text"}
        return given if given and is_typed else _text(known)

    def _given(self, argument: Argument) -> str:
        """Return what the address says of an argument; texts of people's own are never there."""
        ask = ask_of(self.command, argument)
        is_of_daybook = ask.choices or ask.widget in {"new", "slug"} or argument.kind != "text"
        said = self.about.given.get(argument.name, "") if is_of_daybook else ""
        return "" if said == NEW else said

    def _own_credential(self) -> str:
        staff_id = self.about.staff_id()
        staff = {each["staff_id"]: each["credential"] for each in self.about.site["staff"]}
        return staff.get(staff_id) or ""

    def _taken(self, argument: Argument) -> tuple[str, ...]:
        """Return the ids that a new one of that kind cannot have."""
        if argument.name == "recipient_id":
            return tuple(self.about.facility.recipients)
        kind = {"room_id": "rooms", "staff_id": "staff", "program_id": "programs"}
        rows = self.about.site[kind.get(argument.name, "tracks")]
        return tuple(each[argument.name] for each in rows)


def _condition(said: str) -> tuple[str, str] | None:
    pointer, _, values = said.partition("=")
    return (pointer, values) if said else None


def _gives(choice: Choice, made: Field, given: str) -> bool:
    """Tell whether a choice is the one that the address gives."""
    if not given:
        return False
    if not made.covers:
        return choice.value == given
    name = made.pointer.rpartition("/")[2]
    return bool(orjson.loads(choice.value)[name] == given)


def _text(value: Any) -> str:
    """Return a value as a field holds it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | time():
            return f"{value:%H:%M}"
        case _:
            return str(value)


def _in_row(made: Field, pointer: str, number: int, item: Mapping[str, Any]) -> Field:
    """Return a field of a list's item, with the value that the item has."""
    name = made.pointer.rpartition("/")[2]
    value = _text(item[name]) if name in item else made.value
    return replace(
        made, pointer=made.pointer.replace(f"{pointer}/#", f"{pointer}/{number}"), value=value
    )
