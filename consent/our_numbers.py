"""What our numbers are called that consents name. The room that keeps them says more than we know.

`describe` is the number itself, and none is ours, until that room puts its own in
(`conversations/apps.py`).
"""

from __future__ import annotations

from collections.abc import Callable


class OurNumbers:
    """One place, so that it can be replaced when Django is ready."""

    describe: Callable[[str], str] = staticmethod(str)
    # Whether a number (E.164) is one of ours, active or not.
    includes: Callable[[str], bool] = staticmethod(lambda _number: False)
