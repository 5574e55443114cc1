"""What a preview of the week says: lines, and what each of them names. Pure."""

from dataclasses import dataclass
from typing import Literal

Choice = Literal["none", "open", "taken"]
"""Whether somebody can be taken off the roster by the change itself, and whether they are."""


@dataclass(frozen=True, slots=True)
class Item:
    """Somebody (by name) or something that a line names, and what would help."""

    text: str
    name: str = ""
    patient_id: str | None = None
    session_id: str | None = None
    mends: tuple["MendLink", ...] = ()
    choice: Choice = "none"


@dataclass(frozen=True, slots=True)
class MendLink:
    """A session that would make up for what a week lacks."""

    session_id: str
    text: str
    free: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that would come of a change: a sign, its color, and a sentence."""

    sign: str
    color: str
    text: str
    items: tuple[Item, ...] = ()
    more: int = 0
