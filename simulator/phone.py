"""placeholder until the phone is written a moment later"""

from starlette.routing import BaseRoute


def routes() -> list[BaseRoute]:
    """None yet."""
    return []
