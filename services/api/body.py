"""What requests have in common: the facility in their address, and how strict their bodies are."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict

FacilityId = Annotated[
    str,
    Path(
        description="The facility's id.",
        pattern="^[A-Za-z0-9_-]{1,100}$",
        examples=["oak-street"],
    ),
]


class Body(BaseModel):
    """A request's body: no unknown names."""

    model_config = ConfigDict(extra="forbid")
