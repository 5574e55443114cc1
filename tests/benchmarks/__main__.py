"""Every figure, beside what a user would pick instead, in one run on one machine.

    python -m tests.benchmarks [PART ...] [--json FILE]

Each part is a module here with a function `measure`, which can be run by itself, too. All have
engines of their own, with fsync on. Quote the ratios: the rest is this machine's.
"""

import argparse
import importlib
import os
import platform
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

PARTS = (
    *("clinic_imports", "commands", "http", "visible", "projection", "relay", "compliance_rebuild"),
    *("growth", "snapshots", "sizes", "pages", "bundles", "verifying", "sealing", "comparing"),
    "documents",
)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should come to, at least or at most."""

    value: float
    at_least: bool = True

    def is_met(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.value:g}"


def _at_most(value: float) -> Aim:
    return Aim(value, at_least=False)


FIGURES: dict[str, Aim | None] = {
    "commands_per_s_1": None,
    "commands_per_s_50": Aim(1_500),
    "commands_vs_plain_1": Aim(1),
    "commands_vs_plain_50": Aim(5),
    **dict.fromkeys(
        f"http_{what}_{clients}"
        for what in ("check_ins_per_s", "check_in_p99_ms", "roster_per_s", "roster_p99_ms")
        for clients in (1, 10, 50)
    ),
    "http_vs_nats_50": None,
    "http_vs_bare_fastapi_50": None,
    "visible_p50_ms_at_100": None,
    "visible_p99_ms_at_100": None,
    "visible_p99_ms_at_300": _at_most(50),
    "visible_p99_ms_at_500": None,
    "projection_vs_runner": Aim(10),
    "projection_vs_bare_pull": Aim(0.6),
    "relay_vs_bare_publish": Aim(0.6),
    "compliance_rebuild_events_per_s": Aim(5_000),
    "import_events_per_s": None,
    "command_growth_1m_vs_10k": _at_most(1.1),
    "import_growth_1m_vs_10k": _at_most(1.1),
    "snapshot_check_vs_none": _at_most(1.1),
    "snapshot_vs_events": None,
    "bytes_per_event": None,
    "memory_mb_1m": None,
    "pages_first_view_ms": _at_most(1_000),
    "pages_saving_p50_ms": _at_most(100),
    "pages_done_p50_ms": _at_most(200),
    "pages_done_p95_ms": None,
    "pages_seen_p50_ms": _at_most(1_000),
    "bundle_export_events_per_s": None,
    "bundle_export_vs_copy": None,
    "bundle_check_events_per_s": None,
    "bundle_memory_mb": _at_most(150),
    **dict.fromkeys(f"verify_events_per_s_and_core_{size}" for size in ("10k", "100k")),
    "verify_events_per_s_and_core_1m": Aim(100_000),
    **dict.fromkeys(f"verify_vs_hashing_alone_{size}" for size in ("10k", "100k", "1m")),
    **dict.fromkeys((f"verify_memory_mb_{size}" for size in ("10k", "100k", "1m")), _at_most(150)),
    "sealing_commands_vs_without_1": Aim(0.9),
    "sealing_processor_vs_without_1": _at_most(1.1),
    "sealing_commands_vs_without_50": Aim(0.9),
    "sealing_processor_vs_without_50": _at_most(1.1),
    "sealing_entries_vs_unlocked": Aim(0.8),
    "sealing_us_per_event": None,
    "sealing_vs_hashing": None,
    "checked_view_vs_unchecked": None,
    "compared_message_us": None,
    "comparing_vs_reading": None,
    **dict.fromkeys(("document_first_pdf_ms", "document_json_ms", "document_page_ms")),
    **dict.fromkeys(("document_pdf_vs_json", "document_pdf_vs_untagged")),
}
"""All that is written with --json, in this order; None where nothing is asked of it."""


def measured(parts: list[str]) -> dict[str, float]:
    """Run the parts one after the other; what fails is said, and its figures are missing."""
    found: dict[str, float] = {}
    for part in parts:
        started = time.perf_counter()
        print(f"-- {part}", flush=True)
        try:
            found |= importlib.import_module(f"tests.benchmarks.{part}").measure()
        except Exception:  # the other parts are measured all the same
            traceback.print_exc()
        print(f"   {time.perf_counter() - started:.0f} s", flush=True)
    return {name: found[name] for name in FIGURES if name in found}


def show(found: dict[str, float], wanted: list[str]) -> None:
    """Print each figure, and whether it is what it should be."""
    table = Table("figure", "value", "aim", "met", box=None)
    for name in wanted:
        aim, figure = FIGURES[name], found.get(name)
        if figure is None:
            table.add_row(name, "not measured", str(aim or ""), "")
        else:
            met = "" if aim is None else "yes" if aim.is_met(figure) else "NO"
            table.add_row(name, f"{figure:,.2f}", str(aim or ""), met)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores, {platform.machine()}, load {load}")
    Console(width=80, highlight=False).print(table)


def main() -> int:
    options = argparse.ArgumentParser(description="Every figure, in one run.")
    options.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART")
    options.add_argument("--json", type=Path, metavar="FILE")
    given = options.parse_args()
    found = measured(given.parts or list(PARTS))
    show(found, list(found) if given.parts else list(FIGURES))
    if given.json:
        given.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0 if given.parts or found.keys() == FIGURES.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
