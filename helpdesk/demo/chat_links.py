"""The demo's click-to-chat links: a poster in a train and a button on a page, with a past."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from conversations.models import BusinessNumber, ChatLink, ChatLinkDay, Conversation

POSTER, BUTTON = "RE7P4T", "K3QW8B"
LINKS = (
    {
        "reference": POSTER,
        "name": "Plakat RE 7",
        "campaign": "Herbst 2026",
        "place": "Zug 4711, Wagen 3",
        "headline_de": "Fragen zur Fahrt? Schreiben Sie uns.",
        "headline_en": "Questions about your journey? Write to us.",
        "greeting_de": "Moin, ich sitze im RE 7 und habe eine Frage:",
        "greeting_en": "Hello, I am on the RE 7 and have a question:",
    },
    {
        "reference": BUTTON,
        "name": "Knopf auf nordlicht.example",
        "campaign": "Website",
        "place": "Seite „Kontakt“",
        "greeting_de": "Hallo, ich komme von Ihrer Website.",
        "greeting_en": "Hello, I come from your website.",
    },
)
# How often the poster was opened, day by day up to yesterday.
OPENED = (3, 5, 4, 9, 12, 7, 2, 6, 8, 8, 11, 14, 9, 4)
CAME = 3


def hang_up_links(number: BusinessNumber, now: datetime) -> None:
    """Those that are missing, unless the number has no phone number to write to."""
    if not number.phone_number:
        return
    for values in LINKS:
        link, made = ChatLink.objects.get_or_create(
            reference=values["reference"], defaults={**values, "business_number": number}
        )
        if made and link.reference == POSTER:
            _give_a_past(link, now)


def _give_a_past(link: ChatLink, now: datetime) -> None:
    """Days on which it was opened, and some of the demo's customers who came by it."""
    today = timezone.localdate(now)
    ChatLinkDay.objects.bulk_create(
        ChatLinkDay(link=link, day=today - timedelta(days=ago), opened=opened)
        for ago, opened in enumerate(reversed(OPENED), start=1)
    )
    rows = Conversation.objects.filter(business_number=link.business_number, chat_link=None)
    for row in rows.exclude(last_inbound_at=None).order_by("-last_inbound_at")[3 : 3 + CAME]:
        row.chat_link, row.came_at = link, row.last_inbound_at
        row.save(update_fields=["chat_link", "came_at"])
