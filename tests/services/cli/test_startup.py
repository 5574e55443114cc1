"""How soon a command begins: it imports what it needs, and no more."""

import subprocess
import sys

PROBE = "import sys, services.cli.main; sys.exit('faststream' in sys.modules)"


def test_a_command_that_serves_nobody_does_without_faststream() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], check=False)
    assert done.returncode == 0
