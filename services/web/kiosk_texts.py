"""What a kiosk says, in English and Spanish: gettext, with the Spanish in `locales/es`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("en", "es")
"""The languages of a kiosk; the first is the one to which it returns after each person."""

LOCALES = Path(__file__).with_name("locales")

ENGLISH: Mapping[str, str] = {
    "welcome": "Welcome. Your code, please.",
    "here": "I am here",
    "leaving": "I am leaving",
    "clear": "Clear",
    "delete_last": "Delete the last digit",
    "entered": "{count} of 6 digits entered",
    "short": "Please enter all 6 digits.",
    "forgot": "Forgot your code? Ask at the desk.",
    "in": "You are in, {time}.",
    "in_before": "You are in since {time}.",
    "seat": "Please have a seat. If we need you, the desk will call you.",
    "out": "You are out, {time}.",
    "out_before": "You are out since {time}.",
    "bye": "Take care. See you next time.",
    "unknown_title": "We do not know this code.",
    "unknown": "Try again, or ask at the desk.",
    "desk_title": "Please ask at the desk.",
    "desk": "Nothing was recorded here.",
    "locked_title": "No codes for a moment.",
    "locked": "There were too many wrong ones. Please ask at the desk.",
    "kept_title": "Thank you, {time}.",
    "kept": "There is no connection now. Your time is kept here and counts as now.",
    "offline": "No connection. Your time is kept here and counts as now.",
    "waits": "1 time waits here to be sent.",
    "wait": "{count} times wait here to be sent.",
    "next": "Next person",
    "goes": "This page goes by itself in {count} seconds.",
    "goes_one": "This page goes by itself in 1 second.",
    "saving": "One moment",
}
"""Each text by its name; what stands in braces is filled in on the tablet."""


class NotTranslated(Exception):
    """A text of the kiosk has no words in a language."""


@cache
def kiosk_texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts by language and name. Raises NotTranslated."""
    return {"en": ENGLISH, "es": _translated("es")}


def _translated(language: str) -> Mapping[str, str]:
    with (LOCALES / language / "kiosk.po").open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    found = {}
    for name, text in ENGLISH.items():
        message = catalog.get(text)
        if message is None or message.fuzzy or not isinstance(message.string, str):
            raise NotTranslated(f"{language}: {name}")
        if not message.string:
            raise NotTranslated(f"{language}: {name}")
        found[name] = message.string
    return found
