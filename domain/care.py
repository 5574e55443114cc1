"""Whom a program is for, and of which services it is made."""

from typing import Literal

Population = Literal["adult", "adolescent"]

Service = Literal["group", "individual", "family", "education", "skills", "holistic", "break"]
"""What a part of a meeting is; a break counts for nothing (9 CCR 9854)."""
