"""What only npm has: the tests that need it are left out without it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.backend import PATIENCE

NODE = Path(__file__).parents[1] / "node"


def node_with(package: str) -> str:
    """Return the program node, where a package of `tests/node` is installed; else skip the test."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on the path")
    if not (NODE / "node_modules" / package).exists():
        pytest.skip("tests/node is not installed: `make test` does it where there is npm")
    return node


def checked(script: str, file: Path, package: str) -> subprocess.CompletedProcess[str]:
    """Have a script of `tests/node` look at a file."""
    return subprocess.run(
        [node_with(package), str(NODE / script), str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
