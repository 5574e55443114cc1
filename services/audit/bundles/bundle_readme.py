"""What a bundle says to whoever has never seen one: what is in it, and how a shell checks it."""

from services.audit.tree.seals import Head

_WHOLE = """\
It is the whole log up to its head: nothing was left out. tile/ has the tree as C2SP tlog-tiles lays
it out; the folder can be served by any web server as it is.
"""

_PART = """\
It is a part of the log. proofs.jsonl proves that each line is in the log at its place; nothing
shows whether other lines of the same kind were left out. A whole export shows that, if need be
without the bodies of events (`daybook audit export --without-bodies`).
"""

_README = """\
A bundle of the log {origin}
{size:,} leaves, the last at position {position:,}

{kind}
checkpoint          the signed head: name of the log, number of leaves, root of their tree
                    (C2SP tlog-checkpoint), with the signatures of the log and of its witnesses
leaves.jsonl        the leaves, a line each:
                    ["daybook/1",position,"aggregate",version,"topic","SHA-256 of the body"]
events.jsonl        the bodies, as they are stored, a line each; an empty line: withheld
earlier.checkpoint  a head that was signed before, if there is one; add-checkpoint has the proof
                    that this head goes on from it, in the form in which a C2SP witness is asked
continued/          if the log was restored from a back-up: from which tree it parted, where and why
timestamps/         answers of a timestamp authority (RFC 3161) about heads, if there are any
schemas/            what the bodies mean, as JSON Schemas
manifest.json       what was asked for; nothing vouches for it

What vouches for the rest is the log's verifier key: one line, NAME+ID+KEY. Have it from somebody
whom you trust, never from a bundle, and set it (NAME is the origin of the journal, which a log
beside it, as .../access, and one that was continued after a restore, as ....2, only add to):

    VKEY='...'

Two programs check everything at once; both are part of Daybook (deploy/verify), neither needs
Daybook, and either can be read in an hour:

    python3 verify.py . --key "$VKEY"
    node verify.mjs . --key "$VKEY"

By hand, in a POSIX shell with OpenSSL 3. The signature of the head:

    head -n 3 checkpoint > text
    printf %s "$VKEY" | cut -d+ -f3- | base64 -d > key
    ID=$({{ printf '%s\\n' '{origin}'; cat key; }} | sha256sum | cut -c1-8)
    while read -r dash name signature; do
      case $dash$name in "—{origin}")
        printf %s "$signature" | base64 -d > line
        [ "$(head -c 4 line | od -An -tx1 | tr -d ' \\n')" = "$ID" ] && tail -c 64 line > signature
      esac
    done < checkpoint
    {{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
      tail -c 32 key; }} > key.der
    openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature

That the body in line 7 is the one of its leaf (the two hashes are the same):

    sed -n 7p events.jsonl | tr -d '\\n' | sha256sum
    sed -n 7p leaves.jsonl
{tile}{stamps}"""

_STAMPS = """
When a head was signed at the latest, by the clock of a timestamp authority, whose certificate
(or that of who vouches for it) has to come from the authority; for each .tsr:

    openssl ts -verify -in timestamps/SIZE.HOST.tsr -data timestamps/SIZE.text -CAfile FILE
"""

_TILE = """
That the leaf in line 7 is in the tree (the two hashes are the same; tiles have 256 of 32 bytes):

    {{ printf '\\000'; sed -n 7p leaves.jsonl | tr -d '\\n'; }} | sha256sum
    cat tile/0/{tile} | tail -c +193 | head -c 32 | od -An -tx1
"""


def readme(head: Head, *, is_part: bool, is_stamped: bool) -> str:
    """Return the text of README.txt."""
    tile = "000" if head.size >= 256 else f"000.p/{head.size}"
    return _README.format(
        origin=head.origin,
        size=head.size,
        position=head.position,
        kind=_PART if is_part else _WHOLE,
        tile="" if is_part else _TILE.format(tile=tile),
        stamps=_STAMPS if is_stamped else "",
    )
