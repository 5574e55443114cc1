"""A timestamp authority (RFC 3161) for tests: its own certificates, `openssl ts` behind HTTP."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.api.server import Listen, serving

_CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
"""


@dataclass
class Authority:
    """A folder with its certificates; `ca` is the file that those who trust it have."""

    folder: Path
    asked: list[bytes] = field(default_factory=list)

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def stamp(self, request: bytes) -> bytes:
        """Answer a request as `openssl ts` does."""
        self.asked.append(request)
        query, reply = self.folder / "query", self.folder / "reply"
        query.write_bytes(request)
        config = ("-config", self.folder / "config")
        self.openssl("-reply", *config, "-queryfile", query, "-out", reply)
        return reply.read_bytes()

    def openssl(self, *words: str | Path) -> str:
        """Run `openssl ts`; return what it prints."""
        done = subprocess.run(
            ["openssl", "ts", *words],  # noqa: S607 - the one that is there
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


def made_in(folder: Path, name: str = "tsa.example") -> Authority:
    """Make an authority with a root of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = generate(SECP256R1()), generate(SECP256R1())
    root_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"root of {name}")])
    own_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    root = _builder(root_name, root_name, root_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    own = _builder(own_name, root_name, key).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
    )
    (folder / "ca.pem").write_bytes(root.sign(root_key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "tsa.pem").write_bytes(own.sign(root_key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "config").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    return Authority(folder)


@asynccontextmanager
async def authority_at(authority: Authority) -> AsyncIterator[str]:
    """Serve an authority over HTTP; yield its URL."""

    async def stamp(request: Request) -> Response:
        assert request.headers["content-type"] == "application/timestamp-query"
        answer = await run_in_threadpool(authority.stamp, await request.body())
        return Response(answer, media_type="application/timestamp-reply")

    app = Starlette(routes=[Route("/", stamp, methods=["POST"])])
    async with serving(app, Listen("127.0.0.1", 0)) as url:
        yield url


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )
