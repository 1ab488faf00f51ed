"""What agents write down of a person: attributes, what we call them, notes. Each place of the pane
fetches its form, posts it, and is fetched again; refusals are JSON with words by field."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import AgentRequest
from contacts.attribute_models import AttributeDefinition, ContactAttribute, ContactNote
from contacts.attributes import AttributeRefused, form_field, input_of, set_attribute
from contacts.models import Contact
from contacts.person_notes import (
    LONGEST_NOTE,
    NoteRefused,
    NotYours,
    delete_contact_note,
    edit_contact_note,
    pin_contact_note,
    write_contact_note,
)
from contacts.profile import PROFILE, ProfileRefused, set_profile
from conversations.access import require_writer
from conversations.errors import Malformed, NotAllowed
from inbox.doors import agent_view
from inbox.person import person_context, visible_contact

# What customers of these companies speak; any other can be typed in the admin or comes by itself.
LANGUAGES = (
    *("de", "en", "ar", "bg", "cs", "da", "el", "es", "fa", "fr", "hr", "hu", "it", "nl", "pl"),
    *("pt", "ro", "ru", "sr", "sv", "tr", "uk", "vi", "zh-hans"),
)


@agent_view
@never_cache
@require_safe
def details(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The person's blocks on their own page."""
    contact = visible_contact(request.agent, pk)
    prefetch_related_objects([contact], "identities")
    return render(
        request, "inbox/person.html", person_context(contact, request.agent, in_pane=False)
    )


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attribute(request: AgentRequest, pk: UUID, definition_pk: int) -> HttpResponse:
    """One attribute: its field, or the value it takes from now on."""
    contact = visible_contact(request.agent, pk)
    require_writer(request.agent)
    definition = get_object_or_404(AttributeDefinition, pk=definition_pk)
    if not definition.is_seen_by(request.agent):
        raise Http404
    if request.method == "POST":
        try:
            set_attribute(contact, definition, request.POST.get("value", ""), request.agent)
        except AttributeRefused as refused:
            raise Malformed({"value": [refused.message]}) from refused
        return HttpResponse(status=204)
    if not definition.is_edited_by(request.agent):
        raise NotAllowed
    row = ContactAttribute.objects.filter(contact=contact, definition=definition)
    context = {
        "contact": contact,
        "definition": definition,
        "field": form_field(definition),
        "value": input_of(row.select_related("choice").first()),
    }
    return render(request, "inbox/person_attribute_form.html", context)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: AgentRequest, pk: UUID) -> HttpResponse:
    """What we call the person, their language, and when they are best reached."""
    contact = visible_contact(request.agent, pk)
    require_writer(request.agent)
    if request.method != "POST":
        known = contact.language in LANGUAGES or not contact.language
        languages = LANGUAGES if known else (contact.language, *LANGUAGES)
        context = {"contact": contact, "languages": languages}
        return render(request, "inbox/person_profile_form.html", context)
    said = {field: request.POST.get(field, "") for field in PROFILE}
    try:
        set_profile(contact, request.agent, **said)
    except ProfileRefused as refused:
        raise Malformed({field: [*words] for field, words in refused.errors.items()}) from refused
    return HttpResponse(status=204)


class NoteForm(forms.Form):
    """The words are checked by the service, which says what is wrong with them."""

    text = forms.CharField(required=False, strip=False)
    client_uuid = forms.UUIDField(required=False)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: AgentRequest, pk: UUID) -> HttpResponse:
    """A new note on the person."""
    contact = visible_contact(request.agent, pk)
    require_writer(request.agent)
    if request.method != "POST":
        return _note_form(request, contact, None)
    text, client_uuid = _note_of(request)
    try:
        write_contact_note(contact, text, request.agent, client_uuid)
    except NoteRefused as refused:
        raise Malformed({"text": [refused.message]}) from refused
    return HttpResponse(status=201)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: AgentRequest, pk: UUID, note_pk: UUID) -> HttpResponse:
    """One's own note, to change its words."""
    contact, found = _note(request, pk, note_pk)
    if request.method != "POST":
        return _note_form(request, contact, found)
    try:
        edit_contact_note(found, _note_of(request)[0], request.agent)
    except NotYours as refused:
        raise NotAllowed from refused
    except NoteRefused as refused:
        raise Malformed({"text": [refused.message]}) from refused
    return HttpResponse(status=204)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete_note(request: AgentRequest, pk: UUID, note_pk: UUID) -> HttpResponse:
    """Asks once, and then it is gone."""
    contact, found = _note(request, pk, note_pk)
    if request.method != "POST":
        context = {"contact": contact, "note": found}
        return render(request, "inbox/person_note_delete.html", context)
    try:
        delete_contact_note(found, request.agent)
    except NotYours as refused:
        raise NotAllowed from refused
    return HttpResponse(status=204)


@agent_view
@never_cache
@require_http_methods(["POST"])
def pin_note(request: AgentRequest, pk: UUID, note_pk: UUID) -> HttpResponse:
    """`pinned=1` puts the note first for everybody, anything else among the others."""
    _contact, found = _note(request, pk, note_pk)
    pin_contact_note(found, request.agent, pinned=request.POST.get("pinned") == "1")
    return HttpResponse(status=204)


def _note(request: AgentRequest, pk: UUID, note_pk: UUID) -> tuple[Contact, ContactNote]:
    contact = visible_contact(request.agent, pk)
    require_writer(request.agent)
    return contact, get_object_or_404(ContactNote, pk=note_pk, contact=contact)


def _note_of(request: AgentRequest) -> tuple[str, UUID | None]:
    form = NoteForm(request.POST)
    form.is_valid()  # a strange UUID is none; NUL bytes are the service's
    return request.POST.get("text", ""), form.cleaned_data.get("client_uuid")


def _note_form(request: AgentRequest, contact: Contact, found: ContactNote | None) -> HttpResponse:
    context = {
        "contact": contact,
        "note": found,
        "limit": LONGEST_NOTE,
        "client_uuid": uuid4(),  # a double click is one note
    }
    return render(request, "inbox/person_note_form.html", context)
