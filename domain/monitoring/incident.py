"""What is told of a patient between sessions that somebody may have to report to a court."""

from typing import Literal

IncidentKind = Literal["use", "arrest", "no-progress", "self-help-missed"]
"""What was learned: use by what the patient or somebody else said, an arrest over alcohol or drugs,
no acceptable progress by the plan, a mandatory self-help group that was missed (WAC 246-341-0800,
in the text that was in force until 2023-05-01,
https://app.leg.wa.gov/WAC/default.aspx?cite=246-341-0800).
"""
