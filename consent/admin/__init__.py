"""The consent room in Django admin: the ledger to be read, topics, words and forms to be set."""

from consent.admin import records, signup, words

__all__ = ["records", "signup", "words"]
