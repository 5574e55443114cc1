"""Why a stream is not published to, each with a way out that destroys no only copy of anything."""

MADE_AGAIN = (
    "`daybook rebuild stream` makes it again from the journal, once it has seen that the journal"
    " has all that the stream still has."
)
"""The way out where messages are gone, of which the journal has the events."""

KEPT = (
    "it may be the only copy of what it has. `daybook audit recover` shows what the journal lacks,"
    " and with --bring-back records it again; `daybook rebuild stream --set-aside` keeps the stream"
    " under another name and makes it again. If these servers do not belong together, correct"
    " DAYBOOK_NATS_URL or DAYBOOK_DATABASE_URL."
)
"""The ways out where the stream has something that the journal does not have."""


class StreamRefused(Exception):
    """The stream is not an image of this journal, and nothing is published to it.

    StreamRefused
    ├── ForeignStream   it has the events of another journal, or another history
    ├── StreamAhead     it has events that the journal does not have (any more)
    └── StreamDamaged   it has lost messages
    """


class ForeignStream(StreamRefused):
    """The stream has the events of another journal, or another history of this one."""


class StreamAhead(StreamRefused):
    """The stream has events that the journal does not have, as after a restore."""


class StreamDamaged(StreamRefused):
    """The stream has lost messages."""
