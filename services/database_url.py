"""A database's URL, with an end to waiting for a server that is not there any more."""

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_LIMITS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Of libpq, in seconds, the last in milliseconds.

Without them a host that vanishes without a word is waited for by the limits of TCP: for a quarter
of an hour, and while it computes for two hours.
"""


def with_limits(database_url: str) -> str:
    """Return a URL as a connection string; limits that it says itself stay."""
    said = conninfo_to_dict(database_url)
    missing = {name: value for name, value in _LIMITS.items() if name not in said}
    return make_conninfo(database_url, **missing)
