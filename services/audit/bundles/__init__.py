"""Bundles and proofs that check offline: how they are written, and how they are checked."""
