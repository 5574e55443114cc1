"""What the words of forms are made of: one `Form` for each command, one `Ask` for each argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Widget = Literal[
    "",
    "long",
    "weekly",
    "answers",
    "ratings",
    "slug",
    "new",
    "patient",
    "own-credential",
    "never",
    "policy",
    "clock",
    "suggest",
    "or-text",
]
"""How somebody gives a value, where its type alone does not say so.

`weekly`: days of the week make a rule. `slug`: an id made from a name. `new`: a random id.
`patient`: it is said before anything else whom the form is about. `never`: nobody is asked.
`clock`: an instant by its time, on the day that another field gives. `suggest`: a text of one's
own, with the choices at hand. `or-text`: one of the choices, or else a text.
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """The words of one argument, and how it is asked for.

    `choices` names where its values come from, `default` what stands in it at first; `names` are
    the words of values that do not speak for themselves. It is asked `only_if` another field has
    one of some values, as /outcome=positive|negative. With `along` one choice gives the values of
    other arguments, too: their names, beside its own. `beside` names the field that a slug is made
    of, or whose day a clock's is; `otherwise` the one whose value it has where nothing is said.
    """

    label: str
    hint: str
    choices: str = ""
    default: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    widget: Widget = ""
    only_if: str = ""
    along: tuple[str, ...] = ()
    beside: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The words of a command: its title, what it does, what its button says and what was done.

    `asks` are by the pointer of an argument, and come before what is said of it elsewhere. `known`
    names where the values come from that are put right here. `subject` is the argument that says
    which patient it is about; `which` the one that says what of the site is changed, and has to be
    said first, with `new` as the words for something that is not there yet.
    """

    title: str
    says: str
    button: str
    said: str
    asks: Mapping[str, Ask] = field(default_factory=dict)
    known: str = ""
    subject: str = "patient_id"
    which: str = ""
    new: str = ""
