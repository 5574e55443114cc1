"""Witnesses, both sides, and timestamps: who else vouches for a head."""
