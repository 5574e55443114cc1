"""The tables of the schema `seal`: the trees of sealed logs, and their signed heads.

A tree is kept as tiles of 256 hashes (C2SP tlog-tiles): a tile of level L has the roots of complete
subtrees of 256^L leaves, so those of level 0 are the leaves. Positions skip, which an index does
not: those of the leaves stand beside the tiles of level 0.
"""

from typing import Any, LiteralString

import psycopg

from services.audit.tree.witness_tables import COSIGNATURES, TIMESTAMPS, WITNESSES

_LOGS: LiteralString = """
    CREATE TABLE seal.logs (
        origin text PRIMARY KEY,
        log text NOT NULL,
        generation integer NOT NULL,
        begun_at timestamptz NOT NULL,
        parted_from text,
        parted_at bigint,
        because text,
        statement text,
        UNIQUE (log, generation)
    );
    COMMENT ON TABLE seal.logs IS
        'Each tree by its origin; a log has another one after each restore of an older database.';
    COMMENT ON COLUMN seal.logs.log IS 'What is sealed: journal, access, findings and so on.';
    COMMENT ON COLUMN seal.logs.parted_from IS
        'The newest head of the tree before, as it was signed; empty: there was none.';
    COMMENT ON COLUMN seal.logs.parted_at IS 'How many leaves both trees have in common.';
    COMMENT ON COLUMN seal.logs.because IS 'Why somebody went on with another tree.';
    COMMENT ON COLUMN seal.logs.statement IS 'All of that as a note, signed by the tree''s key.';
"""

_TILES: LiteralString = """
    CREATE TABLE seal.tiles (
        origin text REFERENCES seal.logs,
        level integer,
        number bigint,
        hashes bytea STORAGE EXTERNAL NOT NULL,
        positions bigint[],
        PRIMARY KEY (origin, level, number)
    );
    CREATE INDEX tiles_position ON seal.tiles (origin, (positions[1])) WHERE level = 0;
    COMMENT ON TABLE seal.tiles IS 'Hashes of the trees, 256 each; the last of a level has less.';
    COMMENT ON COLUMN seal.tiles.level IS
        'The hashes are of complete subtrees of 256^level leaves.';
    COMMENT ON COLUMN seal.tiles.positions IS 'At level 0: the positions of the leaves.';
"""

_HEADS: LiteralString = """
    CREATE TABLE seal.heads (
        origin text REFERENCES seal.logs,
        size bigint,
        position bigint NOT NULL,
        root bytea NOT NULL,
        note text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (origin, size)
    );
    CREATE INDEX heads_position ON seal.heads (origin, position);
    COMMENT ON TABLE seal.heads IS 'Each head that was signed: so many leaves have this root.';
    COMMENT ON COLUMN seal.heads.position IS 'The position of the last leaf.';
    COMMENT ON COLUMN seal.heads.note IS 'The checkpoint as it was signed (C2SP tlog-checkpoint).';
    COMMENT ON COLUMN seal.heads.at IS 'When, by the sealer''s own clock; nobody vouches for it.';
"""

_STANDING: LiteralString = """
    CREATE TABLE seal.standing (
        log text PRIMARY KEY,
        looked_at timestamptz NOT NULL,
        refused text
    );
    COMMENT ON TABLE seal.standing IS 'When the sealer last looked at a log, and why it refused.';
"""

PARTS: tuple[tuple[str, LiteralString], ...] = (
    ("seal.logs", _LOGS),
    ("seal.tiles", _TILES),
    ("seal.heads", _HEADS),
    ("seal.standing", _STANDING),
    ("seal.cosignatures", COSIGNATURES),
    ("seal.witnesses", WITNESSES),
    ("seal.timestamps", TIMESTAMPS),
)
"""What is made where the table that shows that it is there is missing."""


def prepare(conn: psycopg.Connection[Any]) -> None:
    """Make what is missing, within one transaction; whoever comes second finds it there.

    Where nothing is missing it takes no right to make anything.
    """
    if not _missing(conn):
        return
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.seal'))")
        cursor.execute("CREATE SCHEMA IF NOT EXISTS seal")
        for ddl in _missing(conn):
            cursor.execute(ddl)


def are_there(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether the tables are there: before anything was ever sealed they are not."""
    return not _missing(conn)


def _missing(conn: psycopg.Connection[Any]) -> list[LiteralString]:
    with conn.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL",
            ([table for table, _ in PARTS],),
        ).fetchall()
    missing = {name for (name,) in rows}
    return [ddl for table, ddl in PARTS if table in missing]
