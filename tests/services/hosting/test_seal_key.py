"""Where the seal key comes from, and what trees are called."""

import base64
from pathlib import Path

import pytest

from services.hosting.seal_key import (
    HEADS_FOLDER,
    SEAL_KEY,
    SEAL_KEY_FILE,
    SEAL_NAME,
    SealKey,
    seal_settings,
)
from services.hosting.settings import BadSetting

KEY = bytes(range(32))
IN_BASE64 = base64.b64encode(KEY)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (SEAL_KEY, SEAL_KEY_FILE, SEAL_NAME, HEADS_FOLDER):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def test_a_data_folder_has_a_key_of_its_own_that_is_made_once(data: Path) -> None:
    key = SealKey(data)
    assert key.make(lambda: False)
    assert (data / "seal.key").stat().st_mode & 0o777 == 0o600
    made = key.read()
    assert len(made) == 32
    assert not key.make(lambda: True)
    assert key.read() == made


def test_no_new_key_takes_the_place_of_one_that_is_missing(data: Path) -> None:
    with pytest.raises(BadSetting, match=r"seal\.key is missing.*continue-after-restore"):
        SealKey(data).make(lambda: True)
    assert list(data.iterdir()) == []


def test_the_environment_has_the_key_or_names_its_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "sealer"
    elsewhere.mkdir(mode=0o700)
    monkeypatch.setenv(SEAL_KEY_FILE, str(elsewhere / "our.key"))
    assert SealKey(data).make(lambda: False)
    assert SealKey(data).read() == base64.b64decode((elsewhere / "our.key").read_bytes())
    assert seal_settings(data).seen == elsewhere / "seal.heads"
    monkeypatch.setenv(SEAL_KEY, IN_BASE64.decode())
    assert SealKey(data).read() == KEY
    assert not SealKey(tmp_path / "none").make(lambda: True)


@pytest.mark.parametrize("given", ["", "x", base64.b64encode(bytes(31)).decode()])
def test_what_is_no_key_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(SEAL_KEY, given)
    with pytest.raises(BadSetting, match=f"{SEAL_KEY} is not 32 bytes in base64"):
        SealKey(data).read()


def test_a_file_that_others_may_read_is_refused(data: Path) -> None:
    SealKey(data).make(lambda: False)
    (data / "seal.key").chmod(0o640)
    with pytest.raises(BadSetting, match="chmod 600"):
        SealKey(data).read()


@pytest.mark.parametrize("name", ["a b", "a/b", "a+b", "-a", "a" * 101, "ä", "a\n"])
def test_a_name_that_no_tree_can_have_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(SEAL_NAME, name)
    with pytest.raises(BadSetting, match=f"{SEAL_NAME} is not a name for trees"):
        seal_settings(data)


def test_trees_are_called_after_daybook_unless_the_site_has_a_name(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (seal_settings(data).operator, seal_settings(data).folder) == ("daybook", None)
    monkeypatch.setenv(SEAL_NAME, "clinic.example")
    monkeypatch.setenv(HEADS_FOLDER, "carried")
    assert seal_settings(data).operator == "clinic.example"
    assert seal_settings(data).folder == Path("carried")


def test_a_new_key_waits_beside_the_old_one_until_it_is_put_in_place(data: Path) -> None:
    key = SealKey(data)
    key.make(lambda: False)
    old, new = key.read(), key.renew(None)
    assert key.read() == old
    new.put_in_place()
    assert key.read() == new.key != old
    assert [each.name for each in data.iterdir()] == ["seal.key"]


def test_a_new_key_of_the_environment_is_written_to_a_file_that_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadSetting, match="leave --to out"):
        SealKey(data).renew(tmp_path / "new.key")
    monkeypatch.setenv(SEAL_KEY, IN_BASE64.decode())
    with pytest.raises(BadSetting, match="say with --to"):
        SealKey(data).renew(None)
    new = SealKey(data).renew(tmp_path / "new.key")
    new.put_in_place()
    assert base64.b64decode((tmp_path / "new.key").read_bytes()) == new.key
    with pytest.raises(BadSetting, match="cannot be written"):
        SealKey(data).renew(tmp_path / "new.key")
