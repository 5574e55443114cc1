"""What holds of every document: its bytes, its number, its tags, and that data stays text."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from services.documents.attendance_record import READS, attendance_record
from services.documents.facts import number_of, plain
from services.documents.fonts import FONTS, MISSING, has_glyph, lacks, printable
from services.documents.kind import Asked, kind
from services.documents.kinds import KINDS
from services.documents.making import MEDIA_TYPES, TEMPLATES, Made, Standing
from services.embedded import Engines
from services.reports.queries import Unanswerable
from tests.support.backend import fresh_database
from tests.support.documented_clinic import LONG, MARKUP, NOT_COVERED, SCRIPTS, Documented
from tests.support.read_back import read_back
from tests.support.small_clinic import FRIDAY, MONDAY


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend, *READS)


@pytest.fixture(scope="module")
def named(clinic: Documented) -> dict[tuple[str, str], str]:
    """Return patients of these names."""
    return {each: clinic.admitted(*each) for each in (*SCRIPTS, LONG)}


@pytest.fixture(scope="module")
def record(clinic: Documented) -> Made:
    return clinic.makes("attendance-record", patient_id=clinic.ann)


def test_the_same_facts_at_the_same_position_have_the_same_bytes(
    clinic: Documented, record: Made
) -> None:
    again = clinic.makes("attendance-record", patient_id=clinic.ann)
    assert again.pdf() == record.pdf()
    assert (again.csv(), again.json()) == (record.csv(), record.json())


def test_no_document_depends_on_whose_machine_makes_it(
    clinic: Documented, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = {
        "patient": {"patient_id": clinic.ben},
        "session": {"session_id": clinic.evening(MONDAY).id},
    }
    about = {
        name: asked["patient" if each.about == "record" else each.about]
        for name, each in KINDS.items()
        if {*each.reads} <= {*READS} and not each.tells and each.about != "facility"
    }
    assert len(about) == 6
    here = {name: clinic.makes(name, **of) for name, of in about.items()}
    before = {name: [each.content(form) for form in MEDIA_TYPES] for name, each in here.items()}
    elsewhere = {"TZ": "Asia/Kolkata", "PGTZ": "Asia/Kolkata", "LC_ALL": "de_DE.UTF-8"}
    for name, value in {**elsewhere, "HOME": str(tmp_path), "USER": "somebody"}.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    try:
        for name, of in about.items():
            there = clinic.makes(name, **of)
            assert [there.content(form) for form in MEDIA_TYPES] == before[name], name
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_same_facts_later_have_the_same_number_and_other_facts_have_another(
    record: Made,
) -> None:
    standing = Standing(record.standing.position + 1, record.standing.moment + timedelta(hours=1))
    later = replace(record, standing=standing)
    assert later.number == record.number
    assert later.pdf() != record.pdf()
    other = replace(record, document=replace(record.document, facts={"minutes": 1}))
    assert other.number != record.number


def test_a_number_is_of_the_kind_and_of_each_fact() -> None:
    found = {
        number_of("a", {"x": 1}),
        number_of("b", {"x": 1}),
        number_of("a", {"x": 2}),
        number_of("a", {"y": 1}),
    }
    assert len(found) == 4
    assert number_of("a", {"x": 1, "y": 2}) == number_of("a", {"y": 2, "x": 1})
    assert all(len(each) == 14 and each.count("-") == 2 for each in found)


def test_facts_are_plain_and_what_is_none_is_refused() -> None:
    at = datetime(2025, 3, 3, 17, 0, 30, 999, tzinfo=timezone(timedelta(hours=-5)))
    assert plain((date(2025, 3, 3), at, None, True, 3, "x")) == [
        *("2025-03-03", "2025-03-03T17:00:30-05:00", None, True, 3, "x"),
    ]
    for wrong in (1.5, {1}, datetime(2025, 3, 3), object()):
        with pytest.raises(TypeError):
            plain(wrong)


def test_a_pdf_is_tagged_and_says_its_title_and_language(record: Made) -> None:
    found = read_back(record.pdf())
    assert found.is_ua
    assert (found.title, found.language) == ("Attendance record, Oak Street", "en-US")
    assert {"Title", "H1", "Table", "THead", "TH", "TBody", "TR", "TD"} <= {*found.tags}
    assert found.outside == ()


def test_each_page_names_the_site_the_number_the_position_and_the_page(record: Made) -> None:
    found = read_back(record.pdf())
    moment = "Mar 11, 2025, 10:00 am UTC"
    for number, page in enumerate(found.pages, start=1):
        for said in (
            "Oak Street",
            f"Document {record.number}",
            f"record of {moment}, position {record.standing.position}",
            f"Page {number} of {len(found.pages)}",
            "Confidential: may be protected by 42 CFR Part 2",
        ):
            assert said in page


def test_each_page_after_the_first_names_the_patient(clinic: Documented) -> None:
    patient_id = clinic.admitted("Loose", "Pages", "OS-4712")
    clinic.many_visits(patient_id, 20)
    for name in ("attendance-record", "audit-trail", "attendance-letter"):
        made = clinic.makes(name, patient_id=patient_id, last=clinic.now.date())
        pages = read_back(made.pdf()).pages
        # Who gets a letter is told no record number.
        who = "Loose Pages" if name == "attendance-letter" else "Loose Pages, OS-4712"
        head = f"Oak Street \N{MIDDLE DOT} {made.kind.title} {who}"
        assert [page.startswith(head) for page in pages[1:]] == [True] * (len(pages) - 1)


def test_a_name_that_looks_like_markup_stays_text(record: Made) -> None:
    text = read_back(record.pdf()).text
    assert " ".join(MARKUP) in text
    assert record.facts["patient"]["name"] == " ".join(MARKUP)


@pytest.mark.parametrize("name", [*SCRIPTS, LONG], ids=lambda name: name[1])
def test_names_in_other_scripts_are_set_and_read_back(
    clinic: Documented, named: dict[tuple[str, str], str], name: tuple[str, str]
) -> None:
    given, family = name
    made = clinic.makes("attendance-record", patient_id=named[name])
    assert not lacks(given + family)
    found = read_back(made.pdf())
    assert MISSING not in found.text
    assert "Where the fonts of this document lack a letter" not in found.text
    assert found.outside == ()
    if all(letter < "\u0590" for letter in given + family):
        # A line may end after a hyphen.
        assert f"{given}{family}".replace(" ", "") in found.text.replace(" ", "")


def test_a_letter_that_no_font_has_is_seen_to_lack_and_the_record_number_stands_beside_it(
    clinic: Documented,
) -> None:
    patient_id = clinic.admitted(*NOT_COVERED, "OS-4711")
    made = clinic.makes("attendance-record", patient_id=patient_id)
    text = read_back(made.pdf()).text
    assert f"{MISSING * len(NOT_COVERED[0])} {MISSING * len(NOT_COVERED[1])}" in text
    assert "OS-4711" in text
    assert "Where the fonts of this document lack a letter stands" in text
    assert made.facts["patient"]["name"] == " ".join(NOT_COVERED)


def test_the_fonts_have_what_they_say_and_their_licenses_are_there() -> None:
    assert all(map(has_glyph, "aŻéΩЖשحअ中文あア한ự“”�"))
    assert not any(map(has_glyph, "ሰ😀\ue000"))
    assert printable({"a": ["ሰb", 1, None]}) == {"a": [f"{MISSING}b", 1, None]}
    names = {path.name for path in FONTS.iterdir()}
    assert {"LICENSE-Noto.txt", "LICENSE-DroidSansFallback.txt"} <= names
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 6_000_000


def test_a_word_that_no_column_holds_may_break_and_others_do_not() -> None:
    wide = "W" * 30
    assert printable(wide).split("\N{ZERO WIDTH SPACE}") == ["W" * 8, "W" * 8, "W" * 8, "W" * 6]
    for each in ("Featherstonehaugh", "2026-09-22T16:00:00-04:00", "Wolfe-Featherstonehaugh"):
        assert printable(each) == each


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Unanswerable, match="before it begins"):
        Asked(first=FRIDAY, last=MONDAY)
    with pytest.raises(Unanswerable, match="after its last day"):
        Asked(first=FRIDAY).span(MONDAY, 30)
    assert Asked(last=FRIDAY).span(MONDAY, 5) == (MONDAY, FRIDAY)


def test_each_kind_has_a_template_and_a_sentence_and_no_name_twice() -> None:
    for each in KINDS.values():
        assert (TEMPLATES / f"{each.name}.typ").is_file()
        assert each.says.startswith("Return ")
    with pytest.raises(ValueError, match="attendance-record"):
        kind("attendance-record", about="patient", title="", reads=())(attendance_record)
