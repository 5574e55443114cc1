import orjson

from services.hosting.status_endpoint import STATUS, serve_status
from services.messaging.stream import connected
from tests.support.backend import Counts, Ground


async def test_a_monitor_asks_where_everything_stands(ground: Ground) -> None:
    position = ground.count(1, 2, 3)
    async with ground.supervisor(Counts()) as supervisor, serve_status(ground.nats_url, supervisor):
        await supervisor.caught_up(position, timeout=20)
        async with connected(ground.nats_url, "monitor") as client:
            answer = orjson.loads((await client.request(STATUS, b"", timeout=5)).data)
    assert answer["position"] == position
    assert [(view["name"], view["lag"]) for view in answer["views"]] == [("counts", 0)]
    assert answer["stream"]["position"] == position
