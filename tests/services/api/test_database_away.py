"""PostgreSQL away while people work: everybody is told so, and goes on once it is back."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from services.embedded import Engines
from tests.benchmarks.visible import FACILITY, open_sessions
from tests.support.backend import Backend, until
from tests.support.http_api import running_api
from tests.support.many_clients import Desk, holds_what_was_acknowledged, signed_in
from tests.support.raw_http import PROBLEM, Answer, Connection

CLIENTS = 30
UNAVAILABLE = (503, PROBLEM, "daybook:problem:unavailable")


@contextmanager
def away(backend: Backend, shared_engines: Engines) -> Iterator[None]:
    """Let nobody connect to the database, and end who is connected."""
    name = str(conninfo_to_dict(backend.database_url)["dbname"])
    with psycopg.connect(shared_engines.database_url, autocommit=True) as conn:
        alter = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        conn.execute(alter.format(Identifier(name), False))
        try:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
            yield
        finally:
            conn.execute(alter.format(Identifier(name), True))


async def roster(desk: Desk) -> Answer:
    connection = await Connection.open(desk.url)
    path = f"/v1/facilities/{FACILITY}/roster"
    answer = await connection.ask("GET", path, {"cookie": f"daybook_session={desk.cookie}"})
    connection.leave()
    return answer


def kind_of(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.headers["content-type"], answer.said["type"]


async def test_who_asks_while_postgresql_is_away_is_told_so_and_answered_once_it_is_back(
    backend: Backend, shared_engines: Engines
) -> None:
    people = open_sessions(backend.journal, CLIENTS)
    before = backend.journal.position()
    async with running_api(backend) as api:
        desks = [Desk(api.url, *each) for each in signed_in(api.access, CLIENTS)]
        await desks[0].check_in(*people[0])  # connections that are known go away, too
        asked = list(zip(desks, people, strict=True))[1:]
        with away(backend, shared_engines):
            answers = await asyncio.gather(
                *(desk.ask("session.check-in", *person) for desk, person in asked),
                *(roster(desk) for desk, _ in asked),
            )
            assert {kind_of(each) for each in answers} == {UNAVAILABLE}

        async def everybody_is_answered() -> bool:
            found = [await desk.ask("session.check-in", *person) for desk, person in asked]
            return {each.status for each in found} == {200}

        await until(everybody_is_answered)
        for desk, person in asked:
            await desk.check_in(*person)
            desk.leave()
        desks[0].leave()
        holds_what_was_acknowledged(backend.journal, before, desks)
