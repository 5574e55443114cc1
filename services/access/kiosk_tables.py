"""The tables of kiosks in the schema `access`."""

from typing import LiteralString

KIOSKS: LiteralString = """
    CREATE TABLE access.kiosks (
        name text PRIMARY KEY,
        facility_id text NOT NULL,
        link_hash bytea UNIQUE,
        link_until timestamptz,
        set_up_at timestamptz,
        seen_at timestamptz,
        waiting integer NOT NULL DEFAULT 0,
        wrong integer NOT NULL DEFAULT 0,
        wrong_since timestamptz,
        locks integer NOT NULL DEFAULT 0,
        locked_at timestamptz,
        locked_until timestamptz
    );
    CREATE TABLE access.kiosk_presses (
        press_id text,
        kiosk text,
        facility_id text NOT NULL,
        said text NOT NULL CHECK (said IN ('here', 'leaving')),
        said_at timestamptz NOT NULL,
        patient_id text,
        why text NOT NULL,
        received_at timestamptz NOT NULL,
        seen_at timestamptz,
        seen_by text,
        PRIMARY KEY (kiosk, press_id)
    );
    CREATE INDEX ON access.kiosk_presses (facility_id) WHERE seen_at IS NULL;
    COMMENT ON TABLE access.kiosks IS
        'Tablets at the door: how each stands, and how many wrong codes it was given.';
    COMMENT ON COLUMN access.kiosks.name IS 'The name of its token.';
    COMMENT ON COLUMN access.kiosks.link_hash IS
        'SHA-256 of what sets a tablet up, once; empty once it did.';
    COMMENT ON COLUMN access.kiosks.waiting IS
        'What it had to send when it was last heard of, which waited for a connection.';
    COMMENT ON TABLE access.kiosk_presses IS
        'What a kiosk kept without a connection and nobody could record: the desk sees to it.';
    COMMENT ON COLUMN access.kiosk_presses.press_id IS 'The random id that the tablet gave it.';
    COMMENT ON COLUMN access.kiosk_presses.patient_id IS
        'The random id of whose code it was; empty where it was nobody''s.';
"""
