"""The tables of the schema `access`: accounts, sessions, tokens, feeds, attempts, who looked."""

from typing import Any, LiteralString

import psycopg

from services.access.kiosk_tables import KIOSKS
from services.access.sign_in_tables import OPENID, PASSKEYS

_ACCOUNTS: LiteralString = """
    CREATE TABLE access.accounts (
        account text PRIMARY KEY,
        name text NOT NULL,
        password_hash text,
        must_change boolean NOT NULL DEFAULT false,
        made_at timestamptz NOT NULL,
        disabled_at timestamptz
    );
    CREATE TABLE access.grants (
        account text NOT NULL REFERENCES access.accounts,
        role text NOT NULL,
        facility_id text,
        staff_id text,
        patient_id text,
        UNIQUE NULLS NOT DISTINCT (account, role, facility_id, staff_id, patient_id)
    );
    CREATE TABLE access.changes (number bigint NOT NULL);
    INSERT INTO access.changes VALUES (0);
    COMMENT ON TABLE access.accounts IS 'Who may sign in, or is a client of NATS.';
    COMMENT ON COLUMN access.accounts.password_hash IS
        'Argon2id; empty for whoever signs in otherwise.';
    COMMENT ON COLUMN access.accounts.must_change IS
        'Somebody else knows the password: it is changed at the first sign-in.';
    COMMENT ON TABLE access.grants IS
        'The roles of accounts; without a facility, at every one.';
    COMMENT ON TABLE access.changes IS 'How often accounts or grants changed.';
"""

_SESSIONS: LiteralString = """
    CREATE TABLE access.sessions (
        token_hash bytea PRIMARY KEY,
        session_id text NOT NULL UNIQUE,
        account text NOT NULL REFERENCES access.accounts,
        via text NOT NULL,
        purpose text NOT NULL,
        address text NOT NULL,
        begun_at timestamptz NOT NULL,
        used_at timestamptz NOT NULL
    );
    CREATE INDEX ON access.sessions (account);
    COMMENT ON TABLE access.sessions IS 'Who is signed in; their tokens as SHA-256 alone.';
    COMMENT ON COLUMN access.sessions.session_id IS 'Names a session where its token is not known.';
"""

_TOKENS: LiteralString = """
    CREATE TABLE access.tokens (
        token_hash bytea PRIMARY KEY,
        name text NOT NULL,
        role text NOT NULL,
        facility_id text NOT NULL,
        scopes text[] NOT NULL,
        made_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz
    );
    CREATE UNIQUE INDEX ON access.tokens (name) WHERE revoked_at IS NULL;
    COMMENT ON TABLE access.tokens IS 'Tokens of services and kiosks, as SHA-256 alone.';
    COMMENT ON COLUMN access.tokens.scopes IS
        'The only commands and questions that a token is good for.';
"""

_FEEDS: LiteralString = """
    CREATE TABLE access.calendar_feeds (
        feed_hash bytea PRIMARY KEY,
        feed_id text NOT NULL UNIQUE,
        facility_id text NOT NULL,
        staff_id text,
        patient_id text,
        made_by text NOT NULL,
        made_at timestamptz NOT NULL,
        read_at timestamptz,
        ended_at timestamptz,
        CHECK (num_nonnulls(staff_id, patient_id) = 1)
    );
    CREATE UNIQUE INDEX ON access.calendar_feeds
        (facility_id, coalesce(staff_id, ''), coalesce(patient_id, '')) WHERE ended_at IS NULL;
    COMMENT ON TABLE access.calendar_feeds IS
        'Addresses at which calendar programs read whose times they are, as SHA-256 alone.';
    COMMENT ON COLUMN access.calendar_feeds.feed_id IS 'Names a feed without its address.';
"""

_ATTEMPTS: LiteralString = """
    CREATE TABLE access.attempts (
        account_hash bytea,
        address text,
        level double precision NOT NULL,
        at timestamptz NOT NULL,
        signed_in_at timestamptz,
        PRIMARY KEY (account_hash, address)
    );
    CREATE INDEX ON access.attempts (at);
    COMMENT ON TABLE access.attempts IS
        'Failed attempts to sign in, and from which addresses accounts did sign in.';
    COMMENT ON COLUMN access.attempts.account_hash IS
        'SHA-256 of the account that was named, which need not exist; empty: of any account.';
    COMMENT ON COLUMN access.attempts.address IS 'Empty: of any unknown address.';
"""

_LOG: LiteralString = """
    CREATE TABLE access.log (
        entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        account text NOT NULL,
        name text NOT NULL,
        roles text[] NOT NULL,
        facility_id text,
        what text NOT NULL,
        patient_ids text[] NOT NULL,
        purpose text NOT NULL,
        reason text,
        emergency boolean NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('shown', 'refused')),
        address text NOT NULL,
        via text NOT NULL
    );
    CREATE INDEX ON access.log USING gin (patient_ids);
    CREATE INDEX ON access.log (account, entry_id);
    CREATE INDEX ON access.log (entry_id) WHERE emergency;
    CREATE FUNCTION access.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the access log is only added to'; END
    $$;
    CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON access.log
        FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change();
    ALTER TABLE access.log ENABLE ALWAYS TRIGGER only_added_to;
    COMMENT ON TABLE access.log IS 'Who looked at whose record, when, why and from where.';
    COMMENT ON COLUMN access.log.patient_ids IS 'The random ids of all patients on the page.';
"""

_REVIEWS: LiteralString = """
    CREATE TABLE access.emergency_reviews (
        entry_id bigint PRIMARY KEY,
        account text NOT NULL,
        at timestamptz NOT NULL,
        found text NOT NULL
    );
    COMMENT ON TABLE access.emergency_reviews IS
        'What compliance found of each emergency in the log: without a row, it waits.';
"""

PARTS: tuple[tuple[str, LiteralString], ...] = (
    ("access.accounts", _ACCOUNTS),
    ("access.sessions", _SESSIONS),
    ("access.tokens", _TOKENS),
    ("access.calendar_feeds", _FEEDS),
    ("access.attempts", _ATTEMPTS),
    ("access.log", _LOG),
    ("access.emergency_reviews", _REVIEWS),
    ("access.openid_subjects", OPENID),
    ("access.passkeys", PASSKEYS),
    ("access.kiosks", KIOSKS),
)
"""What is made where the table that shows that it is there is missing."""

ALONE: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('daybook.access'))"
"""Keeps everybody else from changing tables, accounts, grants and tokens until the commit."""


def prepare(conn: psycopg.Connection[Any]) -> None:
    """Make what is missing, within one transaction; whoever comes second finds it there."""
    if not _missing(conn):
        return
    with conn.transaction():
        conn.execute(ALONE)
        conn.execute("CREATE SCHEMA IF NOT EXISTS access")
        for ddl in _missing(conn):
            conn.execute(ddl)


def _missing(conn: psycopg.Connection[Any]) -> list[LiteralString]:
    asked = ([table for table, _ in PARTS],)
    rows = conn.execute(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", asked
    )
    missing = {name for (name,) in rows}
    return [ddl for table, ddl in PARTS if table in missing]
