"""A question as somebody asks it over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.api.asker import Asker
from services.reports.questions import Question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as somebody asks it: of a facility, or (None) of all of theirs."""

    question: Question[..., Any]
    facility_id: str | None
    arguments: dict[str, Any]
    limit: int
    cursor: str | None
    after: int | None
    as_of: datetime | None
    asker: Asker

    @property
    def name(self) -> str:
        """What is asked, as the table of rights has it."""
        return self.question.name

    @property
    def patient_id(self) -> str | None:
        """The patient that it is about, where it is about one."""
        return self.arguments.get("patient_id")

    @property
    def bound_to(self) -> bytes:
        """What a cursor of it is good for, and nothing else."""
        who = self.asker.principal.account
        asked = sorted(self.arguments.items())
        return orjson.dumps([who, self.facility_id, self.name, asked, self.as_of])

    @property
    def shows_patients(self) -> bool:
        """Tell whether who looks is put on record."""
        return "directory" in self.question.views(self.arguments)
