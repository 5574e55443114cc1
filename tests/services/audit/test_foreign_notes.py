"""Heads as other programs read them, where they are installed.

None is among the packages that development installs: `pip install sigstore tlog-scales`, and run
this file. Of cosignatures sigstore-python knows none; tlog-scales knows both kinds.
"""

import base64
from typing import Any

import pytest

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.signed_note import SignedNote, SigningKey, VerifierKey

LOG = SigningKey("clinic.example/1", bytes([8]) * 32)
WITNESS = CosigningKey("payer.example/w", bytes([9]) * 32)
HEAD = Checkpoint(LOG.name, 1_026_200, bytes(range(32)))
NOTE = SignedNote(HEAD.text(), (LOG.sign_note(HEAD.text()),)).with_signatures(
    WITNESS.cosign(HEAD.text(), 1_790_000_000)
)


def keyring(trust: Any, key: VerifierKey) -> Any:
    """Sigstore's keyring with one public key, which it takes as X.509 has it."""
    common_v1 = trust.common_v1
    ed25519_in_x509 = bytes.fromhex("302a300506032b6570032100")
    return trust.Keyring(
        [
            common_v1.PublicKey(
                raw_bytes=base64.b64encode(ed25519_in_x509 + key.public),
                key_details=common_v1.PublicKeyDetails.PKIX_ED25519,
            )
        ]
    )


def test_sigstore_reads_a_cosigned_head_and_verifies_it_by_the_logs_key() -> None:
    foreign = pytest.importorskip("sigstore._internal.rekor.checkpoint")
    trust = pytest.importorskip("sigstore._internal.trust")
    theirs = foreign.SignedCheckpoint.from_text(bytes(NOTE).decode())
    said = theirs.checkpoint
    assert (said.origin, said.log_size) == (HEAD.origin, HEAD.size)
    assert said.log_hash == HEAD.root.hex()
    names = [each.name for each in theirs.signed_note.signatures]
    assert names == [each.name for each in NOTE.signatures]
    theirs.signed_note.verify(keyring(trust, LOG.verifier), LOG.verifier.key_id)
    stranger = SigningKey.generate(LOG.name).verifier
    with pytest.raises(trust.VerificationError, match="invalid signature"):
        theirs.signed_note.verify(keyring(trust, stranger), LOG.verifier.key_id)


def test_tlog_scales_verifies_a_head_by_its_log_and_both_keys_of_its_witness() -> None:
    tlog = pytest.importorskip("tlog_scales.tlog")
    signing = pytest.importorskip("tlog_scales.signing")
    theirs = tlog.Checkpoint.from_text(bytes(NOTE).decode().strip())
    assert (theirs.origin, theirs.size) == (HEAD.origin, HEAD.size)
    for key in (LOG.verifier, *WITNESS.verifiers):
        theirs.verify(signing.Vkey.from_string(str(key)))
    stranger = CosigningKey.generate(WITNESS.name).verifiers[1]
    with pytest.raises(Exception, match="no signature matched"):
        theirs.verify(signing.Vkey.from_string(str(stranger)))
