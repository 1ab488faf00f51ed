"""Rows for tests: each factory makes one believable row, and every field can be said otherwise."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Agent, ApiToken, Preferences, Role, Team
from consent.ledger import Entry, append
from consent.models import (
    Act,
    ConsentRecord,
    Purpose,
    SignUpForm,
    SignUpTopic,
    SignUpWords,
    Source,
    Topic,
)
from consent.signup_wording import keep_versions
from contacts.models import Contact, Identity, IdentityKind
from conversations.link_code import new_reference
from conversations.models import (
    ChatLink,
    Conversation,
    Direction,
    Label,
    Media,
    MediaKind,
    MediaStatus,
    Message,
    MessageTemplate,
    MessageType,
    Note,
    Reaction,
    Status,
    TemplateCategory,
    TemplateStatus,
)
from inbox.models import CannedResponse, Macro
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber

PASSWORD = "correct horse battery staple"


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")


class AgentFactory(DjangoModelFactory[Agent]):
    """An agent who signs in with `PASSWORD`; `teams=[…]` puts them into teams."""

    class Meta:
        model = Agent
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"agent{n}@example.com")
    name = factory.Sequence(lambda n: f"Anna Agent {n}")
    role = Role.AGENT
    language = "en"
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def teams(self: Agent, create: bool, extracted: list[Team] | None, **_: object) -> None:
        if create and extracted:
            self.teams.set(extracted)


class PreferencesFactory(DjangoModelFactory[Preferences]):
    class Meta:
        model = Preferences

    agent = factory.SubFactory(AgentFactory)


class ContactFactory(DjangoModelFactory[Contact]):
    """A customer with wa_id and phone. `wa_id=""` leaves both out; `bsuid`, `username` add."""

    class Meta:
        model = Contact
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Karla Kundin {n}")

    @classmethod
    def _create(cls, model_class: type[Contact], *args: Any, **kwargs: Any) -> Contact:
        wa_id = kwargs.pop("wa_id", None)
        wa_id = f"49151{uuid.uuid4().int % 10**8:08d}" if wa_id is None else wa_id
        values = {
            IdentityKind.WA_ID: wa_id,
            IdentityKind.PHONE: f"+{wa_id}" if wa_id else "",
            IdentityKind.BSUID: kwargs.pop("bsuid", ""),
            IdentityKind.PARENT_BSUID: kwargs.pop("parent_bsuid", ""),
            IdentityKind.USERNAME: kwargs.pop("username", ""),
        }
        contact = super()._create(model_class, *args, **kwargs)
        Identity.objects.bulk_create(
            [
                Identity(contact=contact, kind=kind, value=value)
                for kind, value in values.items()
                if value
            ]
        )
        return contact


class IdentityFactory(DjangoModelFactory[Identity]):
    class Meta:
        model = Identity

    contact = factory.SubFactory(ContactFactory)
    kind = IdentityKind.BSUID
    value = factory.Sequence(lambda n: f"DE.{10**15 + n}")


class WhatsAppNumberFactory(DjangoModelFactory[WhatsAppNumber]):
    class Meta:
        model = WhatsAppNumber

    name = factory.Sequence(lambda n: f"Service {n}")
    phone_number = factory.Sequence(lambda n: f"+49301234{n:04d}")
    # Never the one of the webhook samples, which tests name.
    phone_number_id = factory.Sequence(lambda n: f"{206853218860000 + n}")
    waba_id = "104996122399160"
    access_token = "development-access-token"


class ChatLinkFactory(DjangoModelFactory[ChatLink]):
    class Meta:
        model = ChatLink

    name = factory.Sequence(lambda n: f"Plakat {n}")
    business_number = factory.SubFactory(WhatsAppNumberFactory)
    greeting_de = "Moin, ich habe eine Frage"
    greeting_en = "Hello, I have a question"
    reference = factory.LazyFunction(new_reference)


class LabelFactory(DjangoModelFactory[Label]):
    class Meta:
        model = Label

    name = factory.Sequence(lambda n: f"Label {n}")


class CannedResponseFactory(DjangoModelFactory[CannedResponse]):
    """For everybody; `agent=…` or `team=…` makes it theirs."""

    class Meta:
        model = CannedResponse

    title = factory.Sequence(lambda n: f"Rucksack {n}")
    shortcut = factory.Sequence(lambda n: f"ruck-{n}")
    text_de = "Guten Tag {{contact.name}}, Nummer {{?Fundnummer}}."
    text_en = "Hello {{contact.name}}, number {{?Number}}."


class MacroFactory(DjangoModelFactory[Macro]):
    """For everybody; takes the conversation."""

    class Meta:
        model = Macro

    name = factory.Sequence(lambda n: f"Macro {n}")
    actions = factory.LazyFunction(lambda: [{"kind": "assign_me", "value": None}])


class ConversationFactory(DjangoModelFactory[Conversation]):
    """Open, the customer wrote an hour ago. Traits: `closed` (window), `resolved`."""

    class Meta:
        model = Conversation
        skip_postgeneration_save = True

    class Params:
        closed = factory.Trait(
            last_inbound_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=25))
        )
        resolved = factory.Trait(
            status=Conversation.Status.RESOLVED, resolved_at=factory.LazyFunction(timezone.now)
        )

    contact = factory.SubFactory(ContactFactory)
    business_number = factory.SubFactory(WhatsAppNumberFactory)
    last_inbound_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    last_message_at = factory.SelfAttribute("last_inbound_at")
    window_expires_at = factory.LazyAttribute(
        lambda row: row.last_inbound_at and row.last_inbound_at + timedelta(hours=24)
    )

    @factory.post_generation
    def labels(
        self: Conversation, create: bool, extracted: list[Label] | None, **_: object
    ) -> None:
        if create and extracted:
            self.labels.set(extracted)


class MessageFactory(DjangoModelFactory[Message]):
    """An inbound text. Trait `outbound`: an agent's answer, delivered."""

    class Meta:
        model = Message

    class Params:
        outbound = factory.Trait(
            direction=Direction.OUTBOUND,
            status=Status.DELIVERED,
            text="We are on it.",
            author=factory.SubFactory(AgentFactory),
            client_uuid=factory.LazyFunction(uuid.uuid4),
        )

    conversation = factory.SubFactory(ConversationFactory)
    business_number = factory.SelfAttribute("conversation.business_number")
    direction = Direction.INBOUND
    type = MessageType.TEXT
    text = factory.Sequence(lambda n: f"Where is my train? ({n})")
    wamid = factory.Sequence(lambda n: f"wamid.TEST{n:08d}")
    status = Status.RECEIVED
    sent_at = factory.LazyFunction(timezone.now)


class ReactionFactory(DjangoModelFactory[Reaction]):
    class Meta:
        model = Reaction

    message = factory.SubFactory(MessageFactory)
    direction = Direction.INBOUND
    emoji = "👍"
    reacted_at = factory.LazyFunction(timezone.now)


class MediaFactory(DjangoModelFactory[Media]):
    """A ready PNG of one pixel, on an inbound image message; `message=None` for an upload."""

    class Meta:
        model = Media

    message = factory.SubFactory(MessageFactory, type=MessageType.IMAGE, text="")
    kind = MediaKind.IMAGE
    status = MediaStatus.READY
    mime_type = "image/png"
    filename = "ticket.png"
    file = factory.django.ImageField(filename="ticket.png", width=1, height=1, format="PNG")
    size = 69


class NoteFactory(DjangoModelFactory[Note]):
    class Meta:
        model = Note

    conversation = factory.SubFactory(ConversationFactory)
    author = factory.SubFactory(AgentFactory)
    text = "Was friendly on the phone."
    created_at = factory.LazyFunction(timezone.now)


class MessageTemplateFactory(DjangoModelFactory[MessageTemplate]):
    """An approved utility template with one variable; `business_numbers=[…]` names its numbers."""

    class Meta:
        model = MessageTemplate
        skip_postgeneration_save = True

    account = "104996122399160"
    external_id = factory.Sequence(lambda n: f"{1_500_000_000 + n}")
    name = factory.Sequence(lambda n: f"service_update_{n}")
    language = "de"
    category = TemplateCategory.UTILITY
    status = TemplateStatus.APPROVED
    components = factory.LazyFunction(
        lambda: [{"type": "BODY", "text": "Hallo {{1}}, wir melden uns zu Ihrer Frage."}]
    )
    synced_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def business_numbers(
        self: MessageTemplate, create: bool, extracted: list[WhatsAppNumber] | None, **_: object
    ) -> None:
        if create and extracted:
            self.business_numbers.set(extracted)


class ConsentRecordFactory(DjangoModelFactory[ConsentRecord]):
    """An entry written as everything is: through the ledger."""

    class Meta:
        model = ConsentRecord

    contact = factory.SubFactory(ContactFactory)
    purpose = Purpose.SERVICE
    act = Act.GRANTED
    source = Source.MESSAGE
    words = "Hallo"
    reference = factory.Sequence(lambda n: f"wamid.CONSENT{n:08d}")
    occurred_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[ConsentRecord], *args: Any, **kwargs: Any) -> ConsentRecord:
        [record] = append([Entry(*args, **kwargs)])
        return record


class WebhookEventFactory(DjangoModelFactory[WebhookEvent]):
    class Meta:
        model = WebhookEvent

    body = b'{"object": "whatsapp_business_account", "entry": []}'
    received_at = factory.LazyFunction(timezone.now)
    state = EventState.PENDING
    reason = ""
    phone_number_id = ""
    fields = ""
    attempts = 0


def issue_token(agent: Agent) -> str:
    """A new REST token of `agent`."""
    return ApiToken.issue(agent, "tests")


class SignUpFormFactory(DjangoModelFactory[SignUpForm]):
    """A form in German and English; it offers `news` and `line-s1` unless told `offers=[…]`."""

    class Meta:
        model = SignUpForm
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"form-{n}")
    business_number = "+4930123456"
    privacy_url = "https://example.com/privacy"
    imprint_url = "https://example.com/imprint"

    @factory.post_generation
    def offers(self: SignUpForm, create: bool, extracted: list[str] | None, **_: object) -> None:
        for position, key in enumerate(extracted or ["news", "line-s1"]):
            names = {"name_de": f"Thema {key}", "name_en": f"Topic {key}"}
            topic, _created = Topic.objects.get_or_create(key=key, defaults=names)
            SignUpTopic.objects.create(form=self, topic=topic, position=position)
        for language in ("de", "en"):
            SignUpWords.objects.create(
                form=self,
                language=language,
                title=f"Title {language}",
                intro="We write when a train is late.",
                who_we_are="*Bahn GmbH*, Ahrensburg.",
                privacy="You can withdraw at any time.",
            )
        keep_versions(self)
