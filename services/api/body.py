"""The bodies of requests."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A request's body: no unknown names."""

    model_config = ConfigDict(extra="forbid")
