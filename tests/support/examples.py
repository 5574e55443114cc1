"""How many examples Hypothesis tries: few, and the same each time; or as many as one likes.

`EXAMPLES=10000` goes on a hunt for others (`make hunt`).
"""

import os
from typing import Any

from hypothesis import HealthCheck, settings

ON_A_HUNT = "EXAMPLES" in os.environ
FEW = 25


def examples(few: int = FEW, **others: Any) -> settings:
    """Return the settings of a test for which so many examples are enough, day by day."""
    return settings(
        max_examples=int(os.environ.get("EXAMPLES", few)),
        derandomize=not ON_A_HUNT,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **others,
    )
