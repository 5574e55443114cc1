"""Judging: from all that is known of somebody or something to what each rule says of it. Pure.

A finding is there once its last day is over; what is not over yet is judged when its time comes,
and a judgement's `next_day` says when that is.
"""

from domain.compliance.evaluation.counselors import (
    clients_of,
    enrolled_of,
    judge_census,
    judge_counselor,
)
from domain.compliance.evaluation.outlook import runs_until
from domain.compliance.evaluation.patients import PatientJudge, judge_patient
from domain.compliance.evaluation.repairs import Repair, RepairOptions, repairs_for
from domain.compliance.evaluation.result import (
    PARTS,
    AuthorizationLeft,
    Judgement,
    Part,
    Scope,
    WeekSum,
)
from domain.compliance.evaluation.sessions import judge_session

__all__ = [
    "PARTS",
    "AuthorizationLeft",
    "Judgement",
    "Part",
    "PatientJudge",
    "Repair",
    "RepairOptions",
    "Scope",
    "WeekSum",
    "clients_of",
    "enrolled_of",
    "judge_census",
    "judge_counselor",
    "judge_patient",
    "judge_session",
    "repairs_for",
    "runs_until",
]
