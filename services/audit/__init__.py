"""Evidence: the journal's Merkle tree, signed heads, witnesses, and what verifies them."""
