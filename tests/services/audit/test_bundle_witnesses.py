"""Bundles with what others signed: cosignatures, and answers of a timestamp authority."""

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from services.audit.bundles.verify_bundle import verify_bundle
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.policy_file import PolicyWitness, SealPolicy
from services.audit.notes.signed_note import SignedNote, VerifierKey
from services.audit.notes.witness_answer import Outcome, WitnessAnswer
from services.audit.tree.seals import Head
from services.audit.witnesses.cosigned_heads import keep_answers
from services.embedded import Engines
from tests.support.bundle_checkers import FOLDER, run
from tests.support.sealed_journal import EARLIER, SealedClinic, sealed_clinic

AT = 1_790_000_000
"""When the witness cosigned, in seconds since the epoch."""


@pytest.fixture(scope="module")
def sealed(
    shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SealedClinic]:
    with sealed_clinic(shared_engines, tmp_path_factory.mktemp("witnessed")) as found:
        yield found


@pytest.fixture(scope="module")
def witness() -> CosigningKey:
    return CosigningKey.generate("payer.example/witness")


def cosign(sealed: SealedClinic, head: Checkpoint, witness: CosigningKey) -> None:
    key = witness.verifiers[0]
    answer = WitnessAnswer(
        PolicyWitness("payer", key, "https://payer.example/"),
        Outcome.COSIGNED,
        witness.cosign(head.text(), AT)[:1],
    )
    with psycopg.connect(sealed.backend.database_url) as conn:
        keep_answers(conn, head.origin, head.size, [answer], datetime.fromtimestamp(AT, UTC))


def checkpoint(head: Head) -> Checkpoint:
    return Checkpoint(head.origin, head.size, head.root)


def checked(bundle: Path, key: VerifierKey, witness: VerifierKey) -> Iterator[tuple[int, str]]:
    """Yield what each checker says of a bundle whose head a witness has to have cosigned."""
    words = [str(bundle), "--key", str(key), "--witness", str(witness)]
    yield run([sys.executable, str(FOLDER / "verify.py"), *words])
    if node := shutil.which("node"):
        yield run([node, str(FOLDER / "verify.mjs"), *words])


def policy(sealed: SealedClinic, witness: CosigningKey) -> SealPolicy:
    lines = (f"log {sealed.vkey}", f"witness payer {witness.verifiers[0]}", "quorum payer", "")
    return SealPolicy.parse("\n".join(lines).encode())


def test_a_head_that_no_witness_has_cosigned_goes_on_from_the_last_that_one_did(
    sealed: SealedClinic, witness: CosigningKey
) -> None:
    held = Checkpoint.parse(SignedNote.parse(sealed.earlier.read_bytes()).text)
    cosign(sealed, held, witness)
    bundle = sealed.exported("before", "--patient", "J01")
    assert (bundle / "add-checkpoint").read_text().startswith(f"old {EARLIER}\n")
    assert f"— {witness.name} " in (bundle / "earlier.checkpoint").read_text()
    for code, said in checked(bundle, sealed.vkey, witness.verifiers[0]):
        assert (code, "not cosigned by payer.example/witness" in said) == (1, True)
    report = verify_bundle(bundle, policy(sealed, witness))
    assert [each.says for each in report.faults] == [
        "the head is not sound: the head is not cosigned as the policy asks"
    ]
    assert verify_bundle(bundle, SealPolicy.of_key(sealed.vkey)).sound


def test_a_bundle_has_the_cosignatures_of_its_head(
    sealed: SealedClinic, witness: CosigningKey, tmp_path: Path
) -> None:
    cosign(sealed, checkpoint(sealed.head), witness)
    bundle = sealed.exported("after")
    assert not (bundle / "earlier.checkpoint").exists()
    for code, said in checked(bundle, sealed.vkey, witness.verifiers[0]):
        assert (code, "witness      payer.example/witness cosigned it" in said) == (0, True)
    report = verify_bundle(bundle, policy(sealed, witness), at_least=sealed.head.size)
    assert report.sound
    assert report.witnessed == sealed.head.size
    other = CosigningKey.generate(witness.name)
    for code, _ in checked(bundle, sealed.vkey, other.verifiers[0]):
        assert code == 1
    # The time is a part of what was signed.
    note = SignedNote.parse((bundle / "checkpoint").read_bytes())
    line = note.signatures[-1]
    moved = type(line)(line.name, line.key_id, (AT + 1).to_bytes(8) + line.body[8:])
    forged = Path(shutil.copytree(bundle, tmp_path / "forged"))
    (forged / "checkpoint").write_bytes(bytes(SignedNote(note.text, (note.signatures[0], moved))))
    for code, said in checked(forged, sealed.vkey, witness.verifiers[0]):
        assert (code, "forged signature" in said) == (1, True)
    assert not verify_bundle(forged, policy(sealed, witness)).sound


AUTHORITY = """
set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out authority.pem -days 2 \
    -subj /CN=authority.example -addext extendedKeyUsage=critical,timeStamping
printf '[tsa]\\ndefault_tsa=t\\n[t]\\nserial=serial\\nsigner_digest=sha256\\n' > tsa
printf 'default_policy=1.2.3\\ndigests=sha256\\n' >> tsa
printf 01 > serial
openssl ts -query -data head -sha256 -cert -out query
openssl ts -reply -config tsa -queryfile query -signer authority.pem -inkey key.pem -out reply
"""


def test_what_a_timestamp_authority_answered_is_in_it_and_checks_with_openssl(
    sealed: SealedClinic, tmp_path: Path
) -> None:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl on the path")
    (tmp_path / "head").write_text(SignedNote.parse(sealed.earlier.read_bytes()).text)
    code, said = run(["sh", "-c", AUTHORITY], tmp_path)
    assert code == 0, said
    with psycopg.connect(sealed.backend.database_url) as conn:
        facts = (sealed.key.name, EARLIER, (tmp_path / "reply").read_bytes())
        conn.execute(
            "INSERT INTO seal.timestamps (origin, size, authority, token, at)"
            " VALUES (%s, %s, 'authority.example:3161', %b, now())",
            facts,
        )
    bundle = sealed.exported("stamped", "--from", "700")
    lines = (bundle / "README.txt").read_text().splitlines()
    [line] = [each for each in lines if "openssl ts -verify" in each]
    for word, means in (
        ("SIZE", str(EARLIER)),
        ("HOST", "authority.example-3161"),
        ("-CAfile FILE", f"-CAfile {tmp_path / 'authority.pem'}"),
    ):
        line = line.replace(word, means)
    code, said = run(["sh", "-c", line], bundle)
    assert (code, "Verification: OK" in said) == (0, True), said
    report = verify_bundle(bundle, SealPolicy.of_key(sealed.vkey))
    assert any("1; with --timestamp-ca FILE" in each for each in report.lines())
