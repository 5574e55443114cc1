"""requirements-production.lock: what Daybook runs on, as it was tested, without tools."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned(lock: str) -> dict[str, tuple[str, ...]]:
    """Return each package with its version, its condition and its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"\n *#.*", "", text))
    return {each.split("==")[0].split("[")[0]: tuple(each.split()) for each in entries}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~!; ]", each)[0] for each in requirements}


def test_what_production_installs_is_what_was_tested() -> None:
    tested = pinned("requirements.lock")
    assert pinned("requirements-production.lock").items() <= tested.items()


def test_production_installs_what_daybook_needs_and_what_builds_it() -> None:
    needed = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["build"])
    assert needed <= set(pinned("requirements-production.lock"))


def test_production_installs_no_tool_of_development() -> None:
    extras = PROJECT["optional-dependencies"]
    tools = names(extras["dev"]) - names(extras["build"])
    assert tools >= {"pytest", "mypy", "ruff", "hypothesis"}
    assert not tools & set(pinned("requirements-production.lock"))


def test_no_lock_names_an_index() -> None:
    for lock in ("requirements.lock", "requirements-production.lock"):
        assert "://" not in (ROOT / lock).read_text(encoding="utf-8")
