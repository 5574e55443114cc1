"""The channel of the outbox, for whoever waits for its news and needs nothing else of it."""

CHANNEL = "daybook_outbox"
"""The channel on which PostgreSQL notifies of what is told to others."""
