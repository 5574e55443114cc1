"""Policy files: the example of C2SP tlog-policy with keys, and whose signatures are enough."""

from pathlib import Path

import pytest

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.policy_file import MOST_OF_A_KIND, SealPolicy, SealPolicyUnsound
from services.audit.notes.signed_note import NoteUnsound, SignedNote, SigningKey

LOG = SigningKey("clinic.example/1", bytes([13]) * 32)
OLD_LOG = SigningKey("clinic.example/1", bytes([14]) * 32)
X = [CosigningKey(f"x.example/{each}", bytes([15 + each]) * 32) for each in range(3)]
Y = [CosigningKey(f"y.example/{each}", bytes([21 + each]) * 32) for each in range(3)]
HEAD = Checkpoint("clinic.example/1", 3, bytes(32)).text()
AT = 1_790_000_000

EXAMPLE = f"""\
log {LOG.verifier}

witness X1 {X[0].verifiers[0]}
witness X2 {X[1].verifiers[0]}
witness X3 {X[2].verifiers[0]}
group X-witnesses 2 X1 X2 X3

witness Y1 {Y[0].verifiers[1]}
witness Y2 {Y[1].verifiers[1]}
witness Y3 {Y[2].verifiers[1]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
"""The example of the specification; the witnesses of the second group have ML-DSA-44 keys."""


def policy(text: str) -> SealPolicy:
    return SealPolicy.parse(text.encode())


def head(*cosigners: CosigningKey, log: SigningKey = LOG, text: str = HEAD) -> SignedNote:
    cosigned = [line for each in cosigners for line in each.cosign(text, AT)]
    return SignedNote(text, (log.sign_note(text),)).with_signatures(cosigned)


@pytest.mark.parametrize(
    ("cosigners", "is_enough"),
    [
        ((), False),
        ((X[0], X[1]), False),
        ((X[0], Y[0]), False),
        ((Y[0], Y[1], Y[2]), False),
        ((X[0], X[2], Y[1]), True),
        ((*X, *Y), True),
    ],
)
def test_the_quorum_of_the_specifications_example(
    cosigners: tuple[CosigningKey, ...], is_enough: bool
) -> None:
    assert policy(EXAMPLE).satisfied_by(head(*cosigners)) is is_enough


def test_witnesses_without_the_logs_own_signature_are_not_enough() -> None:
    stranger = SigningKey.generate("clinic.example/1")
    assert not policy(EXAMPLE).satisfied_by(head(*X, *Y, log=stranger))


def test_a_witness_that_signs_twice_counts_once() -> None:
    again = head(X[0], Y[0]).with_signatures(X[0].cosign(HEAD, AT + 60))
    assert not policy(EXAMPLE).satisfied_by(again)
    assert [each.name for each in policy(EXAMPLE).cosigners(again)] == ["X1", "Y1"]


def test_a_forged_cosignature_refuses_the_head_that_has_enough_others() -> None:
    forged = X[2].cosign(HEAD.replace("\n3\n", "\n4\n"), AT)[0]
    with pytest.raises(NoteUnsound, match=r"x\.example/2"):
        policy(EXAMPLE).satisfied_by(head(X[0], X[1], Y[0]).with_signatures([forged]))


@pytest.mark.parametrize("kind", [0, 1])
def test_what_a_witness_signed_holds_for_its_time_and_its_head_alone(kind: int) -> None:
    key = X[0].verifiers[kind]
    line = X[0].cosign(HEAD, AT)[kind]
    assert line.cosigned_at == AT
    assert key.verifies(HEAD, line)
    later = type(line)(line.name, line.key_id, (AT + 1).to_bytes(8) + line.body[8:])
    assert not key.verifies(HEAD, later)
    timeless = type(line)(line.name, line.key_id, bytes(8) + line.body[8:])
    assert not key.verifies(HEAD, timeless)
    assert not key.verifies(HEAD.replace("\n3\n", "\n4\n"), line)
    assert not Y[0].verifiers[kind].verifies(HEAD, line)


def test_a_cosigners_name_is_signed_by_the_newer_kind_of_key() -> None:
    renamed = CosigningKey("another.example/1", X[0].seed)
    line = renamed.cosign(HEAD, AT)[1]
    assert (
        not X[0]
        .verifiers[1]
        .verifies(HEAD, type(line)(X[0].name, X[0].verifiers[1].key_id, line.body))
    )


def test_without_a_quorum_the_log_is_enough() -> None:
    alone = policy(f"log {LOG.verifier}\nquorum none\n")
    assert alone.satisfied_by(head())
    assert SealPolicy.of_key(LOG.verifier).satisfied_by(head())
    assert not policy("quorum none").satisfied_by(head())


def test_other_logs_of_the_same_daybook_are_signed_by_its_key_under_their_names() -> None:
    alone = policy(f"log {LOG.verifier}\nquorum none\n")
    for origin in ("clinic.example/1/access", "clinic.example/1.2", "clinic.example/1/access.2"):
        text = Checkpoint(origin, 3, bytes(32)).text()
        theirs = SigningKey(origin, LOG.seed)
        assert alone.satisfied_by(head(log=theirs, text=text)), origin
        assert not alone.satisfied_by(head(log=LOG, text=text)), "signed under another name"
    for origin in ("clinic.example/12", "clinic.example/1.x", "clinic.example/1/a/b", "other/1"):
        assert alone.keys_of(origin, 3) == []


def test_a_key_that_was_replaced_signs_nothing_larger_and_of_other_logs_what_is_said() -> None:
    def counts(until: str, origin: str, size: int) -> bool:
        keys = f"log {LOG.verifier}\nlog {OLD_LOG.verifier} daybook:until={until}\nquorum none\n"
        text = Checkpoint(origin, size, bytes(32)).text()
        assert policy(keys).satisfied_by(head(log=SigningKey(origin, LOG.seed), text=text))
        return policy(keys).satisfied_by(head(log=SigningKey(origin, OLD_LOG.seed), text=text))

    assert counts("3", "clinic.example/1", 3)
    assert not counts("3", "clinic.example/1", 4)
    assert not counts("3", "clinic.example/1.2", 3)
    assert not counts("3", "clinic.example/1/access", 1)
    assert counts("3,access=9,findings=0", "clinic.example/1/access", 9)
    assert not counts("3,access=9,findings=0", "clinic.example/1/access", 10)
    assert not counts("3,access=9,findings=0", "clinic.example/1/findings", 1)
    assert not counts("3,access=9,findings=0", "clinic.example/1/billable", 1)


def test_the_key_of_a_tree_after_a_restore_stands_for_the_same_logs() -> None:
    later = SigningKey("clinic.example/1.2", LOG.seed)
    alone = policy(f"log {later.verifier}\nquorum none\n")
    for origin in ("clinic.example/1.2", "clinic.example/1/access", "clinic.example/1.3"):
        text = Checkpoint(origin, 3, bytes(32)).text()
        assert alone.satisfied_by(head(log=SigningKey(origin, LOG.seed), text=text))


def test_urls_names_and_comments_are_read_as_octets() -> None:
    read = SealPolicy.parse(
        b"# \xff\xfe any octets\n\t log  " + str(LOG.verifier).encode() + b"\thttps://a.example \n"
        b"witness \xe2\x84\xaa " + str(X[0].verifiers[0]).encode() + b" https://x.example/w\n"
        b"witness K " + str(X[1].verifiers[0]).encode() + b"\n"
        b"witness \xe2 " + str(X[2].verifiers[0]).encode() + b"\n"
        b"group all any \xe2 K\n"
        b"quorum all"
    )  # fmt: skip
    assert [each.url for each in read.logs] == ["https://a.example"]
    assert [each.url for each in read.witnesses.values()] == ["https://x.example/w", "", ""]
    assert read.satisfied_by(head(X[2]))
    assert not read.satisfied_by(head(X[0])), "the Kelvin sign is another name than K"


V = [each.verifiers[0] for each in X]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("quorum none\nquorum none\n", 2, "one only"),
        ("quorum X\n", 1, "no line above names a witness or group X"),
        ("quorum\n", 1, "expected 'quorum"),
        ("quorum a b\n", 1, "expected 'quorum"),
        ("Quorum none\n", 1, "begins with one of log, witness, group, quorum"),
        ("quorum none\r\n", 1, "control character"),
        ("quorum none\n\x7f\n", 2, "control character"),
        ("log\n", 1, "expected 'log <verifier key>"),
        ("log clinic.example/1\n", 1, "no verifier key"),
        (f"log {V[0]}\n", 1, "a witness's key"),
        (f"log {LOG.verifier} a b\n", 1, "expected 'log"),
        (f"log {LOG.verifier} daybook:until=\n", 1, "the size of the last tree"),
        (f"log {LOG.verifier} daybook:until=3,access\n", 1, "the size of the last tree"),
        (f"log {LOG.verifier} daybook:until=access=3\n", 1, "the size of the last tree"),
        (f"log {LOG.verifier} daybook:until=3,a=1,a=2\n", 1, "the size of the last tree"),
        (f"log {LOG.verifier}\nlog {SigningKey('b', LOG.seed).verifier}\n", 2, "a log above"),
        (f"witness X {LOG.verifier}\n", 1, "a log's key"),
        (f"witness {V[0]}\n", 1, "expected 'witness <name>"),
        (f"witness none {V[0]}\n", 1, "taken"),
        (f"witness X {V[0]}\nwitness X {V[1]}\n", 2, "the name X is taken"),
        (f"witness X {V[0]}\nwitness Y {V[0]}\n", 2, "that of a witness above"),
        (f"witness X {V[0]}\ngroup X any X\n", 2, "the name X is taken"),
        (f"witness X {V[0]}\ngroup G any\n", 2, "expected 'group"),
        (f"witness X {V[0]}\ngroup G any X X\n", 2, "X is a member already"),
        (f"witness X {V[0]}\ngroup G any X\ngroup H any X\n", 3, "X is a member already"),
        (f"witness X {V[0]}\ngroup G any none\n", 2, "no line above"),
        (f"witness X {V[0]}\ngroup G any G\n", 2, "no line above"),
        (f"group G any X\nwitness X {V[0]}\n", 1, "no line above"),
        (f"witness X {V[0]}\ngroup G 0 X\n", 2, "a number from 1 to 1"),
        (f"witness X {V[0]}\ngroup G 2 X\n", 2, "a number from 1 to 1"),
        (f"witness X {V[0]}\ngroup G 01 X\n", 2, "a number from 1 to 1"),
        (f"witness X {V[0]}\ngroup G most X\n", 2, "a number from 1 to 1"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(SealPolicyUnsound, match=f"^policy, line {line}: .*{says}"):
        policy(text)


def test_a_policy_without_a_quorum_or_a_file_is_refused() -> None:
    with pytest.raises(SealPolicyUnsound, match="no line 'quorum"):
        policy(f"log {LOG.verifier}\n")
    with pytest.raises(SealPolicyUnsound, match="cannot be read"):
        SealPolicy.read(Path("nowhere") / "policy")


def test_as_many_witnesses_as_are_allowed_are_read_and_no_more() -> None:
    keys = [CosigningKey.generate(f"w{n}").verifiers[0] for n in range(MOST_OF_A_KIND + 1)]
    lines = [f"witness {each.name} {each}\n" for each in keys]
    full = policy("".join(lines[:-1]) + "quorum none\n")
    assert len(full.witnesses) == MOST_OF_A_KIND
    with pytest.raises(SealPolicyUnsound, match="at most 256 witnesses"):
        policy("".join(lines) + "quorum none\n")
