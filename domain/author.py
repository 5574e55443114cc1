"""Who is recorded as the author of an event: a person with their name, or a program.

`Ana Diaz, LCSW [s-diaz]` is somebody on the staff, by their name, credential and id as of that
moment; `Jo Park [user jpark]` somebody who signs in and is not on the staff list;
`Kiosk front-door [kiosk front-door]` a tablet, at which a patient signed themselves in. An author
in any other form is a program's name, or, in earlier events, the id of somebody on the staff.
"""


def staff_author(name: str, credential: str | None, staff_id: str) -> str:
    """Return the author for somebody on the staff, with the credential that they have then."""
    said = f"{name}, {credential}" if credential else name
    return f"{said} [{staff_id}]"


def user_author(name: str, account: str) -> str:
    """Return the author for somebody who signs in under an account and is not on the staff."""
    return f"{name} [user {account}]"


def kiosk_author(kiosk: str) -> str:
    """Return the author for what patients say themselves at a kiosk."""
    return f"Kiosk {kiosk} [kiosk {kiosk}]"


def is_kiosk(author: str) -> bool:
    """Tell whether an author is a kiosk."""
    _, bracket, rest = author.rpartition(" [")
    return bool(bracket) and rest.startswith("kiosk ") and rest.endswith("]")


def name_of(author: str) -> str:
    """Return an author without the id: as whom people know them."""
    return author.rpartition(" [")[0] or author


def staff_id_of(author: str) -> str:
    """Return the staff id in an author; of one without, such as earlier events have, it itself."""
    _, bracket, rest = author.rpartition(" [")
    is_staff = bracket and rest.endswith("]") and not rest.startswith(("user ", "kiosk "))
    return rest[:-1] if is_staff else author
