"""The sealer of a data folder: it opens neither vault nor journal, and takes no right to write."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from services.audit.notes.signed_note import SigningKey, VerifierKey
from services.audit.sealing.seal_refusals import NotReplicated, SealRefused
from services.audit.sealing.seal_rotation import rotate_seal_key
from services.audit.sealing.sealer import Sealer
from services.audit.sealing.sealing_round import SealSettings, tree_of
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import SEALED_LOGS
from services.audit.tree.seals import Head, Seals
from services.database_url import with_limits
from services.embedded import Engines, engines
from services.hosting.seal_key import SealKey, seal_settings
from services.hosting.seal_witnesses import seal_witnesses
from services.hosting.settings import named_servers


@dataclass(frozen=True, slots=True)
class Sealing:
    """What seals the logs of a database: its key, its settings, and whether the key is new."""

    engines: Engines
    key: SealKey
    settings: SealSettings
    key_is_new: bool

    def sealer(self) -> Sealer:
        """Return a sealer of every log. Raises BadSetting."""
        urls = self.engines.database_url, self.engines.nats_url
        witnesses = seal_witnesses(self.engines.database_url)
        return Sealer(*urls, self.key.read, self.settings, witnesses=witnesses)

    def verifier_keys(self) -> Mapping[str, VerifierKey]:
        """Return by log the public key that verifies its newest tree. Raises SealRefused."""
        seed = self.key.read()
        with self._connected() as conn:
            trees: dict[str, Origin] = {
                name: tree_of(conn, name, self.settings) for name in SEALED_LOGS
            }
        return {name: SigningKey.from_bytes(str(of), seed).verifier for name, of in trees.items()}

    def newest_heads(self) -> list[Head]:
        """Return the newest head of each log that was sealed."""
        with self._connected() as conn:
            found = [Seals(conn, name).newest() for name in SEALED_LOGS]
        return [each for each in found if each]

    def rotate_key(self, to: Path | None) -> list[Head]:
        """Make a new key; return the newest head of each log, which both keys signed.

        Where the key comes from the environment the new one stays in the file `to`: what seals is
        to be started again with it. Raises BadSetting, and SealRefused, with which all is as before
        unless the new key was left beside the old one.
        """
        old, new = self.key.read(), self.key.renew(to)
        try:
            return rotate_seal_key(
                *(self.engines.database_url, self.settings),
                old=old,
                new=new.key,
                put_in_place=new.put_in_place,
                clock=lambda: datetime.now(UTC),
            )
        except NotReplicated:
            raise
        except SealRefused:
            new.path.unlink()
            raise

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(with_limits(self.engines.database_url), autocommit=True)


@contextmanager
def open_sealing(data: Path, *, anew: bool = False) -> Iterator[Sealing]:
    """Start or join the engines of a data folder, or use those that the environment names.

    The key is made where there is none; where it is lost, only to go on `anew`. Raises BadSetting.
    """
    if found := named_servers():
        yield sealing_of(data, found, anew=anew)
        return
    with engines(data) as started:
        yield sealing_of(data, started, anew=anew)


def sealing_of(data: Path, found: Engines, *, anew: bool = False) -> Sealing:
    """Return what seals a database; make the key where there is none. Raises BadSetting."""
    settings, key = seal_settings(data), SealKey(data)
    made = key.make(lambda: not anew and is_sealed(found.database_url))
    key.read()
    return Sealing(found, key, settings, made)


def is_sealed(database_url: str) -> bool:
    """Tell whether anything of a database was ever sealed."""
    with psycopg.connect(with_limits(database_url), autocommit=True) as conn:
        return any(Seals(conn, name).origin for name in SEALED_LOGS)
