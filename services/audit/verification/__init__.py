"""Verification of what is live: what is sound, and the first wrong event by name."""
