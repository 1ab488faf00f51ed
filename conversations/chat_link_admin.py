"""Click-to-chat links in Django admin: made for many places at once, previewed, printed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_base import KeptAdmin, display
from accounts.models import Agent
from consent.models import Topic
from consent.vocabulary import vocabulary
from consent.words import Intent, understand
from conversations.chat_address import chat_address, language_of, number_of, prepared_words
from conversations.chat_link_pdf import ERRORS, QUIET, Format, Print, print_links
from conversations.link_counts import with_link_counts
from conversations.models import BusinessNumber, ChatLink
from conversations.services.chat_links import make_links

MOST_PLACES = 100
MOST_PRINTED = 100
LIST = "admin:conversations_chatlink_changelist"
_WORDS = ("greeting_de", "greeting_en", "topic")
_ABOUT = ("name", "business_number", "campaign")
_SHOWN = ("headline_de", "headline_en")
_COUNTS = ("show_opened", "show_conversations", "show_people", "show_lately")


class ChatLinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new one may be many: a link for each line of `places`."""

    places = forms.CharField(
        label=_("places"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("Where it hangs: Train 4711. One per line makes a link for each."),
    )

    class Meta:
        model = ChatLink
        fields = (*_ABOUT, "place", *_SHOWN, *_WORDS, "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if number := self.fields.get("business_number"):
            # A replaced one stays chosen where it was: its links lead to the one that goes on.
            choices = Q(replaced_by=None) | Q(pk=self.instance.business_number_id)
            number.queryset = BusinessNumber.objects.filter(choices)  # type: ignore[attr-defined]

    def clean_business_number(self) -> BusinessNumber:
        number: BusinessNumber = self.cleaned_data["business_number"]
        if not number.phone_number:
            raise forms.ValidationError(_("This number has no phone number to write to yet."))
        return number

    def clean_places(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["places"].splitlines())
        places = list(dict.fromkeys(line for line in lines if line))
        longest = ChatLink._meta.get_field("place").max_length or 0
        if len(places) > MOST_PLACES:
            too_many = _("At most %(most)s places at once.")
            raise forms.ValidationError(too_many, params={"most": MOST_PLACES})
        if any(len(place) > longest for place in places):
            too_long = _("A place has at most %(longest)s characters.")
            raise forms.ValidationError(too_long, params={"longest": longest})
        return places

    def clean_greeting_de(self) -> str:
        return self._harmless("greeting_de")

    def clean_greeting_en(self) -> str:
        return self._harmless("greeting_en")

    def _harmless(self, name: str) -> str:
        """Nobody shall unsubscribe because they scanned a poster."""
        greeting: str = self.cleaned_data[name].strip()
        said = understand(greeting, vocabulary())
        if said is not None and said.intent is Intent.STOP:
            raise forms.ValidationError(_("Whoever sends these words unsubscribes."))
        return greeting


@admin.register(ChatLink)
class ChatLinkAdmin(KeptAdmin):
    """Closed, not deleted: posters hang on, and conversations name it."""

    form = ChatLinkForm
    list_display = ("name", "business_number", "campaign", "place", *_COUNTS, "show_state")
    list_filter = ("is_active", "business_number", "campaign", "place")
    list_select_related = ("business_number",)
    search_fields = ("name", "campaign", "place", "reference")
    actions = ("print_posters", "print_cards", "pack_codes")
    readonly_fields = ("show_reference", *_COUNTS, "created_by", "created_at")
    change_form_before_template = "chat/admin_share.html"

    class Media:
        js = ("js/admin-copy.js", "js/admin-chat-link.js")

    def get_fieldsets(self, request: HttpRequest, obj: ChatLink | None = None) -> Any:
        place = "place" if obj else "places"
        said = (
            (None, {"fields": (*_ABOUT, place, "is_active")}),
            (_("In the chat"), {"fields": _WORDS}),
            (_("On posters and cards"), {"fields": _SHOWN}),
        )
        counted = (_("So far"), {"fields": self.readonly_fields})
        return (*said, counted) if obj else said

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatLink]:
        return with_link_counts(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "conversations_chatlink"
        own = [
            path("<int:pk>/qr.svg", require_safe(guarded(self.qr_view)), name=f"{name}_qr"),
            path("print/", require_safe(guarded(self.print_view)), name=f"{name}_print"),
        ]
        return [*own, *super().get_urls()]

    # -- Making -------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: ChatLink, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        assert isinstance(request.user, Agent)
        made = make_links(obj, form.cleaned_data["places"], request.user)
        for link in made[1:]:
            self.log_addition(request, link, [{"added": {}}])
        # What Django calls the object that was added is the first.
        obj.__dict__.update(made[0].__dict__)
        request.made_links = made  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ChatLink, post_url_continue: str | None = None
    ) -> HttpResponse:
        made: list[ChatLink] = getattr(request, "made_links", [obj])
        if len(made) == 1:
            return HttpResponseRedirect(
                reverse("admin:conversations_chatlink_change", args=[obj.pk])
            )
        said = ngettext("%(count)s link was made.", "%(count)s links were made.", len(made))
        link = f"{reverse('admin:conversations_chatlink_print')}?ids={_ids(made)}&format=poster"
        messages.success(
            request,
            format_html(
                '{} <a class="underline" href="{}">{}</a>',
                said % {"count": len(made)},
                link,
                gettext("All posters as one PDF"),
            ),
        )
        return HttpResponseRedirect(reverse(LIST))

    # -- Showing ------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        link = self.get_object(request, object_id) if object_id else None
        shared = {"share": share_of(link) if link else None, "known": _known()}
        response: HttpResponse = super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **shared}
        )
        return response

    @display(description=_("opened"), ordering="opened")
    def show_opened(self, link: ChatLink) -> str:
        return str(getattr(link, "opened", "–"))

    @display(description=_("conversations"), ordering="conversations_count")
    def show_conversations(self, link: ChatLink) -> str:
        return str(getattr(link, "conversations_count", "–"))

    @display(description=_("people"), ordering="people")
    def show_people(self, link: ChatLink) -> str:
        return str(getattr(link, "people", "–"))

    @display(description=_("in 30 days"), ordering="opened_lately")
    def show_lately(self, link: ChatLink) -> str:
        opened = getattr(link, "opened_lately", "–")
        return f"{opened} / {getattr(link, 'conversations_lately', '–')}"

    @display(description=_("state"), ordering="is_active", label={True: "success", False: None})
    def show_state(self, link: ChatLink) -> tuple[bool, str]:
        return link.is_active, gettext("open") if link.is_active else gettext("closed")

    @display(description=_("code of the link"))
    def show_reference(self, link: ChatLink) -> str:
        return link.spelled

    # -- Printing -----------------------------------------------------------------------------

    @admin.action(description=_("Posters (A4) as one PDF"))
    def print_posters(self, request: HttpRequest, rows: QuerySet[ChatLink]) -> HttpResponse | None:
        links = _few_enough(request, rows)
        return _printed(links, Format.POSTER) if links else None

    @admin.action(description=_("Cards (A6) as one PDF"))
    def print_cards(self, request: HttpRequest, rows: QuerySet[ChatLink]) -> HttpResponse | None:
        links = _few_enough(request, rows)
        return _printed(links, Format.CARD) if links else None

    @admin.action(description=_("QR codes (SVG) as ZIP"))
    def pack_codes(self, request: HttpRequest, rows: QuerySet[ChatLink]) -> HttpResponse | None:
        links = _few_enough(request, rows)
        return _packed(links) if links else None

    def print_view(self, request: HttpRequest) -> HttpResponse:
        """`?ids=1,2&format=poster|card|svg&language=de`: a PDF, or a ZIP of codes."""
        _demand(request, self)
        wanted = [int(one) for one in request.GET.get("ids", "").split(",") if _is_id(one)]
        links = list(ChatLink.objects.filter(pk__in=wanted[:MOST_PRINTED]).order_by("pk"))
        asked = request.GET.get("format", "")
        if not links or asked not in (*Format, "svg"):
            raise Http404
        if asked == "svg":
            return _packed(links)
        return _printed(links, Format(asked), request.GET.get("language"))

    def qr_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The code; `?download` saves it."""
        _demand(request, self)
        link = get_object_or_404(ChatLink, pk=pk)
        response = HttpResponse(svg_of(address_of(link)), content_type="image/svg+xml")
        if "download" in request.GET:
            name = f"{_file_name(link)}.svg"
            response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _few_enough(request: HttpRequest, rows: QuerySet[ChatLink]) -> list[ChatLink]:
    """Those that were marked; none, and a word, when they are too many for one file."""
    links = list(rows[: MOST_PRINTED + 1])
    if len(links) <= MOST_PRINTED:
        return links
    too_many = gettext("At most %(most)s at once: please mark fewer.")
    messages.error(request, too_many % {"most": MOST_PRINTED})
    return []


def _demand(request: HttpRequest, page: ChatLinkAdmin) -> None:
    """403 for who may not see links."""
    if not page.has_view_permission(request):
        raise PermissionDenied


def address_of(link: ChatLink) -> str:
    """The short address, as it is printed: the public one, whichever way the admin came in."""
    return settings.PUBLIC_URL + reverse("chat:follow", args=[link.spelled])


def svg_of(address: str) -> bytes:
    drawn = io.BytesIO()
    code = segno.make_qr(address, error=ERRORS)
    code.save(drawn, kind="svg", border=QUIET, scale=4, xmldecl=False, light="#fff")
    return drawn.getvalue()


def share_of(link: ChatLink) -> dict[str, object]:
    """What the page of a link offers."""
    sheet = f"{reverse('admin:conversations_chatlink_print')}?ids={link.pk}"
    sheets = [
        (form, language, f"{sheet}&format={form}&language={language}")
        for form in Format
        for language in ("de", "en")
    ]
    return {
        "address": address_of(link),
        "qr": reverse("admin:conversations_chatlink_qr", args=[link.pk]),
        "sheets": sheets,
        "reference": link.spelled,
        "simulator": _on_the_simulator(address_of(link)),
        "chats": [
            (language, words, chat_address(number_of(link), words))
            for language in ("de", "en")
            if (words := prepared_words(link, language))
        ],
    }


def _on_the_simulator(address: str) -> str:
    """Where the simulator's phone opens it, on a machine that has one; "" elsewhere."""
    graph = urlsplit(settings.WHATSAPP_GRAPH_URL)
    if not settings.DEBUG or graph.hostname not in ("127.0.0.1", "localhost"):
        return ""
    return f"{graph.scheme}://{graph.netloc}/open?{urlencode({'link': address})}"


def _known() -> dict[str, object]:
    """What the preview in the browser has to know (static/js/admin-chat-link.js)."""
    numbers = BusinessNumber.objects.filter(replaced_by=None)
    return {
        "numbers": {
            str(one.pk): "".join(char for char in one.phone_number if char.isdigit())
            for one in numbers
        },
        "topics": {one.key: {"de": one.name_de, "en": one.name_en} for one in Topic.objects.all()},
    }


def _printed(links: Sequence[ChatLink], form: Format, language: str | None = None) -> HttpResponse:
    prints = [Print(link, address_of(link)) for link in links]
    content = print_links(prints, form, language_of(language or get_language()))
    name = _file_name(links[0]) if len(links) == 1 else "links"
    return _download(content, "application/pdf", f"{name}-{form}.pdf")


def _packed(links: Sequence[ChatLink]) -> HttpResponse:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for link in links:
            archive.writestr(f"{_file_name(link)}.svg", svg_of(address_of(link)))
    return _download(packed.getvalue(), "application/zip", "links.zip")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file_name(link: ChatLink) -> str:
    """Of letters, digits and hyphens; the reference tells apart what is called alike."""
    return "-".join(filter(None, (slugify(link.name)[:60], link.reference)))


def _ids(links: Sequence[ChatLink]) -> str:
    return ",".join(str(link.pk) for link in links)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
