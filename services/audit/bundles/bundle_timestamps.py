"""Timestamps in bundles: `timestamps/<size>.<authority>.tsr`; `<size>.text` is what was stamped."""

import re
from collections.abc import Iterator, Mapping, Sequence

from cryptography.x509 import Certificate

from services.audit.bundles.bundle_files import TIMESTAMPS, BundleFiles, FileFaulty
from services.audit.notes.checkpoint import Checkpoint
from services.audit.tree.merkle import Hash
from services.audit.verification.report import Fault, Section
from services.audit.verification.verify_timestamps import stamp_fault, stamp_says
from services.audit.witnesses.timestamp import TimestampUnsound, check_timestamp

_NAME = re.compile(r"([1-9][0-9]{0,18})\.([A-Za-z0-9.-]{1,255})\.tsr")


def stamped_sizes(bundle: BundleFiles) -> set[int]:
    """Return of which sizes a bundle has timestamps."""
    found = [_NAME.fullmatch(each) for each in bundle.names(TIMESTAMPS)]
    return {int(each[1]) for each in found if each}


def bundle_timestamps(
    bundle: BundleFiles, origin: str, roots: Mapping[int, Hash], trusted: Sequence[Certificate]
) -> Iterator[Section]:
    """Yield what a bundle's timestamps say of the log's heads, whose roots are known by size.

    Without certificates that are trusted they are counted and no more.
    """
    names = sorted(each for each in bundle.names(TIMESTAMPS) if each.endswith(".tsr"))
    if not names:
        return
    if not trusted:
        says = f"{len(names):,}; with --timestamp-ca FILE they are checked, too"
        yield Section("timestamps", [says], was_asked=False)
        return
    faults, says, newest, unknown = list[Fault](), "none that counts", 0, 0
    for name in names:
        if (found := _NAME.fullmatch(name)) is None:
            faults.append(Fault(what="head", says=f"{name} does not say which head it is of"))
            continue
        size, authority = int(found[1]), found[2]
        if (root := roots.get(size)) is None:
            unknown += 1
            continue
        try:
            text = Checkpoint(origin, size, root).text()
            at = check_timestamp(bundle.whole(f"{TIMESTAMPS}/{name}"), text, trusted)
        except (TimestampUnsound, FileFaulty) as why:
            faults.append(stamp_fault(authority, size, TimestampUnsound(str(why))))
            continue
        if size >= newest:
            newest, says = size, stamp_says(authority, size, at)
    more = [f"{unknown:,} of heads whose roots nothing here gives"] if unknown else []
    yield Section("timestamps", [f"{len(names):,}; the newest: {says}", *more], faults)
