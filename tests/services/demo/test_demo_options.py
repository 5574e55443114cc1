"""What `daybook demo` is told wrongly is refused before anything is begun."""

from pathlib import Path

from tests.support.command_line import run


def test_a_zone_that_there_is_not_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "demo", "demo", "--zone", "Mars/Olympus")
    assert done.returncode == 2
    assert "'Mars/Olympus' is not a time zone, like America/Chicago" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_nobody_is_played_where_no_demo_is_running(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", "--play")
    assert done.returncode == 2
    assert done.stderr.startswith("No demo is running in")
