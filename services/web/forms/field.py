"""One field of a form, as its page shows it."""

from dataclasses import dataclass

from services.web.forms.choices import Choice


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the page shows it. `kind` says how; `value` is what stands in it.

    `parts` are the fields of a group, of a sheet, or of one item of a list, which has `rows`. What
    is fixed is shown in words, `said`. `only_if` names another field and some of its values, with
    which this one is asked; `beside` a field that it is made from; `otherwise` one whose value it
    has where nothing is said, and `usual` that value itself.
    """

    pointer: str
    kind: str
    label: str
    hint: str = ""
    is_required: bool = False
    is_null_if_empty: bool = False
    value: str | tuple[str, ...] = ""
    choices: tuple[Choice, ...] = ()
    parts: tuple["Field", ...] = ()
    rows: tuple[tuple["Field", ...], ...] = ()
    said: str = ""
    only_if: tuple[str, str] | None = None
    beside: str = ""
    otherwise: str = ""
    usual: str | int | None = None
    covers: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What the page calls it."""
        return "f" + self.pointer.replace("/", "-")
