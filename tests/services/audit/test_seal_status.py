from pathlib import Path

import pytest

from services.advisory_lock import advisory_lock
from services.audit.sealing.seal_refusals import SealRefused
from services.audit.sealing.seal_status import SealStatus, sealing_status
from services.audit.sealing.sealer import LOCK
from tests.support.backend import Backend
from tests.support.sealed import SealedBackend


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


def journal(sealed: SealedBackend) -> SealStatus:
    with sealed.connected() as conn:
        [found] = [each for each in sealing_status(conn).logs if each.log == "journal"]
    return found


def test_the_status_says_which_head_is_newest_and_how_much_is_not_sealed(
    sealed: SealedBackend,
) -> None:
    with sealed.connected() as conn:
        assert sealing_status(conn).logs == ()
    sealed.backend.count(1, 2)
    assert journal(sealed) == SealStatus("journal", None, 0, 0, None, 3, None)
    [head] = sealed.seal()
    sealed.backend.count(3)
    expected = SealStatus("journal", head.origin, 3, head.position, head.at, 1, None)
    assert journal(sealed) == expected


def test_the_status_says_why_nothing_is_sealed_until_something_is(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    sealed.seal()
    kept = sealed.file.path.read_bytes()
    sealed.file.path.write_bytes(b"")
    with pytest.raises(SealRefused):
        sealed.seal()
    assert "does not say which heads were signed" in str(journal(sealed).refused)
    sealed.file.path.write_bytes(kept)
    sealed.seal()
    assert journal(sealed).refused is None


async def test_the_status_says_whether_a_sealer_runs(sealed: SealedBackend) -> None:
    with sealed.connected() as conn:
        assert not sealing_status(conn).runs
        async with advisory_lock(sealed.backend.database_url, LOCK):
            assert sealing_status(conn).runs
        assert not sealing_status(conn).runs
