"""The forms of an author, and who on the staff it is."""

import pytest

from domain.author import is_kiosk, kiosk_author, name_of, staff_author, staff_id_of, user_author


@pytest.mark.parametrize(
    ("author", "who"),
    [
        (staff_author("Ana Diaz", "LCSW", "s-diaz"), "s-diaz"),
        (staff_author("Ana Diaz", None, "s-diaz"), "s-diaz"),
        (staff_author("Ana [Annie] Diaz", "LCSW", "s-diaz"), "s-diaz"),
        ("s-diaz", "s-diaz"),
    ],
)
def test_somebody_on_the_staff_is_the_same_one_under_each_name_and_credential(
    author: str, who: str
) -> None:
    assert staff_id_of(author) == who


@pytest.mark.parametrize(
    "author",
    [
        user_author("Jo Park", "s-diaz"),
        user_author("Jo Park [s-diaz]", "jpark"),
        kiosk_author("s-diaz"),
        "jpark[s-diaz]",
        "import",
        "",
    ],
)
def test_nobody_else_is_taken_for_somebody_on_the_staff(author: str) -> None:
    assert staff_id_of(author) == author


def test_an_author_says_who_it_was_in_words() -> None:
    assert staff_author("Ana Diaz", "LCSW", "s-diaz") == "Ana Diaz, LCSW [s-diaz]"
    assert user_author("Jo Park", "jpark") == "Jo Park [user jpark]"


def test_a_kiosk_is_told_from_people() -> None:
    kiosk = kiosk_author("door-1")
    assert (kiosk, name_of(kiosk)) == ("Kiosk door-1 [kiosk door-1]", "Kiosk door-1")
    assert is_kiosk(kiosk)
    people = (
        *(user_author("kiosk", "kiosk"), user_author("Jo [kiosk x]", "jpark")),
        *(staff_author("Kiosk", None, "kiosk"), "kiosk", "door [kiosk"),
    )
    assert not any(map(is_kiosk, people))
