"""The trees of what is sealed: leaves, hashes, tiles, stored heads, and proofs out of them."""
