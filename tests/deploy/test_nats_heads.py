"""deploy/nats: the sealer adds heads by its own user, and takes none away; others read them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import SignedNote
from services.audit.sealing.heads_stream import NAME, subject_of
from services.audit.tree.origins import Origin
from services.messaging.consumers import FILE
from tests.support.backend import PATIENCE, Backend
from tests.support.sealed import SealedBackend
from tests.support.secured_nats import Secured, make, secured_nats

CHANGES = [
    f"$JS.API.CONSUMER.MSG.NEXT.{NAME}.auditor",
    *(f"$JS.API.STREAM.{verb}.{NAME}" for verb in ("UPDATE", "DELETE", "PURGE", "MSG.DELETE")),
    *("$JS.API.STREAM.CREATE.DAYBOOK", "daybook.oak-street.care.session.closed"),
]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_nats(tmp_path_factory.mktemp("nats"), "--subscriber", "auditor:*:heads") as found:
        yield found


async def test_the_sealer_publishes_heads_that_a_subscriber_reads(
    backend: Backend, secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in secured.settings("sealer").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(FILE, str(secured.folder / "subscribers.json"))
    backend.nats_url = secured.url
    sealed = SealedBackend(backend, nats=True)
    heads = []
    for number in range(2):
        backend.count(number)
        heads += await sealed.sealer().seal_once()
    assert [each.size for each in heads] == [2, 3]
    async with secured.somebody("auditor") as auditor:
        inbox = await auditor.client.subscribe(auditor.client.new_inbox())
        asked = f"$JS.API.CONSUMER.MSG.NEXT.{NAME}.auditor"
        await auditor.publish(asked, {"batch": len(heads)}, inbox.subject)
        read = [await inbox.next_msg(PATIENCE) for _ in heads]
        assert [each.data for each in read] == [each.note.encode() for each in heads]
        assert {each.subject for each in read} == {subject_of(Origin.parse(heads[0].origin))}
        found = Checkpoint.parse(SignedNote.parse(read[0].data).text)
        assert found.size == 2
    for user in ("sealer", "auditor"):
        async with secured.somebody(user) as somebody:
            for subject in CHANGES[user == "auditor" :]:
                somebody.refusals.clear()
                assert await somebody.is_refused(subject), subject


def test_heads_are_of_no_facility(tmp_path: Path) -> None:
    refused = make(tmp_path, "--subscriber", "auditor:oak-street:heads")
    assert refused.returncode == 2
    assert "heads are of the whole site: NAME:*:heads." in refused.stderr
