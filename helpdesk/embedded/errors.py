"""What can go wrong with the embedded servers, each said in one sentence."""


class EmbeddedError(Exception):
    """The embedded servers cannot run. `str(error)` is one sentence for a person to act on."""
