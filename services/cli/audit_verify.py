"""`daybook audit verify`: whether the record is as it was sealed, and the rest what it makes."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from services.cli.console import NO, out, progress
from services.cli.options import DEFAULT_DATA, Data, PageAs, PageFormat

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from services.audit.notes.policy_file import SealPolicy
    from services.audit.notes.signed_note import VerifierKey
    from services.audit.verification.given_heads import GivenHead
    from services.audit.verification.report import VerifyReport
    from services.audit.verification.verify_logs import Progress
    from services.hosting.bootstrap import Runtime

Heads = Annotated[
    list[Path] | None,
    typer.Option(
        "--head",
        metavar="FILE|FOLDER",
        help="A head that was kept elsewhere, or a folder of them; may be repeated.",
    ),
]


def verify(
    bundle: Annotated[
        Path | None,
        typer.Argument(
            metavar="BUNDLE", help="A bundle or a .tlog-proof, instead of what is live."
        ),
    ] = None,
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VKEY", help="The verifier key that was written down; may be repeated."
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A policy file: whose signatures count (tlog-policy)."),
    ] = None,
    head: Heads = None,
    stream: Annotated[
        bool, typer.Option("--stream", help="Compare the stream, message by message.")
    ] = False,
    views: Annotated[
        bool, typer.Option("--views", help="Compare the read models, row by row, with a replay.")
    ] = False,
    timestamp_ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Certificates (PEM) of timestamp authorities that are trusted."
        ),
    ] = None,
    at_least: Annotated[
        int,
        typer.Option(metavar="N", help="So many events have to be covered elsewhere."),
    ] = 0,
    format: PageAs = PageFormat.TABLE,
    data: Data = DEFAULT_DATA,
) -> None:
    """Check that the record is as it was sealed: 0 it is, 1 it is not, or not witnessed enough."""
    from services.audit.verification.given_heads import read_heads

    if at_least < 0:
        raise typer.BadParameter("--at-least is a number of events, from 0 on")
    if key and policy:
        raise typer.BadParameter("give --key or --policy: a policy file names the keys itself")
    if bundle is not None and (stream or views):
        raise typer.BadParameter("--stream and --views are about what is live: leave BUNDLE out")
    counts = _policy(key, policy)
    if bundle is not None:
        if counts is None:
            raise typer.BadParameter("a bundle is checked with --key or --policy, and nothing else")
        given = read_heads(head or (), counts)
        report = _verify_bundle(bundle, counts, given, at_least, timestamp_ca)
    else:
        report = _verify_live(
            data,
            counts,
            head or (),
            timestamp_ca,
            stream=stream,
            views=views,
            at_least=at_least,
        )
    _tell(report, format)


def _policy(keys: Sequence[str] | None, file: Path | None) -> "SealPolicy | None":
    """Return whose signatures count, as far as that is said. Raises NoteUnsound."""
    from services.audit.notes.policy_file import PolicyLog, SealPolicy
    from services.audit.notes.signed_note import VerifierKey

    if file is not None:
        return SealPolicy.read(file)
    if keys:
        return SealPolicy(tuple(PolicyLog(VerifierKey.parse(each)) for each in keys))
    return None


def _verify_bundle(
    path: Path,
    counts: "SealPolicy",
    given: "Sequence[GivenHead]",
    at_least: int,
    timestamp_ca: Path | None,
) -> "VerifyReport":
    from services.audit.bundles.verify_bundle import PROOF_SUFFIX, verify_bundle, verify_proof

    if path.name.endswith(PROOF_SUFFIX):
        return verify_proof(path, counts)
    with progress("Verifying") as show:
        return verify_bundle(
            path,
            counts,
            given,
            at_least=at_least,
            trusted=_trusted(timestamp_ca),
            on_progress=lambda n: show(f"{n:,} events"),
        )


def _verify_live(
    data: Path,
    counts: "SealPolicy | None",
    heads: Sequence[Path],
    timestamp_ca: Path | None,
    *,
    stream: bool,
    views: bool,
    at_least: int,
) -> "VerifyReport":
    from services.audit.notes.policy_file import PolicyLog, SealPolicy
    from services.audit.verification.given_heads import read_heads
    from services.audit.verification.verification import Verification, VerifyAsked
    from services.audit.verification.verify_logs import Against
    from services.cli.looking import operator_alone
    from services.hosting.bootstrap import VIEWS, open_runtime

    operator_alone("verify the record")
    with open_runtime(data) as runtime, _shown() as show:
        url = runtime.engines.database_url
        ours = _keys_of_here(data, runtime)
        policy = counts or SealPolicy(tuple(PolicyLog(each) for each in ours))
        if not policy.logs:
            raise typer.BadParameter("say whose signatures count: --key VKEY, or --policy FILE")
        asked = VerifyAsked(
            Against(policy, read_heads(heads, policy), ours),
            key_is_ours=counts is None,
            at_least=at_least,
            nats_url=runtime.engines.nats_url if stream else None,
            views=VIEWS if views else (),
            trusted=_trusted(timestamp_ca),
        )
        return Verification(runtime.journal, runtime.vault, url, show).run(asked)


def _trusted(timestamp_ca: Path | None) -> "list[Certificate]":
    """Return the certificates of a file. Raises AuthorityUnreadable, and NoTimestamps."""
    from services.audit.witnesses.timestamp import check_installed, read_authorities

    if timestamp_ca is None:
        return []
    check_installed()
    return read_authorities(timestamp_ca)


def _keys_of_here(data: Path, runtime: "Runtime") -> "list[VerifierKey]":
    """Return the public key that this very machine signs with; none where it has none."""
    import psycopg

    from services.audit.notes.signed_note import SigningKey
    from services.audit.tree.origins import Origin, first_origin
    from services.audit.tree.sealed_logs import JOURNAL
    from services.audit.tree.seals import Seals
    from services.hosting.seal_key import SEAL_KEY, SealKey, seal_settings

    key = SealKey(data)
    if SEAL_KEY not in os.environ and not key.file.path.exists():
        return []
    with psycopg.connect(runtime.engines.database_url) as conn:
        sealed = Seals(conn).origin
    operator = seal_settings(data).operator
    first = first_origin(operator, runtime.journal.id, JOURNAL.name)
    name = Origin.parse(sealed).base if sealed else str(first)
    return [SigningKey.from_bytes(name, key.read()).verifier]


@contextmanager
def _shown() -> "Iterator[Progress]":
    """Show on a terminal what is looked at, and how far."""
    with progress("Verifying") as show:

        def show_of(what: str, done: int, of: int) -> None:
            show(f"{what}, {done:,} of {of:,}" if of else f"{what}, {done:,}")

        yield show_of


def _tell(report: "VerifyReport", format: PageFormat) -> None:
    if format is PageFormat.TABLE:
        for line in report.lines():
            out.print(line, highlight=False, soft_wrap=True)
    else:
        sys.stdout.write(orjson.dumps(report.as_json()).decode() + "\n")
    if not report.sound:
        raise typer.Exit(NO)
