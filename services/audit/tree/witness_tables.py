"""The tables of what others said of heads: witnesses' cosignatures, and timestamps."""

from typing import LiteralString

COSIGNATURES: LiteralString = """
    CREATE TABLE seal.cosignatures (
        origin text,
        size bigint,
        witness text,
        line text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (origin, size, witness),
        FOREIGN KEY (origin, size) REFERENCES seal.heads
    );
    CREATE INDEX cosignatures_witness ON seal.cosignatures (origin, witness, size);
    COMMENT ON TABLE seal.cosignatures IS 'What witnesses signed of heads (C2SP tlog-cosignature).';
    COMMENT ON COLUMN seal.cosignatures.witness IS 'The witness''s key: its name, +, and its id.';
    COMMENT ON COLUMN seal.cosignatures.line IS 'The signature line that belongs below the head.';
    COMMENT ON COLUMN seal.cosignatures.at IS 'When, by the witness''s clock; it signed that.';
"""

WITNESSES: LiteralString = """
    CREATE TABLE seal.witnesses (
        origin text REFERENCES seal.logs,
        witness text,
        asked_at timestamptz NOT NULL,
        outcome text NOT NULL,
        held bigint,
        PRIMARY KEY (origin, witness)
    );
    COMMENT ON TABLE seal.witnesses IS 'What each witness answered last of a tree.';
    COMMENT ON COLUMN seal.witnesses.held IS
        'How many leaves the head has that the witness cosigned last, where it said so.';
"""

TIMESTAMPS: LiteralString = """
    CREATE TABLE seal.timestamps (
        origin text,
        size bigint,
        authority text,
        token bytea NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (origin, size, authority),
        FOREIGN KEY (origin, size) REFERENCES seal.heads
    );
    COMMENT ON TABLE seal.timestamps IS
        'Responses of timestamp authorities (RFC 3161) over the texts of heads.';
    COMMENT ON COLUMN seal.timestamps.authority IS 'The host that was asked.';
    COMMENT ON COLUMN seal.timestamps.at IS 'When, by the authority''s clock; it signed that.';
"""
