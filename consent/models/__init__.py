"""The consent room's tables.

- `wording`  topics, the words customers use, and the words they are shown
- `ledger`  what people did: entries, their chain, and what is in force
- `data_request`  what people ask about their data
- `importing`  consents given elsewhere, with evidence for each
- `signup`  forms by which people sign up with a message of their own
"""

from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.models.importing import ConsentImport, ImportLine, ImportState, LineReason
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
    "ConsentImport",
    "ConsentRecord",
    "ConsentState",
    "ConsentWord",
    "DataRequest",
    "ImportLine",
    "ImportState",
    "LedgerCheck",
    "LineReason",
    "Purpose",
    "RequestKind",
    "RequestState",
    "SignUp",
    "SignUpForm",
    "SignUpTopic",
    "SignUpWords",
    "Source",
    "Topic",
    "Wording",
]
