"""The consent room's tables.

- `wording`  topics, the words customers use, and the words they are shown
- `ledger`  what people did: entries, their chain, and what is in force
- `data_request`  what people ask about their data
- `processing`  on what legal basis, who is responsible, who else gets data
- `retention`  how long things are kept, the runs that remove them, and legal holds
- `importing`  consents given elsewhere, with evidence for each
- `signup`  forms by which people sign up with a message of their own
- `email_sign_up`  the same by e-mail, where a form allows it
- `own_page`  links to the customer's own page
"""

from consent.models.basis import LegalBasis
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.models.email_sign_up import EmailSignUp
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
from consent.models.own_page import OwnPageLink
from consent.models.processing import Company, Processor, PurposeBasis, Transfer
from consent.models.retention import LegalHold, RetentionRule, RetentionRun
from consent.models.signup import SignUp, SignUpForm, SignUpTopic, SignUpWords
from consent.models.wording import ConsentWord, Topic, Wording

__all__ = [
    "Act",
    "ChainLink",
    "Clock",
    "Company",
    "ConsentDetail",
    "ConsentImport",
    "ConsentRecord",
    "ConsentState",
    "ConsentWord",
    "DataRequest",
    "EmailSignUp",
    "ImportLine",
    "ImportState",
    "LedgerCheck",
    "LegalBasis",
    "LegalHold",
    "LineReason",
    "OwnPageLink",
    "Processor",
    "Purpose",
    "PurposeBasis",
    "RequestKind",
    "RequestState",
    "RetentionRule",
    "RetentionRun",
    "SignUp",
    "SignUpForm",
    "SignUpTopic",
    "SignUpWords",
    "Source",
    "Topic",
    "Transfer",
    "Wording",
]
