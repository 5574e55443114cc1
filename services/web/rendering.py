"""Templates, and the addresses of what they load."""

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.web import rules
from services.web.icons import ICONS
from services.web.navigation import findings_to_do, pages_of
from services.web.words import FILTERS, clock_range

STATIC = Path(__file__).with_name("static")


@cache
def static_version() -> str:
    """Return what changes whenever a file does that pages load: they are kept for good by it."""
    found = blake2b(digest_size=8)
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(STATIC).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def static(name: str) -> str:
    """Return the address of a file that pages load."""
    return f"/static/{static_version()}/{name}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # An upgrade changes them under a process that still has the code which fills the old ones.
        auto_reload=False,
    )
    made.filters |= FILTERS | rules.FILTERS
    made.filters["as_json"] = lambda value: orjson.dumps(value).decode()
    made.globals |= {
        "static": static,
        "icons": ICONS,
        "pages_of": pages_of,
        "findings_to_do": findings_to_do,
        "clock_range": clock_range,
    }
    return made


def render(template: str, **shown: Any) -> str:
    """Return a page of a template; texts are escaped."""
    return _environment().get_template(template).render(**shown)
