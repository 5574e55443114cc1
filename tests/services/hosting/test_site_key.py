"""Where the site's key comes from, and what is refused in its place."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.hosting.settings import BadSetting
from services.hosting.site_key import SITE_KEY, new_site_key, site_key

KEY = bytes(range(32))
IN_BASE64 = base64.b64encode(KEY)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(SITE_KEY, raising=False)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def put(data: Path, content: bytes = IN_BASE64, mode: int = 0o600) -> Path:
    path = data / "site.key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def found(data: Path) -> bytes:
    return site_key(data, lambda: True)


def test_a_new_data_folder_has_a_key_of_its_own(data: Path) -> None:
    made = site_key(data, lambda: False)
    assert len(made) == 32
    assert (data / "site.key").stat().st_mode & 0o777 == 0o600
    assert found(data) == made
    assert [each.name for each in data.iterdir()] == ["site.key"]


def test_no_new_key_takes_the_place_of_one_that_is_missing(data: Path) -> None:
    with pytest.raises(BadSetting, match=r"missing.*backup"):
        found(data)
    assert list(data.iterdir()) == []


def test_a_key_that_another_process_makes_meanwhile_is_taken(data: Path) -> None:
    def made_meanwhile() -> bool:
        put(data)
        return True

    assert site_key(data, made_meanwhile) == KEY


def test_a_key_in_the_environment_is_taken_first(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, base64.b64encode(b"k" * 32))
    monkeypatch.setenv(SITE_KEY, IN_BASE64.decode())
    assert found(data) == KEY


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\x00\xfe binary", IN_BASE64[:-4], IN_BASE64 * 2, base64.b64encode(bytes(32))],
    ids=["empty", "binary", "short", "long", "zeroes"],
)
def test_a_file_without_a_key_is_refused_and_left_alone(data: Path, content: bytes) -> None:
    path = put(data, content)
    with pytest.raises(BadSetting, match=str(path)):
        found(data)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_or_write_is_refused(data: Path, mode: int) -> None:
    put(data, mode=mode)
    with pytest.raises(BadSetting, match="chmod 600"):
        found(data)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which root alone can do")
def test_what_belongs_to_somebody_else_is_refused(data: Path, tmp_path: Path) -> None:
    os.chown(put(data), 4711, 4711)
    with pytest.raises(BadSetting, match="belongs to user 4711"):
        found(data)
    os.chown(data / "site.key", 0, 0)
    link = tmp_path / "link"
    link.symlink_to(data)
    assert found(link) == KEY
    os.lchown(link, 4711, 4711)
    with pytest.raises(BadSetting, match="symbolic link of user 4711"):
        found(link)
    os.chown(data, 4711, 4711)
    with pytest.raises(BadSetting, match="belongs to user 4711"):
        found(data)


def test_a_folder_in_which_others_may_write_is_refused(data: Path) -> None:
    put(data)
    data.chmod(0o770)
    with pytest.raises(BadSetting, match="Others may write"):
        found(data)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused(data: Path, make: Callable[[Path], None]) -> None:
    make(data / "site.key")
    with pytest.raises(BadSetting, match=r"site\.key"):
        found(data)


# A new key


def test_a_new_key_takes_the_files_place_once_it_is_in_use(data: Path) -> None:
    put(data)
    with new_site_key(data, None) as new:
        assert found(data) == KEY
    assert found(data) == new != KEY
    assert [each.name for each in data.iterdir()] == ["site.key"]


def test_a_new_key_that_comes_to_nothing_leaves_the_old_one(data: Path) -> None:
    put(data)
    with pytest.raises(InterruptedError), new_site_key(data, None):
        raise InterruptedError
    assert found(data) == KEY
    assert [each.name for each in data.iterdir()] == ["site.key"]


def test_where_the_environment_has_the_key_the_new_one_is_written_to_a_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SITE_KEY, IN_BASE64.decode())
    with pytest.raises(BadSetting, match="--to"), new_site_key(data, None):
        pass
    target = tmp_path / "new.key"
    with new_site_key(data, target) as new:
        pass
    assert base64.b64decode(target.read_bytes()) == new
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadSetting, match="File exists"), new_site_key(data, target):
        pass
    assert base64.b64decode(target.read_bytes()) == new


def test_where_a_file_has_the_key_no_other_is_written(data: Path, tmp_path: Path) -> None:
    put(data)
    with pytest.raises(BadSetting, match="--to"), new_site_key(data, tmp_path / "new.key"):
        pass
    assert found(data) == KEY
