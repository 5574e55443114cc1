"""All questions: who imports this has each of them in `QUESTIONS`, under its name."""

from services.reports import (
    at_risk,
    deadlines,
    dropout_risk,
    findings,
    history,
    one_finding,
    one_patient,
    patients,
    roster,
    schedule,
    sessions,
    sites,
    visits,
)
from services.reports.question import QUESTIONS, Answer, Column, Parameter, Question, question

__all__ = [
    "QUESTIONS",
    "Answer",
    "Column",
    "Parameter",
    "Question",
    "at_risk",
    "deadlines",
    "dropout_risk",
    "findings",
    "history",
    "one_finding",
    "one_patient",
    "patients",
    "question",
    "roster",
    "schedule",
    "sessions",
    "sites",
    "visits",
]
