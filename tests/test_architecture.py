"""The arrows between the rooms, and what may stand in none of them."""

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("domain", "projections", "services")
OTHERS_IN = {
    "domain": {"dateutil.rrule", "eventsourcing.domain", "eventsourcing.utils"},
    "projections": {"pydantic"},
}
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


@cache
def import_statements(path: Path) -> list[ast.Import | ast.ImportFrom]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports(path: Path) -> Iterator[str]:
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            yield str(node.module) if node.level == 0 else "."


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(path)
    below = ROOMS[: ROOMS.index(room) + 1]
    for name in imports(path):
        top = name.split(".")[0]
        if top in ROOMS or top == "tests":
            assert top in below, f"{room} imports {name}"
        elif room in OTHERS_IN and top not in sys.stdlib_module_names:
            assert name in OTHERS_IN[room], f"{room} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if room_of(path) != "services"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_domain_and_projections_read_no_clock_and_throw_no_dice(path: Path) -> None:
    assert not {"random", "secrets", "time"} & set(imports(path))
    read = re.findall(r"\b(?:now|today|utcnow|uuid4|uuid1)\(", path.read_text(encoding="utf-8"))
    assert read == []


FLOORS = (
    {"certificates", "database_url", "toml_lines"},
    {
        "cancellation",
        "connections",
        "embedded",
        "failures",
        "journal",
        "policy_packs",
        "text_output",
        "vault",
    },
    {"advisory_lock", "application", "reports"},
    {"access", "documents"},
    {"clinic_import", "demo", "messaging"},
    {"command_endpoint", "process_managers", "read_models"},
    {"publishing"},
    {"audit"},
    {"contract", "hosting"},
    {"api"},
    {"web"},
    {"cli"},
)
"""The rooms of `services/`, from the ground up. No arrow runs within a floor, or back up.

`billing` is none of them: it is somebody else's, and imports nothing of Daybook.
"""

ARROWS: Mapping[str, set[str]] = {
    "web": {
        *("access", "api", "application", "audit", "command_endpoint", "documents", "failures"),
        "hosting",
        *("journal", "policy_packs", "reports", "text_output"),
    },
    "api": {
        *("access", "advisory_lock", "application", "audit", "cancellation", "certificates"),
        *("clinic_import", "command_endpoint", "connections", "contract", "database_url"),
        *("documents", "failures", "hosting", "journal", "publishing", "read_models", "reports"),
        *("text_output", "vault"),
    },
    "access": {"application", "connections", "journal", "reports"},
    "advisory_lock": {"cancellation"},
    "application": {"failures", "journal", "vault"},
    "connections": {"database_url"},
    "journal": {"database_url"},
    "vault": {"database_url"},
    "policy_packs": {"toml_lines"},
    "reports": {"journal", "policy_packs", "text_output", "vault"},
    "documents": {"reports", "text_output"},
    "clinic_import": {
        *("application", "journal", "policy_packs", "text_output", "toml_lines", "vault"),
    },
    "demo": {"access", "application", "embedded", "journal", "policy_packs", "vault"},
    "messaging": {"advisory_lock", "cancellation", "failures"},
    "command_endpoint": {
        *("access", "application", "cancellation", "failures", "journal", "messaging"),
        *("text_output", "vault"),
    },
    "process_managers": {
        *("advisory_lock", "application", "cancellation", "failures", "journal"),
    },
    "read_models": {"advisory_lock", "cancellation", "failures", "journal", "messaging"},
    "publishing": {"advisory_lock", "cancellation", "journal", "messaging", "read_models"},
    "audit": {
        *("access", "advisory_lock", "cancellation", "connections", "database_url", "embedded"),
        *("failures", "journal", "messaging", "publishing", "read_models", "reports", "vault"),
    },
    "contract": {"audit", "command_endpoint", "messaging", "publishing"},
    "hosting": {
        *(
            "advisory_lock",
            "application",
            "audit",
            "cancellation",
            "database_url",
            "embedded",
            "failures",
            "journal",
            "messaging",
        ),
        *("process_managers", "publishing", "read_models", "vault"),
    },
    "cli": {
        *(
            "access",
            "advisory_lock",
            "api",
            "application",
            "audit",
            "cancellation",
            "clinic_import",
            "command_endpoint",
        ),
        *(
            "contract",
            "demo",
            "documents",
            "embedded",
            "failures",
            "hosting",
            "journal",
            "messaging",
            "policy_packs",
        ),
        *("publishing", "read_models", "reports", "text_output", "vault", "web"),
    },
}
"""Which rooms of `services/` each room may import."""

ROOM_OF_SERVICES = {
    path: path.relative_to(ROOT / "services").parts[0].removesuffix(".py")
    for path in FILES
    if path.parent != ROOT / "services" or path.name != "__init__.py"
    if path.relative_to(ROOT).parts[0] == "services"
}


@pytest.mark.parametrize("room", sorted(set(ROOM_OF_SERVICES.values()) - {"billing"}))
def test_a_room_of_services_imports_only_what_it_may(room: str) -> None:
    rooms = set(ROOM_OF_SERVICES.values())
    found = {
        (target, path.name)
        for path, of in ROOM_OF_SERVICES.items()
        if of == room
        for target in _rooms_imported(path, rooms) - {room}
        if target not in ARROWS.get(room, set())
    }
    assert found == set()


def test_no_arrow_between_the_rooms_of_services_runs_back_up() -> None:
    floor_of = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    assert set(floor_of) == set(ROOM_OF_SERVICES.values()) - {"billing"}
    up = {
        (room, target)
        for room, targets in ARROWS.items()
        for target in targets
        if floor_of[target] >= floor_of[room]
    }
    assert up == set()


ROOMS_OF_AUDIT = ("tree", "notes", "sealing", "witnesses", "verification", "bundles")
"""The rooms of `services/audit/`, from the ground up."""


def test_no_arrow_between_the_rooms_of_audit_runs_back_up() -> None:
    room = ROOT / "services" / "audit"
    assert {path.parent.name for path in room.glob("*/*.py")} == set(ROOMS_OF_AUDIT)
    up = {
        (path.relative_to(room).as_posix(), name)
        for path in room.glob("*/*.py")
        for name in imports(path)
        if name.startswith("services.audit.")
        and ROOMS_OF_AUDIT.index(name.split(".")[2]) > ROOMS_OF_AUDIT.index(path.parent.name)
    }
    assert up == set()


def test_no_file_stands_loose_in_services_that_a_room_could_take() -> None:
    loose = {path.stem for path in ROOM_OF_SERVICES if path.parent == ROOT / "services"}
    assert loose == {
        *("advisory_lock", "cancellation", "certificates", "connections", "database_url"),
        *("failures", "policy_packs", "text_output", "toml_lines"),
    }


def _rooms_imported(path: Path, rooms: Collection[str]) -> set[str]:
    found = set()
    for node in import_statements(path):
        within = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        names = [f"{within}{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("services.")}
    return found & set(rooms)


def test_the_example_of_somebody_elses_service_imports_nothing_of_daybook() -> None:
    room = ROOT / "services" / "billing"
    allowed = {"nats", "services.billing", *sys.stdlib_module_names}
    found = {
        name
        for path in room.rglob("*.py")
        for name in imports(path)
        if not {".".join(name.split(".")[:2]), name.split(".")[0]} & allowed
    }
    assert found == set()


VIEWS = {"attendance", "care", "compliance", "directory", "schedule"}


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_a_read_model_asks_no_other_ones_tables(name: str) -> None:
    others = "|".join(sorted(VIEWS - {name}))
    asked = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|USING|REFERENCES)\s+(?:{others})\.\w+")
    room = ROOT / "projections" / name
    files = [*room.rglob("*.py"), *room.parent.glob(f"{name}.py")]
    assert files
    found = [
        (path.name, each)
        for path in files
        for each in asked.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_in_its_name_what_lives_there_and_is_not_endless(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "manager", "models", "misc"}
    assert path.read_text(encoding="utf-8").count("\n") <= 330


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607 - the git that is there
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    forbidden = re.compile(r"--(?:extra-)?index-url|--find-links|\bpypi\.(?:org|python)|/simple\b")
    allowed = {"Makefile", "test_architecture.py"}
    found = [
        path.name
        for path in tracked()
        if path.name not in allowed
        and forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    homes = "|".join(("home", "Users", "root", "work"))
    forbidden = re.compile(rf"(?<![\w./$}}~-])/(?:{homes})/\w")
    found = [
        path.name
        for path in tracked()
        if forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_lock_pins_every_package_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-z])", lock.strip())
    assert "setuptools==" in lock
    assert "://" not in lock
    for pin in pins:
        assert re.match(r"[\w.\[\],-]+==[\w.]+", pin), pin
        assert "--hash=sha256:" in pin, pin
