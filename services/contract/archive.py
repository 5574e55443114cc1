"""What was published: schemas and examples in files, none of which changes once it is there.

Whoever reads or sends by them need not ask when Daybook was updated: what is added has a version
of its own.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "published"


def schema_of_event(topic: str, version: int) -> Path:
    """Return where the schema of a version of an event is."""
    return FOLDER / "events" / f"{topic}.v{version}.schema.json"


def schema_of_derived(topic: str, version: int) -> Path:
    """Return where the schema of a version of a derived message is."""
    return FOLDER / "derived" / f"{topic}.v{version}.schema.json"


def schema_of_command(name: str, edition: int = 1) -> Path:
    """Return where a schema of a command is. A later edition takes all that an earlier one did."""
    number = "" if edition == 1 else f".{edition}"
    return FOLDER / "commands" / f"{name}{number}.schema.json"


def example_of_event(topic: str, version: int) -> Path:
    """Return where the example of a version of an event is: the file of version 1 names none."""
    return FOLDER / "examples" / "events" / _by_version(topic, version)


def example_of_derived(topic: str, version: int) -> Path:
    """Return where the example of a version of a derived message is."""
    return FOLDER / "examples" / "derived" / _by_version(topic, version)


def example_of_command(name: str) -> Path:
    """Return where the example of a command is."""
    return FOLDER / "examples" / "commands" / f"{name}.json"


def read(path: Path) -> dict[str, Any]:
    """Return what a file of the contract says."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(path: Path, content: object) -> Path:
    """Write a file of the contract, and the folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def _by_version(topic: str, version: int) -> str:
    return f"{topic}.json" if version == 1 else f"{topic}.v{version}.json"
