"""What cannot be done now, with a sentence that says why."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """It cannot be done now; `sentence` says why."""

    def __init__(self, sentence: Promise | str) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
