"""How often Python looks for garbage: it is looked for among all that was imported, too."""

import gc


def look_rarely() -> None:
    """Look hardly ever, in a command that ends soon: it takes a fifth of the time of imports."""
    gc.set_threshold(200_000)


def look_in_short_steps() -> None:
    """Look often among what is new and rarely among what is kept, in a process that runs on.

    What was imported is not looked through any more. To look through thousands of aggregates takes
    a twentieth of a second, in which nothing else is done.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 1000)


def look_no_more() -> None:
    """Look no more, at the end: Python would look through everything twice on its way out."""
    gc.freeze()
