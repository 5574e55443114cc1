"""What every request has to keep to, asked of a server on loopback by raw sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from opentelemetry import _logs, metrics, trace

from services.api import protocol, security
from services.api.app import bare_app, secured
from services.api.server import CannotListen, Listen, serving
from services.api.tls import local_certificate
from services.command_endpoint.handler import LARGEST

ORIGIN = "https://daybook.example.org"


def small_app() -> FastAPI:
    app = bare_app()

    @app.get("/v1/page")
    async def page() -> str:
        return "shown"

    @app.post("/v1/act")
    async def act(request: Request) -> int:
        return len(await request.body())

    @app.get("/v1/breaks")
    async def breaks() -> str:
        raise ValueError("Ann Example, OA1001")

    return app


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    app = secured(small_app(), (ORIGIN,))
    async with serving(app, Listen("127.0.0.1", 0), tls=tls) as url:
        yield int(url.rpartition(":")[2])


async def sent(port: int, lines: Sequence[str], body: bytes = b"") -> tuple[int, str]:
    """Send a request as it is written; return the status and all that came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    has_host = any(each.lower().startswith("host:") for each in lines)
    head = [*lines, *([] if has_host else [f"Host: 127.0.0.1:{port}"]), "Connection: close"]
    writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
    await writer.drain()
    answer = (await reader.read()).decode("latin-1")
    writer.close()
    return int(answer.split()[1]), answer


async def test_a_page_of_another_site_can_neither_send_nor_read() -> None:
    post = ["POST /v1/act HTTP/1.1", "Content-Length: 0"]
    async with running() as port:
        for more in (
            ["Sec-Fetch-Site: cross-site"],
            ["Sec-Fetch-Site: same-site"],
            ["Origin: https://elsewhere.example"],
            ["Origin: null"],
            [f"Origin: http://127.0.0.1:{port + 1}"],
            ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
        ):
            status, answer = await sent(port, post + more)
            assert (status, "daybook:problem:cross-site" in answer) == (403, True), more
        status, _ = await sent(port, ["GET /v1/page HTTP/1.1", "Sec-Fetch-Site: cross-site"])
        assert status == 403
        for more in (
            [],
            ["Sec-Fetch-Site: same-origin", f"Origin: http://127.0.0.1:{port}"],
            [f"Origin: {ORIGIN}"],
        ):
            assert (await sent(port, post + more))[0] == 200, more


async def test_a_link_on_another_site_leads_to_a_page() -> None:
    link = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
    async with running() as port:
        assert (await sent(port, ["GET /v1/page HTTP/1.1", *link]))[0] == 200


async def test_a_name_that_was_made_to_point_here_is_refused() -> None:
    async with running() as port:
        for host in ("elsewhere.example", f"elsewhere.example:{port}", "127.0.0.1.example", ""):
            status, answer = await sent(port, ["GET /v1/page HTTP/1.1", f"Host: {host}"])
            assert (status, "daybook:problem:wrong-host" in answer) == (421, True), host
        for host in ("localhost", "daybook.example.org", "[::1]:80"):
            assert (await sent(port, ["GET /v1/page HTTP/1.1", f"Host: {host}"]))[0] == 200


async def test_what_is_said_twice_of_where_a_request_comes_from_is_refused() -> None:
    async with running() as port:
        own, origin = f"127.0.0.1:{port}", f"http://127.0.0.1:{port}"
        for name, one, other in (
            *(("Host", own, "elsewhere.example"), ("Origin", origin, "https://elsewhere.example")),
            *(("Sec-Fetch-Site", "none", "cross-site"), ("Authorization", "Basic x", "Bearer y")),
        ):
            for first, second in ((one, other), (other, one), (one, one)):
                lines = [f"{name}: {first}", f"{name.lower()}: {second}"]
                status, answer = await sent(port, ["GET /v1/page HTTP/1.1", *lines])
                assert (status, "daybook:problem:bad-request" in answer) == (400, True), lines
        two = ["Cookie: a=b", "Cookie: c=d"]  # as some proxies pass them on
        assert (await sent(port, ["GET /v1/page HTTP/1.1", *two]))[0] == 200


async def test_a_body_of_another_type_is_refused_before_it_is_read() -> None:
    async with running() as port:
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "\xff/\xfe"):
            head = ["POST /v1/act HTTP/1.1", "Content-Length: 2", f"Content-Type: {kind}"]
            assert (await sent(port, head, b"{}"))[0] == 415, kind
        head = ["POST /v1/act HTTP/1.1", "Content-Length: 2"]
        assert (await sent(port, [*head, "Content-Type: application/json; charset=utf-8"], b"{}"))[
            0
        ] == 200


async def test_what_is_too_large_is_refused_whether_its_length_is_told_or_not() -> None:
    kind = "Content-Type: application/json"
    large = b" " * (LARGEST + 1)
    async with running() as port:
        head = ["POST /v1/act HTTP/1.1", kind, f"Content-Length: {len(large)}"]
        status, answer = await sent(port, head, large)
        assert (status, "daybook:problem:too-large" in answer) == (413, True)
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(large), large)
        head = ["POST /v1/act HTTP/1.1", kind, "Transfer-Encoding: chunked"]
        assert (await sent(port, head, chunked))[0] == 413
        head = ["GET /v1/page HTTP/1.1", f"X-Long: {'x' * security.LONGEST_HEADERS}"]
        assert (await sent(port, head))[0] == 400


async def test_what_is_no_http_is_told_so_in_a_problem() -> None:
    async with running() as port:
        for line in ("GARBAGE", f"GET /v1/page?{'x' * 70_000} HTTP/1.1"):
            status, answer = await sent(port, [line])
            assert (status, "daybook:problem:bad-request" in answer) == (400, True), line[:20]
            assert "x-frame-options: DENY" in answer


async def test_an_address_names_all_methods_that_it_takes() -> None:
    app = small_app()
    app.get("/v1/act")(lambda: "shown")
    async with serving(secured(app, ()), Listen("127.0.0.1", 0)) as url:
        port = int(url.rpartition(":")[2])
        status, answer = await sent(port, ["DELETE /v1/act HTTP/1.1"])
        assert (status, "allow: GET, POST\r\n" in answer) == (405, True), answer
        assert (await sent(port, ["DELETE /v1/nowhere HTTP/1.1"]))[0] == 404


async def test_what_comes_too_slowly_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BODY_WITHIN", 0.05)
    monkeypatch.setattr(protocol, "HEADERS_WITHIN", 0.05)
    async with running() as port:
        head = ["POST /v1/act HTTP/1.1", "Content-Type: application/json", "Content-Length: 9"]
        assert (await sent(port, head, b"{"))[0] == 408
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /v1/page HTTP/1.1\r\n")
        assert await reader.read() == b""
        writer.close()


async def test_every_answer_tells_browsers_to_keep_it_to_itself() -> None:
    async with running() as port:
        for line in ("GET /v1/page", "GET /nowhere", "POST /v1/page", "GET /v1/breaks"):
            _, answer = await sent(port, [f"{line} HTTP/1.1"])
            for header in (
                *("content-security-policy: default-src 'none'", "x-frame-options: DENY"),
                *("referrer-policy: same-origin", "x-content-type-options: nosniff"),
                *("cross-origin-resource-policy: same-origin", "cache-control: no-store"),
            ):
                assert header in answer, (line, header)
            assert "strict-transport-security" not in answer
            assert "access-control" not in answer


async def test_a_defect_is_answered_without_the_values_at_which_it_failed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running() as port:
        status, answer = await sent(port, ["GET /v1/breaks HTTP/1.1"])
    assert (status, "daybook:problem:failed" in answer) == (500, True)
    assert "ValueError in" in answer
    said = answer + caplog.text + "".join(capfd.readouterr())
    assert "OA1001" not in said
    assert "Ann" not in said


async def test_no_collector_is_told_of_requests_whatever_the_process_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def given() -> object:
        asked.append("a provider")
        return object()

    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    for module, name in (
        *((trace, "get_tracer_provider"), (metrics, "get_meter_provider")),
        (_logs, "get_logger_provider"),
    ):
        monkeypatch.setattr(module, name, given)
    async with running() as port:
        assert (await sent(port, ["GET /v1/page HTTP/1.1"]))[0] == 200
        assert (await sent(port, ["GET /v1/breaks HTTP/1.1"]))[0] == 500
    assert asked == []


async def test_over_tls_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    tls = local_certificate(tmp_path, ["localhost", "127.0.0.1"])
    trusting = ssl.create_default_context(cafile=tmp_path / "tls" / "ca.crt")
    async with running(tls) as port:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trusting, server_hostname="127.0.0.1"
        )
        writer.write(b"GET /v1/page HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = (await reader.read()).decode()
        writer.close()
    assert answer.startswith("HTTP/1.1 200")
    assert "strict-transport-security: max-age=31536000" in answer


async def test_an_address_that_is_taken_is_refused_or_another_one_is_found() -> None:
    async with running() as port:
        with pytest.raises(CannotListen):
            async with serving(small_app(), Listen("127.0.0.1", port)):
                pass
        async with serving(small_app(), Listen("127.0.0.1", port, or_else_any=True)) as url:
            assert url != f"http://127.0.0.1:{port}"
