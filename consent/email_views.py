"""The pages of signing up by e-mail: the mail is on its way, the button, done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.throttle import address_of, key_of, too_many
from consent.email_sign_up import (
    Asked,
    FormClosed,
    NoNumber,
    confirm,
    find_email_sign_up,
    open_topics,
    read_number,
)
from consent.models import EmailSignUp, SignUpForm, Topic
from consent.page_language import OURS, in_its_language, language_for, links_to_languages
from consent.signup_guard import PER_ADDRESS


class EmailForm(forms.Form):
    """What the e-mail way asks for beside the topics."""

    number = forms.CharField(max_length=40)
    email = forms.EmailField(max_length=254)

    def __init__(self, data: Any, form: SignUpForm) -> None:
        super().__init__(data)
        self.sign_up_form = form

    def clean_number(self) -> str:
        try:
            return read_number(self.cleaned_data["number"], self.sign_up_form)
        except NoNumber as error:
            raise forms.ValidationError("number") from error

    @property
    def problem(self) -> str:
        """What to say on the page."""
        return "number" if "number" in self.errors else "email"

    def asked(self, topics: list[str], language: str) -> Asked:
        said = self.cleaned_data
        return Asked(said["number"], said["email"], topics, language)


@never_cache
@require_safe
def asked(request: HttpRequest, slug: str) -> HttpResponse:
    """A mail is on its way, if there was any reason to send one."""
    form = get_object_or_404(SignUpForm, slug=slug)
    return _discreet(_page(request, form, "sent"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """GET shows a button and does nothing else, for scanners open links in mails; POST confirms."""
    form = get_object_or_404(SignUpForm, slug=slug)
    row = find_email_sign_up(form, token)
    if row is None:
        return _discreet(_page(request, form, "over", status=404))
    if request.method == "POST":
        if too_many({key_of("optin", "address", address_of(request)): PER_ADDRESS}):
            return _discreet(_page(request, form, "confirm", row, status=429))
        try:
            if confirm(row):
                return _discreet(redirect(request.get_full_path()))
        except FormClosed:
            return _discreet(_page(request, form, "closed", row, status=410))
        return _discreet(_page(request, form, "over", row, status=410))
    if row.used_at is not None:
        return _discreet(_page(request, form, "done", row))
    if not row.is_open(timezone.now()):
        return _discreet(_page(request, form, "over", row, status=410))
    try:
        topics = open_topics(row)
    except FormClosed:
        return _discreet(_page(request, form, "closed", row, status=410))
    row.topics = topics  # what the button stands for
    return _discreet(_page(request, form, "confirm", row))


def _page(
    request: HttpRequest,
    form: SignUpForm,
    state: str,
    row: EmailSignUp | None = None,
    status: int = 200,
) -> HttpResponse:
    with override(language_for(request, OURS, row.language if row else "")):
        context = {
            "form": form,
            "state": state,
            "row": row,
            "topics": list(Topic.objects.filter(key__in=row.topics)) if row else [],
            "languages": links_to_languages(request, OURS),
        }
        return in_its_language(render(request, "optin/by_email.html", context, status=status))


def _discreet(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response
