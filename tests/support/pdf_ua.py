"""What a PDF lacks of PDF/UA-1 (ISO 14289-1), as far as a program can tell without a validator.

The checks are those of the Matterhorn Protocol 1.1 that a program can make here, by its numbers; it
is typst that says that a file is PDF/UA-1, and this is a second opinion.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, IndirectObject

SHOWS = {b"Tj", b"TJ", b"'", b'"', b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"Do"}
"""The operators that put something on a page."""

PARENTS: Mapping[str, set[str]] = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    **{each: {"TR"} for each in ("TH", "TD")},
    **{each: {"Table"} for each in ("THead", "TBody", "TFoot")},
}
"""Of what a part of a table is a part."""

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")


def faults_of(reader: PdfReader) -> tuple[str, ...]:
    """Return what is wrong, each with the checkpoint that it fails."""
    root: Any = reader.trailer["/Root"]
    return (
        *_of_itself(root),
        *_of_structure(root["/StructTreeRoot"].get_object()),
        *(
            f"page {number}: {fault}"
            for number, page in enumerate(reader.pages, start=1)
            for fault in (*_of_page(page, reader), *_of_fonts(page))
        ),
    )


def _of_itself(root: Any) -> Iterator[str]:
    if not _is_set(root, "/MarkInfo", "/Marked"):
        yield "01-007: it does not say that it is tagged"
    if _is_set(root, "/MarkInfo", "/Suspects"):
        yield "02-001: its tags are suspect"
    if not _is_set(root, "/ViewerPreferences", "/DisplayDocTitle"):
        yield "07-002: its title is not shown"
    if not root.get("/Lang"):
        yield "11-006: its language is not said"


def _is_set(root: Any, where: str, name: str) -> bool:
    found = root.get(where, {}).get(name)
    return found is not None and bool(found.value)


def _of_structure(tree: Any) -> Iterator[str]:
    roles = {str(a): str(b) for a, b in tree.get("/RoleMap", {}).items()}
    last = 0
    for node, parent in _nodes(tree, "Document", roles):
        kind = _kind(node, roles)
        if kind in HEADINGS:
            level = HEADINGS.index(kind) + 1
            if level > last + 1:
                yield f"14-003: {kind} follows a heading of level {last}"
            last = level
        if kind in PARENTS and parent not in PARENTS[kind]:
            yield f"15-003: a {kind} in a {parent}"
        if kind == "TH" and not _scope(node):
            yield "15-003: a header of no scope"
        if kind in {"Figure", "Formula"} and not node.get("/Alt"):
            yield f"13-004: a {kind} without words for it"


def _nodes(node: Any, parent: str, roles: dict[str, str]) -> Iterator[tuple[Any, str]]:
    kind = _kind(node, roles) or parent
    if "/S" in node:
        yield node, parent
    kids = node.get("/K", [])
    kids = kids.get_object() if isinstance(kids, IndirectObject) else kids
    for each in kids if isinstance(kids, list) else [kids]:
        kid = each.get_object() if isinstance(each, IndirectObject) else each
        if isinstance(kid, dict) and ("/S" in kid or "/K" in kid):
            yield from _nodes(kid, kind, roles)


def _kind(node: Any, roles: dict[str, str]) -> str:
    kind = str(node.get("/S", ""))
    return roles.get(kind, kind).lstrip("/")


def _scope(node: Any) -> bool:
    said: Any = node.get("/A", [])
    said = said.get_object() if isinstance(said, IndirectObject) else said
    of = [each.get_object() for each in (said if isinstance(said, list) else [said])]
    return any("/Scope" in each for each in of if isinstance(each, dict))


def _of_page(page: PageObject, reader: PdfReader) -> Iterator[str]:
    """Yield what is drawn and is neither tagged nor an artifact, and tabs in no order."""
    if "/StructParents" not in page:
        yield "01-005: nothing leads from the page to its tags"
    content: Any = page.get_contents()
    open_marks: list[bool] = []
    for operands, operator in ContentStream(content, reader).operations if content else ():
        if operator in {b"BDC", b"BMC"}:
            said = operands[1] if len(operands) > 1 else {}
            is_told = operands[0] == "/Artifact" or (isinstance(said, dict) and "/MCID" in said)
            open_marks.append(is_told)
        elif operator == b"EMC":
            open_marks.pop()
        elif operator in SHOWS and not any(open_marks):
            yield f"01-005: {operator.decode()} outside of what is tagged"
    if open_marks:
        yield "01-004: a mark that does not end"


def _of_fonts(page: PageObject) -> Iterator[str]:
    """Yield fonts that do not come with the file, or do not say which letters they draw."""
    fonts: Any = page.get("/Resources", {}).get("/Font", {})
    for name, each in fonts.items():
        font = each.get_object()
        if "/ToUnicode" not in font:
            yield f"10-001: {name} does not say which letters it draws"
        [below] = font.get("/DescendantFonts", [font])
        of: Any = below.get_object()["/FontDescriptor"].get_object()
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & of.keys():
            yield f"31-009: {name} is not in the file"
