"""What the tables of this room, of `contacts` and of `accounts` hold. Those two stand below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import AdminNotice, Agent, ApiToken, Invitation, Preferences, Team
from consent.import_keeping import lines_of
from consent.models import (
    ChainLink,
    Company,
    ConsentDetail,
    ConsentImport,
    ConsentRecord,
    ConsentState,
    ConsentWord,
    EmailSignUp,
    ImportLine,
    LedgerCheck,
    LegalHold,
    OwnPageLink,
    Processor,
    PurposeBasis,
    RetentionRule,
    RetentionRun,
    SignUp,
    SignUpForm,
    SignUpTopic,
    SignUpWords,
    Topic,
    Wording,
)
from consent.models.data_request import DataRequest
from consent.personal_data import Person, Table, fields, registry
from contacts.attribute_models import (
    AttributeChoice,
    AttributeDefinition,
    ContactAttribute,
    ContactNote,
)
from contacts.models import Contact, ContactMerge, Identity

_PROOF = _(
    "The ledger's entries stay, without words, numbers and names: they show that we were allowed "
    "to write, and that the rest was erased (Art. 17 (3) e GDPR)."
)
_ANSWERED = _(
    "That a request was made and answered stays, without what was said in it: we must be able to "
    "show it (Art. 5 (2) GDPR)."
)


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(*_accounts(), *_contacts(), *_consent())


def _accounts() -> Iterator[Table]:
    yield Table(
        Team, fields(technical="id name hands_out skill_wait_min gives_back_min created_at")
    )
    yield Table(
        Agent,
        fields(
            staff="id email name role language is_active is_superuser availability capacity"
            " languages given_at created_at last_login",
            secret="password",  # noqa: S106 (a field's name)
        ),
    )
    yield Table(
        Preferences,
        fields(
            staff="agent_id time_zone undo_send_s desktop_notifications push_notifications sound"
            " title_count badge show_text"
        ),
    )
    yield Table(
        Invitation,
        fields(
            staff="id email role language invited_by_id created_at expires_at mailed_at accepted_at"
            " withdrawn_at agent_id",
            secret="nonce",  # noqa: S106 (a field's name)
        ),
    )
    yield Table(Invitation.teams.through, fields(staff="id invitation_id team_id"))
    yield Table(Agent.teams.through, fields(staff="id agent_id team_id"))
    yield Table(Agent.groups.through, fields(staff="id agent_id group_id"))
    yield Table(Agent.user_permissions.through, fields(staff="id agent_id permission_id"))
    yield Table(
        ApiToken,
        fields(
            staff="id agent_id name created_at last_used_at revoked_at",
            secret="digest hint",  # noqa: S106 (names of fields)
        ),
    )
    yield Table(  # those of a person's files are removed by `conversations`
        AdminNotice,
        fields(
            technical="id kind subject severity text params link raised_at last_raised_at times"
            " settled_at",
            staff="settled_by_id",
        ),
    )
    yield Table(Group, fields(technical="id name"))
    yield Table(Group.permissions.through, fields(technical="id group_id permission_id"))
    yield Table(Permission, fields(technical="id name content_type_id codename"))
    yield Table(ContentType, fields(technical="id app_label model"))


def _contacts() -> Iterator[Table]:
    yield Table(
        Contact,
        fields(
            person="id name our_name language best_reached",
            technical="merged_into_id created_at updated_at profile_at",
            staff="profile_by_id",
        ),
        lambda person: Contact.objects.filter(pk__in=person.contacts),
    )
    yield Table(
        Identity,
        fields(
            person="contact_id kind value match_key first_seen_at ended_at",
            technical="id learned_with_id",
        ),
        lambda person: Identity.objects.filter(contact__in=person.contacts),
    )
    yield Table(
        ContactMerge,
        fields(
            person="survivor_id absorbed_id moved",
            technical="id reason merged_at undone_at",
            staff="merged_by_id undone_by_id",
        ),
        lambda person: ContactMerge.objects.filter(
            Q(survivor__in=person.contacts) | Q(absorbed__in=person.contacts)
        ),
    )
    yield from _noted()


def _noted() -> Iterator[Table]:
    """What we know and note of a person, and what can be known at all."""
    named = "name_de name_en place is_active"
    yield Table(
        AttributeDefinition,
        fields(technical=f"id key kind is_required in_pane is_sensitive edited_by {named}"),
    )
    yield Table(AttributeChoice, fields(technical=f"id definition_id key {named}"))
    yield Table(
        ContactAttribute,
        fields(
            person="contact_id definition_id text number day yes choice_id",
            technical="id kind updated_at",
            staff="updated_by_id",
        ),
        lambda person: ContactAttribute.objects.filter(contact__in=person.contacts),
    )
    yield Table(
        ContactNote,
        fields(
            person="id contact_id text created_at edited_at",
            technical="client_uuid is_pinned",
            staff="author_id",
        ),
        lambda person: ContactNote.objects.filter(contact__in=person.contacts),
    )


def _consent() -> Iterator[Table]:
    yield Table(
        Topic,
        fields(
            technical="id key name_de name_en description_de description_en frequency_de"
            " frequency_en also_called is_active created_at legal_basis explanation_de"
            " explanation_en expires_after_months proof_years"
        ),
    )
    yield Table(ConsentWord, fields(technical="id language intent word"))
    yield Table(Wording, fields(technical="id key language version text created_at"))
    yield Table(
        ConsentRecord,
        fields(
            ledger="id contact_id purpose topic act source business_number language wording_id"
            " occurred_at clock recorded_at reference_hash content",
        ),
        lambda person: ConsentRecord.objects.filter(contact__in=person.contacts),
        stays=_PROOF,
    )
    yield Table(
        ConsentDetail,
        fields(person="record_id identity words reference evidence", staff="actor", ledger="salt"),
        lambda person: ConsentDetail.objects.filter(record__contact__in=person.contacts),
    )
    yield Table(
        ChainLink,
        fields(ledger="sequence record_id previous_hash hash"),
        lambda person: ChainLink.objects.filter(record__contact__in=person.contacts),
        stays=_PROOF,
    )
    yield Table(
        ConsentState,
        fields(person="contact_id purpose topic act occurred_at", technical="id record_id"),
        lambda person: ConsentState.objects.filter(contact__in=person.contacts),
    )
    yield Table(LedgerCheck, fields(technical="id at entries broken"))
    yield from _sign_ups()
    yield from _processing()
    yield from _imports()
    yield Table(
        DataRequest,
        fields(
            person="note reason file keys",
            ledger="id kind state contact_id asked_at due_at approved_at started_at ended_at"
            " done total needs_two by_rule error expires_at lifted_at proof proof_hash step"
            " worked_at",
            staff="asked_by_id approved_by_id refused_by_id lifted_by_id",
        ),
        _requests,
        stays=_ANSWERED,
        export=_exported_requests,
    )


def _imports() -> Iterator[Table]:
    yield Table(
        ConsentImport,
        fields(
            technical="id state file name size sha256 columns delimiter region uploaded_at"
            " needs_two confirmed_at ended_at done total worked_at failed_in error forgotten_at",
            staff="uploaded_by_id confirmed_by_id statement taken_back_by_id taken_back_why",
        ),
    )
    yield Table(
        ImportLine,
        fields(
            person="cells detail also identity contact_id purpose topics values",
            technical="id batch_id number reason is_known written_at taken_back_at",
        ),
        lines_of,
    )


def _sign_ups() -> Iterator[Table]:
    yield Table(
        SignUpForm,
        fields(
            technical="id slug business_number privacy_url imprint_url valid_minutes by_email"
            " is_active created_at"
        ),
    )
    yield Table(SignUpTopic, fields(technical="id form_id topic_id position"))
    yield Table(SignUpWords, fields(technical="id form_id language title intro who_we_are privacy"))
    yield Table(
        SignUp,
        fields(
            person="contact_id topics language code used_at",
            technical="id form_id business_number wording_id created_at expires_at",
        ),
        lambda person: SignUp.objects.filter(contact__in=person.contacts),
    )

    yield Table(
        EmailSignUp,
        fields(
            person="contact_id topics language number email used_at",
            technical="id form_id business_number wording_id created_at expires_at attempts"
            " retry_at sent_at",
        ),
        lambda person: EmailSignUp.objects.filter(contact__in=person.contacts),
    )
    yield Table(
        OwnPageLink,
        fields(
            person="contact_id identity_id created_at",
            technical="id business_number expires_at revoked_at",
        ),
        lambda person: OwnPageLink.objects.filter(contact__in=person.contacts),
    )


def _processing() -> Iterator[Table]:
    yield Table(
        PurposeBasis,
        fields(
            technical="id purpose legal_basis explanation_de explanation_en expires_after_months"
            " proof_years"
        ),
    )
    yield Table(
        Company,
        fields(
            technical="id name address email phone authority privacy_url imprint_url measures"
            " updated_at",
            staff="representative officer",
        ),
    )
    yield Table(
        Processor,
        fields(technical="id name address does_de does_en country transfer contract_on position"),
    )
    yield Table(RetentionRule, fields(technical="id kind purpose topic_id days changed_at"))
    yield Table(
        RetentionRun,
        fields(technical="id is_dry started_at worked_at ended_at counts failed", staff="by_id"),
    )
    yield Table(
        LegalHold,
        fields(
            person="contact_id set_at lifted_at",
            internal="reason",
            technical="id",
            staff="set_by_id lifted_by_id",
        ),
        lambda person: LegalHold.objects.filter(contact_id__in=person.contacts),
    )


def _requests(person: Person) -> Any:
    return DataRequest.objects.filter(contact_id__in=person.contacts)


def _exported_requests(person: Person) -> Iterator[dict[str, Any]]:
    """What was asked and what became of it; not the work in between."""
    told = (
        *("id", "kind", "state", "asked_at", "due_at", "ended_at", "lifted_at", "note", "reason"),
    )
    yield from _requests(person).order_by("asked_at").values(*told)
