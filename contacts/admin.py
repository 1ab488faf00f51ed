"""Contacts in Django admin. None is made here: whoever is one wrote to us or signed up (law 1).

Two that are the same person are merged here, after a look at what that does; and split again.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import KeptAdmin, ReadOnlyInline, action, display
from accounts.models import Agent
from contacts.attribute_admin import AttributeInline
from contacts.merging import MergeRefused, merge_contacts, planned, undo_merge
from contacts.models import Contact, ContactMerge, Identity, MergeReason
from contacts.notes import notes_about

LIST = "admin:contacts_contact_changelist"
PAGE = "admin:contacts_contact_change"


class IdentityInline(ReadOnlyInline):
    model = Identity
    hide_title = True
    fields = ("kind", "value", "first_seen_at", "ended_at")
    readonly_fields = fields


class MergeInline(ReadOnlyInline):
    """Who turned out to be this contact."""

    model = ContactMerge
    fk_name = "survivor"
    hide_title = True
    verbose_name_plural = _("merged into this contact")
    fields = ("show_absorbed", "reason", "merged_at", "merged_by", "undone_at", "undone_by", "undo")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContactMerge]:
        found: QuerySet[ContactMerge] = super().get_queryset(request)
        return found.select_related("merged_by", "undone_by", "absorbed")

    @display(description=_("was"))
    def show_absorbed(self, merge: ContactMerge) -> SafeString:
        return _link(merge.absorbed, merge.absorbed_name)

    @display(description=_("split"))
    def undo(self, merge: ContactMerge) -> SafeString | str:
        if merge.undone_at:
            return ""
        return _undo_link(merge)


@admin.register(Contact)
class ContactAdmin(KeptAdmin):
    list_display = ("display_name_", "phone_", "username_", "language", "created_at")
    search_fields = ("name", "our_name", "identities__value")
    search_help_text = _("Name, phone number, username or BSUID")
    readonly_fields = ("show_merged_into", "created_at", "updated_at")
    inlines = (IdentityInline, AttributeInline, MergeInline)
    actions = ("merge_selected",)
    actions_detail = (
        {
            "title": _("Consents"),
            "icon": "verified_user",
            "items": ("consent_ledger", "evidence_pdf", "evidence_json", "data_requests"),
        },
        "personal_data",
        "legal_hold",
    )
    change_form_before_template = "contacts/notes.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        merged = ("show_merged_into",) if obj and obj.merged_into_id else ()
        said = ("name", "our_name", "language", "best_reached")
        return (*merged, *said, "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Lists leave out who was merged into another; their page can still be opened."""
        found: QuerySet[Contact] = super().get_queryset(request)
        current = Identity.objects.filter(ended_at=None)
        found = found.prefetch_related(Prefetch("identities", current))
        page = request.resolver_match.url_name if request.resolver_match else ""
        return found.filter(merged_into=None) if page == LIST.partition(":")[2] else found

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path("merge/", guarded(self.merge_view), name="contacts_contact_merge"),
            path("merges/<int:pk>/split/", guarded(self.split_view), name="contacts_contact_split"),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("name"), ordering="name")
    def display_name_(self, contact: Contact) -> str:
        return contact.display_name

    @display(description=_("phone number"))
    def phone_(self, contact: Contact) -> str:
        return contact.phone

    @display(description=_("username"))
    def username_(self, contact: Contact) -> str:
        return contact.username

    @display(description=_("merged into"))
    def show_merged_into(self, contact: Contact) -> SafeString:
        merge = contact.absorptions.filter(undone_at=None).first()
        assert contact.merged_into is not None
        assert merge is not None
        return format_html("{} · {}", _link(contact.merged_into), _undo_link(merge))

    @action(description=_("Merge two contacts…"))
    def merge_selected(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> HttpResponse | None:
        chosen = list(queryset.order_by("created_at", "pk")[:3])
        if len(chosen) != 2:
            messages.error(request, _("Choose exactly two contacts."))
            return None
        return HttpResponseRedirect(_merge_address(*chosen))

    @action(
        description=_("Export, restrict, erase…"), url_path="personal-data", icon="shield_person"
    )
    def personal_data(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """What the person may ask for; the pages are the consent room's."""
        address = reverse("admin:consent_datarequest_ask", args=[object_id])
        return HttpResponseRedirect(address)

    @action(description=_("Legal hold…"), url_path="legal-hold", icon="gavel")
    def legal_hold(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Whether anything of the person may go; the page is the consent room's."""
        return HttpResponseRedirect(reverse("admin:consent_legalhold_of", args=[object_id]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With what other rooms have to say of the contact."""
        contact = self.get_object(request, object_id)
        said = {"notes_about": notes_about(contact) if contact else []}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **said}
        )
        return response

    @action(description=_("Entries of the consent ledger"), url_path="ledger", icon="list_alt")
    def consent_ledger(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """The consent room's pages are known here by their addresses only, and say who may."""
        address = reverse("admin:consent_consentrecord_changelist")
        return HttpResponseRedirect(f"{address}?{urlencode({'contact': object_id})}")

    @action(description=_("Evidence (PDF)"), url_path="evidence-pdf", icon="picture_as_pdf")
    def evidence_pdf(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:consent_evidence_pdf", args=[object_id]))

    @action(description=_("Evidence (JSON)"), url_path="evidence-json", icon="data_object")
    def evidence_json(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:consent_evidence_json", args=[object_id]))

    @action(description=_("Data requests"), url_path="requests", icon="assignment")
    def data_requests(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        address = reverse("admin:consent_datarequest_changelist")
        return HttpResponseRedirect(f"{address}?{urlencode({'q': object_id})}")

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """What merging would do; POST does it."""
        survivor, absorbed = self._two(request)
        if request.method == "POST":
            return self._merge(request, survivor, absorbed)
        people = [
            {
                "contact": contact,
                "identities": contact.identities.filter(ended_at=None),
                "link": reverse(PAGE, args=[contact.pk]),
            }
            for contact in (survivor, absorbed)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Merge two contacts"),
            "opts": self.opts,
            "people": people,
            "lines": [_identities_move(absorbed), _consents_stay(), *planned(survivor, absorbed)],
            "back": reverse(LIST),
            "swapped": _merge_address(absorbed, survivor),
        }
        return TemplateResponse(request, "contacts/merge.html", context)

    def split_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What undoing a merge would do; POST does it."""
        merge = get_object_or_404(
            ContactMerge.objects.select_related("absorbed__merged_into"), pk=pk
        )
        if not self.has_change_permission(request):
            raise PermissionDenied
        together = merge.absorbed.merged_into or merge.survivor
        back = reverse(PAGE, args=[together.pk])
        if merge.undone_at:
            messages.info(request, _("These two are split already."))
            return HttpResponseRedirect(back)
        if request.method == "POST":
            return self._split(request, merge, back)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Split a contact"),
            "opts": self.opts,
            "merge": merge,
            "together": together,
            "back": back,
        }
        return TemplateResponse(request, "contacts/split.html", context)

    def _two(self, request: HttpRequest) -> tuple[Contact, Contact]:
        """The contacts named in the address; 404 for anything but two that are not merged."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            pks = [UUID(request.GET.get(name, "")) for name in ("survivor", "absorbed")]
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        found = Contact.objects.filter(merged_into=None).in_bulk(pks)
        if len(found) != 2:
            raise Http404
        return found[pks[0]], found[pks[1]]

    def _merge(self, request: HttpRequest, survivor: Contact, absorbed: Contact) -> HttpResponse:
        try:
            merge_contacts(survivor, absorbed, MergeReason.BY_HAND, _agent(request))
        except MergeRefused:
            messages.error(request, _("One of the contacts was merged or split meanwhile."))
            return HttpResponseRedirect(reverse(LIST))
        self.log_change(request, survivor, f"merged {absorbed.pk}")
        messages.success(request, _("The two contacts are one now."))
        return HttpResponseRedirect(reverse(PAGE, args=[survivor.pk]))

    def _split(self, request: HttpRequest, merge: ContactMerge, back: str) -> HttpResponse:
        try:
            undo_merge(merge, _agent(request))
        except MergeRefused:
            messages.error(request, _("One of the contacts was merged or split meanwhile."))
            return HttpResponseRedirect(back)
        self.log_change(request, merge.absorbed, f"split from {merge.survivor_id}")
        messages.success(request, _("The two contacts are split again."))
        return HttpResponseRedirect(reverse(PAGE, args=[merge.absorbed_id]))


def _agent(request: HttpRequest) -> Agent:
    assert isinstance(request.user, Agent)
    return request.user


def _link(contact: Contact, words: str = "") -> SafeString:
    address = reverse(PAGE, args=[contact.pk])
    return format_html('<a href="{}">{}</a>', address, words or contact.display_name)


def _undo_link(merge: ContactMerge) -> SafeString:
    address = reverse("admin:contacts_contact_split", args=[merge.pk])
    return format_html('<a href="{}">{}</a>', address, gettext("Undo (split)…"))


def _merge_address(survivor: Contact, absorbed: Contact) -> str:
    query = urlencode({"survivor": survivor.pk, "absorbed": absorbed.pk})
    return f"{reverse('admin:contacts_contact_merge')}?{query}"


def _identities_move(absorbed: Contact) -> str:
    count = absorbed.identities.count()
    sentence = ngettext("%(count)s identity moves.", "%(count)s identities move.", count)
    return sentence % {"count": count}


def _consents_stay() -> str:
    return gettext(
        "Consents stay as they are and count for the merged person; the newest act decides."
    )
