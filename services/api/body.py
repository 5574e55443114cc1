"""What requests have in common: the facility in their address, and how strict their bodies are."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict

from domain import bounds

FACILITY_ID = "[A-Za-z0-9_-]{1,100}"
"""What a facility may be called in an address, as in a subject."""

FacilityId = Annotated[
    str,
    Path(
        description="The facility's id.",
        pattern=f"^{FACILITY_ID}$",
        examples=["oak-street"],
    ),
]

PatientId = Annotated[str, Path(description="The patient's random id.", max_length=100)]


def _text(text: str) -> str:
    if problem := bounds.text_problem(text):
        raise ValueError(f"this is {problem}")
    return text


Text = Annotated[str, AfterValidator(_text)]
"""A text that is kept."""


class Body(BaseModel):
    """A request's body: no unknown names."""

    model_config = ConfigDict(extra="forbid")
