"""The consent room's tables.

- `wording`  topics, the words customers use, and the words they are shown
- `ledger`  what people did: entries, their chain, and what is in force
- `signup`  forms by which people sign up with a message of their own
"""

from consent.models.ledger import (
    Act,
    ChainLink,
    Clock,
    ConsentDetail,
    ConsentRecord,
    ConsentState,
    LedgerCheck,
    Purpose,
    Source,
)
from consent.models.signup import SignUp, SignUpForm, SignUpTopic, SignUpWords
from consent.models.wording import ConsentWord, Topic, Wording

__all__ = [
    "Act",
    "ChainLink",
    "Clock",
    "ConsentDetail",
    "ConsentRecord",
    "ConsentState",
    "ConsentWord",
    "LedgerCheck",
    "Purpose",
    "SignUp",
    "SignUpForm",
    "SignUpTopic",
    "SignUpWords",
    "Source",
    "Topic",
    "Wording",
]
