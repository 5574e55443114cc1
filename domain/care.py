"""Whom a program is for, of which services it is made, and in which form they are given."""

from typing import Literal

Population = Literal["adult", "adolescent"]

Service = Literal[
    "group",
    "individual",
    "family",
    "education",
    "skills",
    "holistic",
    "medication",
    "peer-support",
    "occupational-therapy",
    "case-management",
    "assessment",
    "break",
]
"""What a part of a meeting is; a break counts for nothing (9 CCR 9854)."""

SegmentFormat = Literal["multi-family", "outside-speaker", "crisis"]
"""What sets a part of a meeting apart from others of its service.

`multi-family` groups and `outside-speaker` events have no limit of size in Texas (26 TAC 564.901);
the note about a `crisis` service is due sooner than others in California (BHIN 22-019).
"""
