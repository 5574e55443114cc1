import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.aggregate import Event
from tests.contracts.golden import CLASSES, FOLDER, dump, load, path_of

FILES = sorted(FOLDER.iterdir())
CURRENT = [path_of(cls) for cls in CLASSES]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.TOPIC)
def test_each_event_has_a_golden_file_for_its_present_version(cls: type[Event]) -> None:
    assert path_of(cls).exists(), "run: python -m tests.contracts"
    golden = json.loads(path_of(cls).read_text(encoding="utf-8"))
    assert (golden["topic"], golden["class_version"]) == (cls.TOPIC, cls.class_version)


def test_each_golden_file_is_a_version_of_one_event() -> None:
    known = {
        f"{cls.TOPIC}{'' if version == 1 else f'.v{version}'}.json"
        for cls in CLASSES
        for version in range(1, cls.class_version + 1)
    }
    assert {path.name for path in FILES} == known


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_golden_file_loads(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert golden["topic"] == load(golden).TOPIC


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: path.stem)
def test_each_golden_file_is_written_back_to_the_letter(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    assert dump(load(json.loads(content))) == content


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: path.stem)
def test_an_event_that_lacks_a_field_is_refused(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    for name in golden["state"]:
        state = {key: value for key, value in golden["state"].items() if key != name}
        with pytest.raises(ValidationError, match=name):
            load(golden | {"state": state})
