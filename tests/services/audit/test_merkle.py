import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.tree.merkle import (
    EMPTY_ROOT,
    Frontier,
    Hash,
    NodeAt,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors/merkle.json").read_bytes())

LEAVES = [
    bytes.fromhex(each)
    for each in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The inputs and roots of RFC 6962 trees of 0 to 8 leaves: testonly/constants.go of the same."""


def named(rows: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row["name"])


@named(VECTORS["inclusion"])
def test_inclusion_is_proved_where_the_vectors_say_so(row: dict[str, Any]) -> None:
    leaf, root, *proof = (b64decode(each) for each in (row["leafHash"], row["root"], *row["proof"]))
    proved = verify_inclusion(leaf, row["leafIdx"], row["treeSize"], proof, root)
    assert proved is not row["wantErr"]


@named(VECTORS["consistency"])
def test_consistency_is_proved_where_the_vectors_say_so(row: dict[str, Any]) -> None:
    first, second, *proof = (
        b64decode(each) for each in (row["root1"], row["root2"], *row["proof"])
    )
    proved = verify_consistency(row["size1"], first, row["size2"], second, proof)
    assert proved is not row["wantErr"]


def test_hashes_are_those_of_rfc_6962() -> None:
    said = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert leaf_hash(b"L123456").hex() == said
    said = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert node_hash(b"N123", b"N456").hex() == said
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_those_of_rfc_6962(size: int) -> None:
    hashes = [leaf_hash(each) for each in LEAVES[:size]]
    frontier = Frontier()
    frontier.extend(hashes)
    assert frontier.root().hex() == root_of(hashes).hex() == ROOTS[size]


def hashes_of(size: int) -> list[Hash]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]


def reading(hashes: list[Hash]) -> NodeAt:
    return lambda level, number: root_of(hashes[number << level : (number + 1) << level])


sizes = st.integers(1, 300)


@given(size=sizes, data=st.data())
def test_each_leaf_is_proved_and_no_other_in_its_place(size: int, data: st.DataObject) -> None:
    hashes = hashes_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, reading(hashes))
    root = root_of(hashes)
    assert verify_inclusion(hashes[index], index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, root)
    for other in {index - 1, index + 1, index ^ 4}:
        assert not verify_inclusion(hashes[index], other, size, proof, root)


@given(size=sizes, data=st.data())
def test_a_tree_is_proved_to_go_on_from_each_one_before_it(size: int, data: st.DataObject) -> None:
    hashes = hashes_of(size)
    first = data.draw(st.integers(1, size))
    proof = consistency_proof(first, size, reading(hashes))
    ends = root_of(hashes[:first]), root_of(hashes)
    assert verify_consistency(first, ends[0], size, ends[1], proof)
    changed = [leaf_hash(b"another"), *hashes[1:]]
    assert not verify_consistency(first, root_of(changed[:first]), size, ends[1], proof)
    assert not verify_consistency(first, ends[0], size, root_of(changed), proof)


@given(size=sizes, more=st.integers(0, 300))
def test_a_frontier_goes_on_from_what_was_stored_of_it(size: int, more: int) -> None:
    hashes = hashes_of(size + more)
    stored = Frontier()
    stored.extend(hashes[:size])
    frontier = Frontier(stored.size, stored.peaks)
    frontier.extend(hashes[size:])
    assert (frontier.size, frontier.root()) == (size + more, root_of(hashes))


def test_whole_subtrees_are_added_where_they_begin() -> None:
    hashes = hashes_of(7)
    frontier = Frontier()
    frontier.append_subtree(2, root_of(hashes[:4]))
    frontier.append_subtree(1, root_of(hashes[4:6]))
    frontier.append(hashes[6])
    assert frontier.root() == root_of(hashes)
    with pytest.raises(ValueError, match="no complete subtree of level 1 begins at leaf 7"):
        frontier.append_subtree(1, hashes[0])


def test_what_is_no_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="a tree of 3 leaves has 2 peaks"):
        Frontier(3, [EMPTY_ROOT])
    with pytest.raises(ValueError, match="has none of number 3"):
        inclusion_proof(3, 3, reading(hashes_of(3)))
    with pytest.raises(ValueError, match="no proof leads from a tree of 0 leaves"):
        consistency_proof(0, 3, reading(hashes_of(3)))
