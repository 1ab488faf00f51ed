"""The demo's opening hours, service level, survey and rules at the door.

The service number is there around the clock, so that whoever tries the demo at night meets no away
message, and promises run at any hour; the ticket office shows hours with holidays, for a number
that has none yet.
"""

from __future__ import annotations

from accounts.models import Team
from automation.models import AssignmentRule, BusinessCalendar, CsatSurvey, NumberHours, SlaPolicy
from automation.week_text import as_json, read_day
from conversations.models import BusinessNumber, Priority
from helpdesk.demo.people import LOST

_COMPLAINTS = ["Beschwerde*", "unverschämt*", "complaint*"]
_LOST = ["Fundsache*", "Fundbüro", "liegen gelassen", "lost property"]
ROUND_THE_CLOCK, OFFICE = "Rund um die Uhr", "Fahrkartenschalter"
LEVEL = "Kundenservice"
_DAY = read_day("0–24")
_OFFICE = [read_day("9:00–18:00")] * 5 + [read_day("10:00–14:00"), ()]
AWAY_DE = (
    "Moin {{contact.first_name}}, gerade ist niemand am Platz. Wir sind {{opens_at}} wieder da und"
    " antworten Ihnen dann."
)
AWAY_EN = (
    "Hello {{contact.first_name}}, nobody is here at the moment. We are back {{opens_at}} and will"
    " answer you then."
)
HOLIDAY_DE = (
    "Moin {{contact.first_name}}, heute ist {{holiday}}. Wir sind {{opens_at}} wieder für Sie da."
)
HOLIDAY_EN = "Hello {{contact.first_name}}, today is {{holiday}}. We are back {{opens_at}}."


def promise_service(number: BusinessNumber) -> None:
    """Once: what somebody has changed or renamed since stays as it is."""
    if NumberHours.objects.filter(business_number=number).exists():
        return
    always, _made = BusinessCalendar.objects.get_or_create(
        name=ROUND_THE_CLOCK, defaults={"week": as_json([_DAY] * 7)}
    )
    BusinessCalendar.objects.get_or_create(
        name=OFFICE,
        defaults={"week": as_json(_OFFICE), "country": "DE", "subdivision": "SH"},
    )
    NumberHours.objects.create(
        business_number=number,
        calendar=always,
        is_active=True,
        away_de=AWAY_DE,
        away_en=AWAY_EN,
        holiday_de=HOLIDAY_DE,
        holiday_en=HOLIDAY_EN,
    )
    SlaPolicy.objects.get_or_create(
        name=LEVEL,
        defaults={
            "calendar": always,
            "first_response_min": 60,
            "next_response_min": 120,
            "resolution_min": 2 * 24 * 60,
        },
    )
    CsatSurvey.objects.get_or_create(
        business_number=number, defaults={"is_active": True, "delay_min": 1}
    )
    _hang_rules(number)


def _hang_rules(number: BusinessNumber) -> None:
    """Complaints are urgent, and what was lost goes to those who look for it."""
    if AssignmentRule.objects.exists():
        return
    complaint = AssignmentRule.objects.create(
        name="Beschwerden zuerst",
        place=10,
        words=_COMPLAINTS,
        priority=Priority.HIGH,
        goes_on=True,
    )
    complaint.numbers.add(number)
    lost = Team.objects.filter(name=LOST).first()
    if lost is not None:
        rule = AssignmentRule.objects.create(name="Fundsachen", place=20, words=_LOST, team=lost)
        rule.numbers.add(number)
