"""`report findings`, `report billable` and `audit explain`: as somebody at a clinic asks."""

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from services.embedded import engines
from tests.support.command_line import CLINICS, OAK_STREET, THROUGH, imported, run
from tests.support.data_folders import copied

ATTENDED = {
    "program-standards-adult": "540",
    "program-standards-adolescent-mh": "360",
}
COLUMNS = "rule,policy,version,mrn,from,to,state,measured,required,unit,until"
BASE, BASE_NOW = CLINICS / "base", "2026-09-21T12:00:00Z"

DAY_RATE = """\
policy = "day-rate"
version = 1
name = "A payer by the day"
regime = "payer"
dated = 2026-09-01
counts = ["group", "individual", "family", "education", "skills", "holistic"]

[day_minutes_min]
value = 60
citation = "contract, section 4"
verified = false
"""


def findings(data: Path, *words: str) -> list[dict[str, str]]:
    done = run(data, "report", "findings", "--format", "csv", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def explained(data: Path, finding: str) -> dict[str, Any]:
    done = run(data, "audit", "explain", finding, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# Findings


def test_findings_have_their_columns_and_are_sorted_by_them(oak_street: Path) -> None:
    done = run(oak_street, "report", "findings", "--format", "csv", "--through", THROUGH)
    lines = done.stdout.splitlines()
    assert lines[0] == COLUMNS
    assert len(lines) > 1000
    rows = [row[:3] + row[3:6] for row in csv.reader(lines[1:])]
    keys = [(row[0], row[1], int(row[2]), *row[3:6]) for row in rows]
    assert keys == sorted(keys)


def test_the_weeks_of_the_clinic_are_judged_as_they_are_counted(oak_street: Path) -> None:
    with (OAK_STREET / "expected" / "weeks.csv").open(encoding="utf-8") as file:
        weeks = {(row["mrn"], row["week_of"]): row for row in csv.DictReader(file)}
    found = findings(oak_street, "--rule", "attended-hours", "--through", THROUGH)
    assert {(row["mrn"], row["from"]) for row in found} == set(weeks)
    for row in found:
        week = weeks[row["mrn"], row["from"]]
        minutes = int(week["credited_minutes"])
        state = "met" if minutes >= int(row["required"]) else "breached"
        whole = week["verdict"] != "partial_week"
        assert row["state"] == (state if whole else "not_applicable")
        assert (row["measured"], row["unit"]) == (str(minutes), "minutes")
        assert row["required"] == ATTENDED[row["policy"]]


@pytest.mark.parametrize(
    ("words", "column", "values"),
    [
        (("--rule", "days-a-week"), "rule", {"days-a-week"}),
        (("--state", "breached"), "state", {"breached"}),
        (("--state", "not met"), "state", {"breached"}),
        (("--patient", "OA1027"), "mrn", {"OA1027"}),
    ],
)
def test_findings_of_one_rule_state_or_patient(
    oak_street: Path, words: tuple[str, ...], column: str, values: set[str]
) -> None:
    assert {row[column] for row in findings(oak_street, *words)} == values


def test_findings_of_one_week_are_those_about_its_days(oak_street: Path) -> None:
    found = findings(oak_street, "--week", "2026-11-04", "--patient", "OA1027")
    assert found
    for row in found:
        assert row["from"] <= "2026-11-08"
        assert row["to"] >= "2026-11-02"
    weekly = [row for row in found if row["rule"] == "attended-hours"]
    assert [(row["from"], row["to"]) for row in weekly] == [("2026-11-02", "2026-11-08")]


def test_findings_look_at_nothing_after_their_last_day(oak_street: Path) -> None:
    assert max(row["to"] for row in findings(oak_street, "--through", "2026-10-11")) == "2026-10-11"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "nine-hours"), "'nine-hours' is not a rule; there are prescribed-hours"),
        (("--state", "fine"), "'fine' is not a state; there are on_track, at_risk"),
        (("--week", "soon"), "'soon' is not a date"),
        (("--patient", "OA0000"), "No patient has this record number"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    oak_street: Path, words: tuple[str, ...], said: str
) -> None:
    done = run(oak_street, "report", "findings", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


def test_findings_for_a_terminal_fit_it_and_name_each_finding(oak_street: Path) -> None:
    done = run(oak_street, "report", "findings", "--patient", "OA1027", COLUMNS="80")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert re.search(r"[0-9a-f]{16} +attended-hours +OA1027 +2026-11-16 +met", done.stdout)


# Explaining


def test_a_finding_is_explained_by_its_rule_numbers_source_and_events(oak_street: Path) -> None:
    done = run(oak_street, "report", "findings", "--rule", "attended-hours", "--format", "json")
    adults = (e for e in json.loads(done.stdout) if e["policy"] == "program-standards-adult")
    found = next(each for each in adults if each["mends"])
    told = explained(oak_street, found["finding"][:10])
    assert told["finding"] == found["finding"]
    hours = found["required"] // 60
    assert told["in_words"] == f"Rule: at least {hours} hours attended in a week"
    assert (told["measured"], told["required"]) == (found["measured"], found["required"])
    assert told["policy_name"] == "Program standards, adults"
    assert "the criteria do not" in told["citation"]
    assert told["verified"] is False
    assert [each["event"] for each in told["events"]] != sorted(found["evidence"])
    assert {each["event"] for each in told["events"]} == set(found["evidence"])
    assert told["worked_out_again"] is True
    shown = run(oak_street, "audit", "explain", found["finding"], COLUMNS="80").stdout
    assert "mended by a time out for" in shown
    assert shown.endswith("Worked out again from these events alone: the same.\n")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("name", ["no-such-finding", ""])
def test_what_was_not_found_cannot_be_explained(oak_street: Path, name: str) -> None:
    done = run(oak_street, "audit", "explain", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "with" in done.stderr


def test_a_correction_changes_the_verdict_and_its_explanation_says_what_it_was(
    oak_street_at_rest: Path, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    shutil.copytree(OAK_STREET, files)
    with copied(oak_street_at_rest, tmp_path / "data") as data, engines(data):
        corrected(data, files)


def corrected(data: Path, files: Path) -> None:
    before = {row["mrn"]: row for row in _week_of(data, "attended-hours")}
    sheet = files / "sign_ins.csv"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(text.replace(*_LEFT_EARLY), encoding="utf-8")
    assert text != sheet.read_text(encoding="utf-8")
    imported(data, files, "2026-11-24T12:00:00Z")
    changed = [row for row in _week_of(data, "attended-hours") if row != before[row["mrn"]]]
    assert [(row["mrn"], row["state"]) for row in changed] == [("OA1027", "breached")]
    assert (before["OA1027"]["state"], before["OA1027"]["measured"]) == ("met", 540)
    told = explained(data, changed[0]["finding"])
    (was,) = told["before"]
    assert (was["state"], was["measured"], was["required"]) == ("met", 540, 540)
    kinds = [each["kind"] for each in was["changed_by"]]
    assert kinds == ["session.attendance-corrected"]
    assert was["changed_by"][0]["reason"]
    shown = run(data, "audit", "explain", changed[0]["finding"], COLUMNS="80").stdout
    assert "it was something else\n  met: 540 of 540 minutes. It was changed by" in shown


_SIGNED = "2026-11-19,evening,OA1027,17:50,"
_LEFT_EARLY = (f"{_SIGNED}21:15,", f"{_SIGNED}20:50,")


def _week_of(data: Path, rule: str) -> list[dict[str, Any]]:
    """The findings of a rule about the last week, without what proves them."""
    words = ("--rule", rule, "--week", "2026-11-18", "--format", "json")
    done = run(data, "report", "findings", *words, "--through", THROUGH)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [
        {key: each[key] for key in each if key not in {"evidence", "revised"}} for each in found
    ]


# Billable days


def test_a_day_is_billed_by_its_payers_policy_or_says_every_reason_why_not(
    tmp_path: Path,
) -> None:
    data, policy = imported(tmp_path / "data", BASE, BASE_NOW), tmp_path / "day-rate.toml"
    policy.write_text(DAY_RATE, encoding="utf-8")
    words = ("report", "billable", "--format", "csv")
    before = list(csv.DictReader(io.StringIO(run(data, *words).stdout)))
    assert {row["policy"] for row in before} == {""}
    assert all("policy" in row["reasons"].split() for row in before)
    payer = before[0]["payer"]
    adopted = run(data, "policy", "adopt", policy, "--payer", payer, "--from", "2026-09-01")
    assert adopted.returncode == 0, adopted.stderr
    after = list(csv.DictReader(io.StringIO(run(data, *words).stdout)))
    theirs = [row for row in after if row["payer"] == payer]
    assert theirs
    for row in theirs:
        assert (row["policy"], row["version"], row["units"]) == ("day-rate", "1", "0")
        assert row["reasons"].split() == [
            *(["minutes"] if int(row["minutes"]) < 60 else []),
            "signature",
        ]
    assert [row for row in after if row["payer"] != payer] == [
        row for row in before if row["payer"] != payer
    ]


def test_status_says_where_a_policy_is_missing(oak_street: Path) -> None:
    done = run(oak_street, "status")
    assert done.returncode == 0
    assert "no policy says what makes a day of payer medicaid at oak-street: " in done.stdout
    assert "no policy is in force for program" not in done.stdout
