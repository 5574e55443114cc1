"""The command line as scripts know it: its words, what it prints, its exit codes."""

import csv
import re
import shutil
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from services.embedded import engines
from tests.clinics import oracle
from tests.support.command_line import (
    CLINICS,
    NOW,
    OAK_STREET,
    THROUGH,
    expected,
    imported,
    reports,
    run,
)
from tests.support.data_folders import copied, events, running_engines, shows_lighthouse

FAULTY = CLINICS / "oak-street-faulty"
HAVANA = CLINICS / "havana"
BASE = CLINICS / "base"
BASE_NOW = "2026-09-17T17:00:00Z"


def plain(said: str) -> bool:
    """Tell whether this is one plain sentence."""
    return bool(re.fullmatch(r"\S.*\.\n", said)) and "Daybook itself failed" not in said


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# Importing and reporting


def test_the_reports_of_the_example_clinic_come_out_as_expected_byte_for_byte(
    oak_street: Path,
) -> None:
    assert reports(oak_street) == expected()


def test_clinics_whose_clocks_change_come_out_as_expected_byte_for_byte(
    lighthouse_at_rest: Path, tmp_path: Path
) -> None:
    with copied(lighthouse_at_rest, tmp_path / "lighthouse") as lighthouse:
        assert shows_lighthouse(lighthouse)
    imported(tmp_path / "havana", HAVANA, "2026-03-16T12:00:00Z")
    assert reports(tmp_path / "havana", "2026-03-15") == expected(HAVANA)


def test_a_command_leaves_no_engine_running(tmp_path: Path) -> None:
    run(tmp_path, "report", "visits")
    assert running_engines(tmp_path) == []


def test_importing_the_same_folder_again_records_no_event(oak_street: Path) -> None:
    before = events(oak_street)
    again = run(oak_street, "import", OAK_STREET, "--now", NOW)
    assert (again.returncode, again.stdout) == (0, "")
    assert "0 events recorded" in again.stderr
    assert events(oak_street) == before


def test_every_fault_is_named_in_one_run_and_not_one_event_is_recorded(tmp_path: Path) -> None:
    done = run(tmp_path, "import", FAULTY, "--now", NOW)
    assert (done.returncode, done.stdout) == (2, "")
    wanted = {f"{row['file']}:{row['line']}" for row in rows_of(FAULTY / "expected" / "errors.csv")}
    named = re.findall(r"^([\w.]+:\d+): \S", done.stderr, re.MULTILINE)
    assert wanted <= set(named)
    assert f"{len(named)} faults; nothing was recorded.\n" in done.stderr
    assert len(done.stderr.splitlines()) == len(named) + 1
    assert events(tmp_path) == 0


def test_a_fault_tells_nobody_who_a_patient_is(tmp_path: Path) -> None:
    said = run(tmp_path, "import", FAULTY, "--dry-run", "--now", NOW).stderr
    words = set(re.findall(r"[\w-]+", said))
    patients = rows_of(FAULTY / "patients.csv")
    secret = {row[name] for row in patients for name in ("given_name", "family_name", "born")}
    secret |= {
        row["mrn"] for file in ("patients", "sign_ins") for row in rows_of(FAULTY / f"{file}.csv")
    }
    assert secret & words == set()
    assert {"tracks", "csv", "4", "twelve"} <= words


def test_the_sound_rows_are_recorded_and_the_refused_ones_kept_for_their_owner(
    tmp_path: Path,
) -> None:
    data, sound = tmp_path / "data", tmp_path / "sound"
    done = run(data, "import", FAULTY, "--skip-invalid", "--now", NOW)
    assert (done.returncode, done.stdout) == (1, "")
    (kept,) = (data / "refused").iterdir()
    assert str(kept) in done.stderr
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    refused = {(row["file"], int(row["line"])): row for row in rows_of(kept)}
    assert refused["sign_ins.csv", 3]["row"] == "2026-09-16,morning,OA1308,12:18,09:22,"
    assert refused["sign_ins.csv", 3]["problem"] == "time_out is before time_in"

    shutil.copytree(FAULTY, sound)
    for path in sound.glob("*.csv"):
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        left = [line for at, line in enumerate(lines, 1) if (path.name, at) not in refused]
        path.write_text("".join(left), encoding="utf-8")
    last, now = date.fromisoformat(THROUGH), datetime.fromisoformat(NOW)
    assert reports(data) == {
        "visits": oracle.printed(oracle.visits(sound, last, now), oracle.VISIT_COLUMNS),
        "weeks": oracle.printed(oracle.weeks(sound, last, now), oracle.WEEK_COLUMNS),
    }

    imported(data, OAK_STREET, NOW)  # once the rows are mended
    assert reports(data) == expected()


@pytest.mark.parametrize(
    ("folder", "also", "code"),
    [(OAK_STREET, (), 0), (FAULTY, (), 2), (FAULTY, ("--skip-invalid",), 1)],
    ids=["sound", "faulty", "skipping"],
)
def test_a_dry_run_records_nothing(
    folder: Path, also: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    done = run(tmp_path, "import", folder, "--dry-run", *also, "--now", NOW)
    assert (done.returncode, done.stdout) == (code, "")
    assert events(tmp_path) == 0
    assert not (tmp_path / "refused").exists()


def test_a_report_of_one_patient_in_json(oak_street: Path) -> None:
    words = ("report", "weeks", "--patient", "OA1003", "--through", THROUGH, "--format", "json")
    weeks = orjson.loads(run(oak_street, *words).stdout)
    assert [week["verdict"] for week in weeks] == [
        "partial_week",
        "short",
        "short",
        "met",
        "partial_week",
    ]
    assert weeks[0]["credited_minutes"] == 410


def test_the_page_of_one_patient(oak_street: Path) -> None:
    done = run(oak_street, "report", "patient", "OA1003")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Tia Frost, OA1003, born 1990-08-21 (")
    assert "Discharged: 2026-10-21 to 2026-11-18, episode 1" in done.stdout
    facts = orjson.loads(run(oak_street, "report", "patient", "OA1003", "--format", "json").stdout)
    assert facts["plan"]["weekly_minutes"] == 540
    assert facts["episodes"][0]["override"] == "recorded by import"
    assert facts["weeks"][-1]["credited_minutes"] == 339


def test_a_report_looks_at_nothing_after_its_last_day(oak_street: Path) -> None:
    until = {row for row in expected()["visits"].splitlines() if row < "2026-09-17"}
    found = set(reports(oak_street, "2026-09-16")["visits"].splitlines())
    # The visit of the 16th was made up on the 17th, which nobody knew on the 16th.
    assert {row.removesuffix("yes") for row in until - found} == {
        "2026-09-16,morning,OA1206,rostered,no_show,no,no,180,0,"
    }


def test_a_report_goes_through_yesterday_at_each_facility_unless_told_otherwise(
    tmp_path: Path,
) -> None:
    # At any moment the date of one of them is not that of UTC.
    zones = {"east": ZoneInfo("Pacific/Kiritimati"), "west": ZoneInfo("Pacific/Pago_Pago")}
    for name, zone in zones.items():
        imported(tmp_path / "data", meets_every_day(tmp_path / name, name, zone), now())
    before = {name: yesterday(zone) for name, zone in zones.items()}
    visits = rows_from(run(tmp_path / "data", "report", "visits", "--format", "csv").stdout)
    after = {name: yesterday(zone) for name, zone in zones.items()}
    for name in zones:
        (last,) = {max(row["date"] for row in visits if row["mrn"] == name)}
        assert before[name] <= last <= after[name]


def now() -> str:
    return datetime.now(UTC).isoformat()


def yesterday(zone: ZoneInfo) -> str:
    return str(datetime.now(zone).date() - timedelta(days=1))


def rows_from(printed: str) -> list[dict[str, str]]:
    return list(csv.DictReader(printed.splitlines()))


def meets_every_day(folder: Path, name: str, zone: ZoneInfo) -> Path:
    """Make a clinic with one group, from a week ago on, and one patient, who is never there."""
    shutil.copytree(BASE, folder)
    site = (folder / "facility.toml").read_text(encoding="utf-8")
    site = site.replace("juniper", name).replace("America/Chicago", str(zone))
    (folder / "facility.toml").write_text(site.partition("[[closure]]")[0], encoding="utf-8")
    first = str(datetime.now(UTC).date() - timedelta(days=7))
    track = f"daily,adult,Daily group,MO TU WE TH FR SA SU,09:00,10:00,{first},,hall,s-ash,3"
    rows = {
        "tracks": [track],
        "segments": ["daily,09:00,10:00,group,Group"],
        "patients": [f"{name},Ana,Example,1990-01-01,adult,{first},,,,,self-pay"],
        "enrolments": [f"{name},daily,{first},,MO TU WE TH FR SA SU"],
    }
    for path in folder.glob("*.csv"):
        header = path.read_text(encoding="utf-8-sig").splitlines()[0]
        if path.stem != "programs":
            path.write_text("\n".join([header, *rows.get(path.stem, []), ""]), encoding="utf-8")
    return folder


def test_a_table_shows_what_stands_in_brackets(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(BASE, folder)
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8").replace("one-1", "one[red]").replace("J01", "J[/b]")
        path.write_text(text, encoding="utf-8")
    imported(tmp_path / "data", folder, BASE_NOW)
    done = run(tmp_path / "data", "report", "visits", "--through", "2026-09-20")
    assert (done.returncode, done.stderr) == (0, "")
    assert "one[red]" in done.stdout
    assert "J[/b]" in done.stdout


# Where everything stands


def test_status_tells_of_an_empty_folder_that_nothing_is_there_yet(tmp_path: Path) -> None:
    done = run(tmp_path, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^journal +0 ", done.stdout, re.MULTILINE)
    assert re.search(r"^stream +not there", done.stdout, re.MULTILINE)


def test_status_tells_the_positions_of_journal_stream_and_views(oak_street: Path) -> None:
    done = run(oak_street, "status")
    assert (done.returncode, done.stderr) == (0, "")
    position = events(oak_street)
    assert re.search(rf"^journal +{position} ", done.stdout, re.MULTILINE)
    for name in ("stream", "directory", "schedule", "attendance", "care"):
        assert re.search(rf"^{name} +{position}, 0 behind$", done.stdout, re.MULTILINE)
    assert str(oak_street / "postgres") in done.stdout
    assert "nats://127.0.0.1:" in done.stdout
    assert (oak_street / "nats.password").read_text(encoding="utf-8").strip() not in done.stdout


# What goes wrong is one plain sentence


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("report", "visits", "--through", "2026-02-30"), "2026-02-30"),
        (("report", "visits", "--through", "yesterday"), "yesterday"),
        (("report", "visits", "--patient", "NOBODY"), "patient"),
        (("report", "patient", "NOBODY"), "patient"),
        (("report", "patient"), "mrn"),
        (("report", "patient", "OA1003", "--format", "csv"), "csv"),
        (("report", "visits", "--facility", "nowhere"), "nowhere"),
        (("report", "visits", "--format", "xml"), "xml"),
        (("report", "minutes"), "minutes"),
        (("import", "no-such-folder"), "no-such-folder"),
        (("up", "--clinic", "no-such-folder"), "no-such-folder"),
        (("import", str(OAK_STREET), "--now", "2026-11-23T12:00:00"), "2026-11-23T12:00:00"),
        (("rebuild", "nothing"), "nothing"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_wrong_word_is_named_and_refused_in_one_sentence(
    words: tuple[str, ...], named: str, oak_street: Path
) -> None:
    done = run(oak_street, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert plain(done.stderr)
    assert named in done.stderr


UNREACHABLE = {
    "DAYBOOK_DATABASE_URL": "postgresql://daybook:secret-word@127.0.0.1:1/none?connect_timeout=2",
    "DAYBOOK_NATS_URL": "nats://daybook:secret-word@127.0.0.1:1",
}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"DAYBOOK_DATABASE_URL": UNREACHABLE["DAYBOOK_DATABASE_URL"]}, 2),
        ({"DAYBOOK_NATS_URL": UNREACHABLE["DAYBOOK_NATS_URL"]}, 2),
        (UNREACHABLE, 3),
        ({**UNREACHABLE, "DAYBOOK_DATABASE_URL": "secret-word"}, 2),
        ({"DAYBOOK_SITE_KEY": "secret-word"}, 2),
        ({"DAYBOOK_SITE_KEY": "schlüssel-secret-word"}, 2),
        ({"DAYBOOK_SITE_KEY": ""}, 2),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_sentence(
    settings: dict[str, str], code: int, oak_street: Path
) -> None:
    done = run(oak_street, "status", **settings)
    assert (done.returncode, done.stdout) == (code, "")
    assert plain(done.stderr)
    assert "secret-word" not in done.stderr


def test_a_broker_that_cannot_be_reached_is_told_in_one_sentence(oak_street: Path) -> None:
    with engines(oak_street) as found:
        settings = {**UNREACHABLE, "DAYBOOK_DATABASE_URL": found.database_url}
        done = run(oak_street, "status", **settings)
    assert (done.returncode, done.stdout) == (3, "")
    assert plain(done.stderr)


def test_a_data_folder_that_is_none_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path / "file", "status")
    assert (done.returncode, done.stdout) == (3, "")
    assert plain(done.stderr)


def test_servers_that_the_environment_names_are_used(oak_street: Path, tmp_path: Path) -> None:
    with engines(oak_street) as found:
        settings = {
            "DAYBOOK_DATABASE_URL": found.database_url,
            "DAYBOOK_NATS_URL": found.nats_url,
            "DAYBOOK_SITE_KEY": (oak_street / "site.key").read_text(encoding="ascii"),
        }
        assert reports(tmp_path, **settings) == expected()
    assert not (tmp_path / "postgres").exists()
