"""The automation room's tables.

- `calendar`  opening hours, special days, away messages and to whom they went
- `sla`  service levels and the clock of each promise
- `rule`  where conversations go that customers begin, and what each rule did
- `survey`  satisfaction: whom to ask, and what they answered
- `progress`  how far events were followed
"""

from automation.models.calendar import AwayNotice, BusinessCalendar, NumberHours, SpecialDay
from automation.models.progress import Progress
from automation.models.rule import AssignmentRule, AtHours, CameBy, RuleRun
from automation.models.sla import Notify, SlaClock, SlaPolicy
from automation.models.survey import CsatAnswer, CsatRequest, CsatSurvey, Scale

__all__ = [
    "AssignmentRule",
    "AtHours",
    "AwayNotice",
    "BusinessCalendar",
    "CameBy",
    "CsatAnswer",
    "CsatRequest",
    "CsatSurvey",
    "Notify",
    "NumberHours",
    "Progress",
    "RuleRun",
    "Scale",
    "SlaClock",
    "SlaPolicy",
    "SpecialDay",
]
