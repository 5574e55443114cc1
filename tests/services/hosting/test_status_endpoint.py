import orjson

from services.hosting.status_endpoint import STATUS, serve_status
from services.messaging.stream import connected
from tests.support.backend import PATIENCE, Backend, Counts


async def test_a_monitor_asks_where_everything_stands(backend: Backend) -> None:
    position = backend.count(1, 2, 3)
    async with (
        backend.supervisor(Counts()) as supervisor,
        serve_status(backend.nats_url, supervisor),
    ):
        await supervisor.caught_up(position)
        async with connected(backend.nats_url, "monitor") as client:
            answer = orjson.loads((await client.request(STATUS, b"", timeout=PATIENCE)).data)
    assert answer["position"] == position
    assert [(view["name"], view["lag"]) for view in answer["views"]] == [("counts", 0)]
    assert answer["stream"]["position"] == position
