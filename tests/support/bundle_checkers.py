"""The three that check a bundle: Daybook, and the two checkers that share no code with it."""

import contextlib
import importlib.util
import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from services.audit.bundles.bundle_files import FileFaulty
from services.audit.bundles.verify_bundle import PROOF_SUFFIX, verify_bundle, verify_proof
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import VerifierKey
from services.audit.verification.given_heads import HeadUnreadable, read_heads
from tests.support.backend import PATIENCE

FOLDER = Path(__file__).parents[2] / "deploy" / "verify"

Outcome = tuple[int, str]
"""The exit code, and what was said."""

Checker = Callable[[Path, VerifierKey, Sequence[Path]], Outcome]
"""Checks a bundle or a proof under a key, and heads in files that somebody holds."""


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bundle_checker", FOLDER / "verify.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STANDARD_LIBRARY = _loaded()
"""`verify.py`, as a module."""


def by_python(path: Path, key: VerifierKey, heads: Sequence[Path] = ()) -> Outcome:
    """Check with `verify.py`, in this process: to start one each time takes longer."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        patch.setattr(sys, "argv", ["verify.py", *_words(path, key, heads)])
        with contextlib.redirect_stderr(said):
            code = STANDARD_LIBRARY.main()
    return code, said.getvalue()


def by_node(path: Path, key: VerifierKey, heads: Sequence[Path] = ()) -> Outcome:
    """Check with `verify.mjs`."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on the path")
    return run([node, str(FOLDER / "verify.mjs"), *_words(path, key, heads)])


def by_daybook(path: Path, key: VerifierKey, heads: Sequence[Path] = ()) -> Outcome:
    """Check with Daybook."""
    policy = SealPolicy.of_key(key)
    try:
        if path.suffix == PROOF_SUFFIX:
            report = verify_proof(path, policy)
        else:
            report = verify_bundle(path, policy, read_heads(heads, policy))
    except (FileFaulty, HeadUnreadable) as why:
        return 2, str(why)
    return (0 if report.sound else 1), "\n".join(report.lines())


CHECKERS: dict[str, Checker] = {"Daybook": by_daybook, "Python": by_python, "Node": by_node}


def run(words: Sequence[str], cwd: Path | None = None) -> Outcome:
    """Run a program to its end."""
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=cwd
    )
    return done.returncode, done.stdout + done.stderr


def _words(path: Path, key: VerifierKey, heads: Sequence[Path]) -> list[str]:
    held = [word for each in heads for word in ("--head", str(each))]
    return [str(path), "--key", str(key), *held]
