"""Which heads count, where one key has given way to another: from key to key by heads of both.

A rotation has the newest head signed by the old key and the new one. So who has written down the
first key alone may trust those that followed; and what a retired key signs later counts no more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import VerifierKey
from services.audit.verification.leaf_check import HeadHere

NOT_SIGNED = "no key that counts signed it"


def judged(origin: str, heads: Iterable[HeadHere], policy: SealPolicy) -> Iterator[HeadHere]:
    """Yield the heads of a tree, the smallest first, each with what keeps it from counting.

    A key counts where the policy says so, or once a head that counts is signed by it, too.
    """
    seen, followed, retired = set[VerifierKey](), set[VerifierKey](), set[VerifierKey]()
    for head in heads:
        if head.problem or head.signers is None:
            yield head
            continue
        signers = set(head.signers)
        given = set(policy.keys_of(origin, head.size))
        if not signers & (given | followed) - retired:
            yield replace(head, problem=NOT_SIGNED)
            continue
        if signers - seen and signers & seen:
            retired |= signers & seen
        followed |= signers
        seen |= signers
        yield head
