"""deploy/nats: a recipient outside the program reads what is shared with it, and nothing else."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.test_nats_users import pull
from tests.support.secured_nats import Secured, Somebody, Watch, filled_nats, make

NEXT = "$JS.API.CONSUMER.MSG.NEXT.SHARED.acme"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with filled_nats(tmp_path_factory.mktemp("nats")) as started:
        yield started


@pytest.fixture
async def acme(secured: Secured) -> AsyncIterator[Somebody]:
    async with secured.somebody("acme") as connected:
        yield connected


async def test_it_reads_its_own_subjects_and_reads_them_again(acme: Somebody) -> None:
    own = [f"daybook.oak-street.shared.acme-health.n{k}" for k in range(3)]
    assert [each.subject for each in await pull(acme, NEXT, 10)] == own
    await acme.ask("$JS.API.CONSUMER.RESET.SHARED.acme", {"seq": 1})
    assert [each.subject for each in await pull(acme, NEXT, 10)] == own
    assert acme.refusals == []


REFUSED: list[tuple[str, Any]] = [
    ("$JS.API.CONSUMER.MSG.NEXT.SHARED.court", b"1"),
    ("$JS.API.CONSUMER.INFO.SHARED.court", b""),
    ("$JS.API.CONSUMER.RESET.SHARED.court", {"seq": 1}),
    ("$JS.ACK.SHARED.court.1.1.1.0.0", b"+ACK"),
    ("$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.alerts", b"1"),
    ("$JS.API.CONSUMER.CREATE.SHARED.acme.daybook.oak-street.shared.*.*", b"{}"),
    ("$JS.API.CONSUMER.CREATE.SHARED.acme.daybook.oak-street.shared.acme-health.*", b"{}"),
    ("$JS.API.STREAM.INFO.SHARED", b""),
    ("$JS.API.STREAM.MSG.GET.SHARED", {"seq": 4}),
    ("$JS.API.DIRECT.GET.SHARED", {"seq": 4}),
    ("daybook.oak-street.shared.acme-health.n3", b"{}"),
    ("daybook.oak-street.shared.county-court.n3", b"{}"),
    ("daybook.status", b""),
]


@pytest.mark.parametrize(("subject", "body"), REFUSED, ids=lambda each: str(each)[:60])
async def test_it_asks_for_nothing_else(
    acme: Somebody, watch: Watch, subject: str, body: Any
) -> None:
    before = await watch.state()
    assert await acme.is_refused(subject, body)
    assert await watch.state() == before


@pytest.mark.parametrize(
    "subject",
    ["daybook.oak-street.shared.acme-health.*", "daybook.*.shared.*.*", "_INBOX_court.>"],
)
async def test_it_listens_to_its_own_inboxes_only(acme: Somebody, subject: str) -> None:
    assert await acme.may_not_hear(subject)


@pytest.mark.parametrize(
    ("subscriber", "says"),
    [
        ("acme:oak-street:shared", "is of one recipient at one facility"),
        ("acme:oak-street:shared.", "cannot be a recipient"),
        ("acme:oak-street:shared.*", "cannot be a recipient"),
        ("acme:oak-street:shared.>", "cannot be a recipient"),
        ("acme:oak-street:shared.acme.>", "cannot be a recipient"),
        ("acme:*:shared.acme-health", "is of one recipient at one facility"),
        ("acme:oak-street:care.acme-health", "is no class"),
    ],
)
def test_nobody_gets_more_than_what_is_shared_with_one_recipient_of_one_site(
    tmp_path: Path, subscriber: str, says: str
) -> None:
    made = make(tmp_path / "nats", "--subscriber", subscriber)
    assert made.returncode == 2
    assert says in made.stderr
    assert not (tmp_path / "nats").exists()
