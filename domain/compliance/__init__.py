"""Compliance: which rules a program is under, and what its record comes to by each of them."""
