"""The consent room in Django admin: the ledger to be read, topics, words and forms to be set, what
people ask about their data, how long things are kept, and who is responsible."""

from consent.admin import holds, imports, processing, records, retention, rights, signup, words

__all__ = [
    "holds",
    "imports",
    "processing",
    "records",
    "retention",
    "rights",
    "signup",
    "words",
]
