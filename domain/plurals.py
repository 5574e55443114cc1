"""Nouns and verbs that agree with a number. Pure."""

import re

_PLURAL = re.compile(r"\b(\w+?)(ies|(?<!s)s)\b")
_VERB = re.compile(r"\b(were|are|have)\b")
_OF_ONE = {"were": "was", "are": "is", "have": "has"}
_TO_COME = {"were": "will be", "are": "will be", "have": "will have"}


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun, as 1 place or 3 places."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def amount(number: int, many: str) -> str:
    """Return a count with its noun, which is given for many, as 1 business day or 3 weeks."""
    return f"{number} {_singular(many) if number == 1 else many}"


def agreeing(number: int, said: str, *, is_ahead: bool = False) -> str:
    """Return what is said of many for a number, as 1 service was attended.

    The first noun in the plural and the first verb agree with it. Of what is to come (`is_ahead`)
    the verb speaks of the future, as 3 services will be attended.
    """
    told = amount(number, said)
    if is_ahead:
        return _VERB.sub(lambda verb: _TO_COME[verb[0]], told, count=1)
    return _VERB.sub(lambda verb: _OF_ONE[verb[0]], told, count=1) if number == 1 else told


def subject_of(said: str) -> str:
    """Return of what something is said of many, as individual sessions."""
    return _VERB.split(said, maxsplit=1)[0].strip()


def _singular(many: str) -> str:
    return _PLURAL.sub(lambda noun: noun[1] + ("y" if noun[2] == "ies" else ""), many, count=1)
