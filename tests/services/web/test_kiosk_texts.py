"""What a kiosk says, and what its worker keeps."""

from services.web.kiosk import FILES
from services.web.kiosk_texts import ENGLISH, kiosk_texts
from services.web.rendering import STATIC


def test_each_text_has_words_in_spanish_with_the_same_facts() -> None:
    for name, text in kiosk_texts()["es"].items():
        assert sorted(_facts(text)) == sorted(_facts(ENGLISH[name])), name
        assert text != ENGLISH[name]


def test_the_worker_keeps_files_that_are_there() -> None:
    assert [each for each in FILES if not (STATIC / each).is_file()] == []


def _facts(text: str) -> list[str]:
    return [each.split("}")[0] for each in text.split("{")[1:]]
