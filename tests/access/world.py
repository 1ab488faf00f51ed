"""Two customers: one whom the agents of a team serve, and one who is none of their business.

What stands behind each parameter of an address is said here, once. A new kind of object in an
address makes `tests/access/test_walk.py` fail until it is named in `Thing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Agent, Invitation, Role, Team
from contacts.attribute_models import AttributeDefinition, ContactNote
from contacts.attributes import set_attribute
from contacts.merging import merge_contacts
from contacts.models import MergeReason
from conversations.models import Conversation
from inbox.models import BulkRun, PushSubscription, SavedView
from tests import factories
from tests.access.routes import PARAMETER, Route

# In everything that is hidden: no answer to somebody it is hidden from may say it.
SECRET = "Zobelpfad-7"
# What finds it.
SEARCH = "Zobel"


@dataclass(frozen=True)
class Thing:
    """What one address names, by (segment before the parameter, name of the parameter)."""

    values: dict[tuple[str, str], object]

    def url(self, route: Route) -> str:
        """The address of `route` for this thing; raises KeyError for a parameter nobody named."""
        values = [self.values[parameter] for parameter in route.parameters]
        return "/" + PARAMETER.sub(lambda _: str(values.pop(0)), route.path)


@dataclass(frozen=True)
class World:
    shown: Thing
    hidden: Thing
    agents: dict[str, Agent]
    conversation: Conversation
    elsewhere: Conversation


def build_world() -> World:
    """Agents of one team in each role (a lead, too), and two customers."""
    team, others = factories.TeamFactory.create(), factories.TeamFactory.create()
    agents = {
        role: factories.AgentFactory.create(role=role, teams=[team], language="en")
        for role in Role.values
    }
    somebody = factories.AgentFactory.create(role=Role.AGENT, teams=[others])
    shown, conversation = _thing(team, agents[Role.AGENT], "Birkenweg-3")
    hidden, elsewhere = _thing(others, somebody, SECRET)
    elsewhere.business_number.teams.set([others])
    return World(shown, hidden, agents, conversation, elsewhere)


def _thing(team: Team, agent: Agent, words: str) -> tuple[Thing, Conversation]:
    contact = factories.ContactFactory.create(name=f"{words} Kundin")
    invitation = Invitation.objects.create(
        email=f"{words}@example.com", nonce="n", expires_at=timezone.now() + timedelta(days=7)
    )
    conversation = factories.ConversationFactory.create(contact=contact, team=team)
    message = factories.MessageFactory.create(conversation=conversation, text=f"An: {words}")
    picture = factories.MediaFactory.create(
        message__conversation=conversation, filename=f"{words}.png"
    )
    factories.NoteFactory.create(conversation=conversation, text=f"Wohnt {words}")
    record = factories.ConsentRecordFactory.create(contact=contact, words=words)
    template = factories.MessageTemplateFactory.create(
        business_numbers=[conversation.business_number]
    )
    conversation.last_message = message
    conversation.unread = 1
    conversation.save(update_fields=["last_message", "unread"])
    return Thing(
        {
            **_of_a_person(conversation, agent, words),
            **_of_an_agent(agent, words),
            ("conversations", "pk"): conversation.pk,
            ("contacts", "pk"): contact.pk,
            ("messages", "pk"): message.pk,
            # Of the house, for admins only.
            ("invitations", "pk"): invitation.pk,
            ("check", "pk"): conversation.business_number_id,
            ("subscribe", "pk"): conversation.business_number_id,
            ("media", "pk"): picture.pk,
            ("consent-records", "pk"): record.pk,
            ("business-numbers", "pk"): conversation.business_number_id,
            ("templates", "template_pk"): template.pk,
            # Parts of an address that are no object of anybody's.
            ("compose", "name"): "location",
            ("contacts", "place"): 0,
            ("contacts", "kind"): "json",
            ("evidence.", "kind"): "json",
        }
    ), conversation


def _of_a_person(
    conversation: Conversation, agent: Agent, words: str
) -> dict[tuple[str, str], object]:
    """What is noted of a customer, another customer they could be, and one they were."""
    contact = conversation.contact
    names = {"name_de": "Sitzplatz", "name_en": "Seat"}
    seat, _made = AttributeDefinition.objects.get_or_create(
        key="seat", defaults={"kind": "text", **names}
    )
    set_attribute(contact, seat, words, agent)
    note = ContactNote.objects.create(
        contact=contact, author=agent, text=f"Mag {words}", created_at=timezone.now()
    )
    twin = factories.ContactFactory.create(name=f"{words} Zweite")
    factories.ConversationFactory.create(
        contact=twin, team=conversation.team, business_number=conversation.business_number
    )
    former = factories.ContactFactory.create(name=f"{words} Alt")
    merge = merge_contacts(contact, former, MergeReason.BY_HAND, agent)
    return {
        ("attributes", "definition_pk"): seat.pk,
        ("notes", "note_pk"): note.pk,
        ("merge", "other_pk"): twin.pk,
        ("merges", "merge_pk"): merge.pk,
    }


def _of_an_agent(agent: Agent, words: str) -> dict[tuple[str, str], object]:
    """What an agent keeps for themselves."""
    view = SavedView.objects.create(owner=agent, name=words)
    run = BulkRun.objects.create(agent=agent, action="resolve", total=0, state=BulkRun.State.DONE)
    canned = factories.CannedResponseFactory.create(agent=agent, title=words, text_de=words)
    macro = factories.MacroFactory.create(agent=agent, name=words)
    browser = PushSubscription.objects.create(
        agent=agent, endpoint="https://push.example/", endpoint_digest=words, label=words
    )
    return {
        ("views", "pk"): view.pk,
        ("runs", "pk"): run.pk,
        ("canned", "pk"): canned.pk,
        ("canned-responses", "pk"): canned.pk,
        ("macros", "pk"): macro.pk,
        ("macros", "macro_pk"): macro.pk,
        ("push", "pk"): browser.pk,
    }
