"""The consent room in Django admin: the ledger to be read, topics, words and forms to be set, what
people ask about their data."""

from consent.admin import imports, records, rights, signup, words

__all__ = ["imports", "records", "rights", "signup", "words"]
