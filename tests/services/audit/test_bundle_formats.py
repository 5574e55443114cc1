"""The open formats of bundles, by the examples of their specifications (C2SP/C2SP @5ba5ee8)."""

import json
import shutil
from base64 import b64decode
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.audit.bundles.bundle_files import BundleFiles, NoBundle, tile_path
from services.audit.bundles.bundle_tiles import Tile, TileTree
from services.audit.bundles.proof_file import ProofUnsound, TlogProof
from services.audit.tree.merkle import leaf_hash, root_of
from tests.support.bundle_checkers import FOLDER, STANDARD_LIBRARY, run

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors/merkle.json").read_bytes())
"""Of transparency-dev/merkle, as `test_merkle.py` has them."""


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 0, 256, "tile/0/000"),
        (2, 0, 1, "tile/2/000.p/1"),
        ("entries", 273, 112, "tile/entries/273.p/112"),
        (0, 1000, 256, "tile/0/x001/000"),
    ],
)
def test_tiles_are_where_tlog_tiles_has_them(
    level: int | str, number: int, width: int, path: str
) -> None:
    assert tile_path(level, number, width) == path
    assert STANDARD_LIBRARY.tile_name(str(level), number, width) == path


@pytest.mark.parametrize(
    ("size", "tiles"),
    [
        (70_000, {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}),
        (256, {(0, 256): 1, (1, 1): 1}),
        (1, {(0, 1): 1}),
        (0, {}),
    ],
)
def test_a_tree_has_the_tiles_of_the_specifications_example(
    size: int, tiles: dict[tuple[int, int], int]
) -> None:
    found: Counter[tuple[int | str, int]] = Counter()

    def put(tile: Tile, content: bytes) -> None:
        if tile.level != "entries":
            assert len(content) == 32 * tile.width
        found[tile.level, tile.width] += 1

    tree = TileTree(put)
    entries = [b"%d" % number for number in range(size)]
    for each in entries:
        tree.append(each)
    assert tree.finish() == root_of([leaf_hash(each) for each in entries])
    assert {each: found[each] for each in found if each[0] != "entries"} == tiles
    assert {w: found["entries", w] for of, w in found if of == "entries"} == {
        w: count for (level, w), count in tiles.items() if level == 0
    }


PROOF = b"""\
c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

"""
"""The example of tlog-proof, without the signatures, which are not written out there."""


def test_a_proof_is_read_as_tlog_proof_writes_it() -> None:
    found = TlogProof.parse(PROOF)
    assert (found.index, len(found.hashes)) == (73_894, 5)
    assert found.note.startswith(b"example.com/fancylog\n109482\n")
    extra = PROOF.index(b"extra"), PROOF.index(b"index")
    assert bytes(found) == PROOF[: extra[0]] + PROOF[extra[1] :]
    assert TlogProof.parse(bytes(found)) == found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"proof@v1", b"proof@v2"),
        (b"index 73894", b"index 073894"),
        (b"index 73894\n", b""),
        (b"gSKyXoYZ", b"gSKyXoY"),
        (b"PlQ=", b"PlR="),
        (b"\n\n", b"\n"),
    ],
)
def test_what_is_no_proof_is_refused(old: bytes, new: bytes) -> None:
    assert old in PROOF
    with pytest.raises(ProofUnsound):
        TlogProof.parse(PROOF.replace(old, new))


EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""  # noqa: E501 - one line of signed-note's example


def test_the_checker_in_python_verifies_the_example_of_signed_note() -> None:
    key = STANDARD_LIBRARY.Key(EXAMPLE_KEY, b"\x01")
    text, _, line = EXAMPLE_NOTE.partition("\n\n")
    signature = b64decode(line.split()[2])
    assert signature[:4] == key.id_as("example.com/foo")
    assert key.has_signed(f"{text}\n".encode(), signature[4:])
    assert not key.has_signed(text.encode(), signature[4:])
    assert not key.has_signed(f"{text}\n".encode(), signature[4:-1] + b"\xff")


def test_the_checker_in_python_agrees_with_the_vectors() -> None:
    for row in VECTORS["inclusion"]:
        leaf, root, *proof = map(b64decode, (row["leafHash"], row["root"], *row["proof"]))
        found = STANDARD_LIBRARY.has_inclusion(leaf, row["leafIdx"], row["treeSize"], proof, root)
        assert found is not row["wantErr"], row["name"]
    for row in VECTORS["consistency"]:
        first, second, *proof = map(b64decode, (row["root1"], row["root2"], *row["proof"]))
        sizes = row["size1"], row["size2"]
        found = STANDARD_LIBRARY.has_consistency(sizes[0], first, sizes[1], second, proof)
        assert found is not row["wantErr"], row["name"]


IN_NODE = """
import { readFileSync } from "node:fs";
const { Key, hasConsistency, hasInclusion, tileName } = await import(process.argv[1]);
const { inclusion, consistency } = JSON.parse(readFileSync(process.argv[2]));
const raw = (text) => Buffer.from(text ?? "", "base64");
const wrong = [
  ...inclusion.filter((row) => row.wantErr === hasInclusion(raw(row.leafHash), row.leafIdx,
    row.treeSize, row.proof.map(raw), raw(row.root))),
  ...consistency.filter((row) => row.wantErr === hasConsistency(row.size1, raw(row.root1),
    row.size2, raw(row.root2), row.proof.map(raw))),
];
const [key, note] = process.argv.slice(3);
const [text, line] = note.split("\\n\\n");
const signature = raw(line.split(" ")[2]).subarray(4);
const signs = (each) => new Key(key, 1).hasSigned(Buffer.from(each), signature);
const signed = [`${text}\\n`, text].map(signs);
console.log(JSON.stringify([wrong.map((row) => row.name), signed, tileName(0, 1234067, 256)]));
"""


def test_the_checker_in_node_agrees_with_the_vectors_and_examples() -> None:
    if not (node := shutil.which("node")):
        pytest.skip("there is no node on the path")
    vectors = Path(__file__).parent / "vectors" / "merkle.json"
    checker = (FOLDER / "verify.mjs").as_uri()
    words = [node, "--input-type=module", "-e", IN_NODE, checker, str(vectors)]
    code, said = run([*words, EXAMPLE_KEY, EXAMPLE_NOTE.rstrip("\n")])
    assert code == 0, said
    assert json.loads(said) == [[], [True, False], "tile/0/x001/x234/067"]


def test_what_is_no_bundle_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere", Path(__file__)):
        with pytest.raises(NoBundle):
            BundleFiles(path)
