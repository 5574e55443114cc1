"""Refusals about facilities and programs: rooms, staff, policies, read models."""

from domain.errors.kinds import AlreadyThere, NotThere, Refusal


class OpenAlready(AlreadyThere):
    """A facility or program is open, with other details than those that were said."""

    says = "the {what} is open already with other details: revise it instead"


class NameMissing(Refusal):
    """A facility, program, room, staff member or recipient would have no name."""

    says = "a {what} needs a name"


class NameTaken(AlreadyThere):
    """What somebody would be called is what somebody else is called."""

    says = "another {what}, {other}, goes by this id or name already"


class NoSuchZone(NotThere):
    """The IANA database has no such time zone."""

    says = "there is no time zone {timezone}: the IANA name is needed, such as America/New_York"


class NoSuchRoom(NotThere):
    """The facility has no such room."""

    says = "there is no room {room_id}"


class NoCredential(NotThere):
    """A staff member has no credential on that day, or is not there."""

    says = "staff member {staff_id} has no credential on {day}"


class NotOnStaff(Refusal):
    """Who would sign is nobody on the staff."""

    says = "only somebody on the staff can sign this: your account names no staff member"


class PolicyUnsound(Refusal):
    """A policy has a number that is unknown, out of bounds, or has no source."""

    says = "{place}: {problem}"


class SkippedAlready(AlreadyThere):
    """A read model passes over an event already."""

    says = "the view {view} passes over this event already"


class NotSkipped(NotThere):
    """A read model does not pass over an event."""

    says = "the view {view} does not pass over this event"
