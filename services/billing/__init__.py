"""An example of somebody else's service: it follows billable days and makes claim lines of them.

It has its own database and its own place in the stream. Of Daybook it knows the published messages
alone, and imports nothing: it stands on nats-py and SQLite. Copy it to begin with.
"""
