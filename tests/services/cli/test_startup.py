"""How soon a command begins: it imports what it needs, and no more."""

import json
import subprocess
import sys

import pytest

from services.cli.options import VIEW_NAMES
from services.hosting.bootstrap import VIEWS
from tests.support.command_line import DAYBOOK

IMPORTED = """
import json, sys
from services.cli import main
sys.argv = ["daybook", *sys.argv[1:]]
try:
    main.main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""

ENGINES = {"nats", "psycopg", "eventsourcing", "faststream", "cryptography", "asyncio"}
ROOMS = {"projections", "services.journal", "services.hosting", "domain.session", "domain.patient"}


def imported_by(*words: str) -> tuple[set[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words], check=True, capture_output=True, text=True
    )
    return set(json.loads(done.stderr.splitlines()[-1])), done.stdout


@pytest.mark.parametrize("words", [["--help"], ["report", "--help"], ["import", "--help"]])
def test_help_imports_no_engine_and_nothing_of_what_commands_do(words: list[str]) -> None:
    modules, said = imported_by(*words)
    assert "Usage: " in said
    assert "services.cli.main" in modules
    assert modules & (ENGINES | ROOMS) == set()
    # To read the words of a command typer itself uses pydantic.
    assert "pydantic" not in modules or words != ["--help"]


def test_a_status_imports_neither_rules_nor_commands_nor_faststream() -> None:
    probe = (
        "import sys, services.cli.main, services.cli.status, services.hosting.supervisor;"
        "from services.hosting.bootstrap import VIEWS; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    modules = set(done.stdout.split())
    assert "projections.compliance.view" in modules
    others = {"faststream", "services.application", "services.contract", "services.clinic_import"}
    assert modules & (others | {"domain.compliance.evaluation"}) == set()


def test_help_names_the_views_that_there_are() -> None:
    assert tuple(view.name for view in VIEWS) == VIEW_NAMES
    done = subprocess.run(
        [DAYBOOK, "rebuild", "--help"], check=True, capture_output=True, text=True
    )
    assert all(name in done.stdout for name in VIEW_NAMES)
