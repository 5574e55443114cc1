"""What `make bench` writes: each figure by its name, whatever part of it fails."""

import importlib

import pytest

from tests.benchmarks import __main__ as bench


@pytest.mark.parametrize("part", bench.PARTS)
def test_each_part_can_be_measured(part: str) -> None:
    assert callable(importlib.import_module(f"tests.benchmarks.{part}").measure)


def test_what_fails_is_missing_and_the_rest_is_written_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    growth = importlib.import_module("tests.benchmarks.growth")
    relay = importlib.import_module("tests.benchmarks.relay")
    sizes = importlib.import_module("tests.benchmarks.sizes")

    def fails() -> dict[str, float]:
        raise OSError

    monkeypatch.setattr(sizes, "measure", lambda: {"memory_mb_1m": 1.0, "bytes_per_event": 2.0})
    monkeypatch.setattr(growth, "measure", fails)
    monkeypatch.setattr(relay, "measure", lambda: {"relay_vs_bare_publish": 0.5})
    found = bench.measured(["sizes", "growth", "relay"])
    assert list(found) == ["relay_vs_bare_publish", "bytes_per_event", "memory_mb_1m"]
    bench.show(found, list(bench.FIGURES))
    said = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.split()}
    assert said["relay_vs_bare_publish"].split()[-1] == "NO"
    assert "not measured" in said["import_growth_1m_vs_10k"]
