"""Signing in and out, and the language one works in."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import Agent
from accounts.throttle import is_locked

logger = logging.getLogger(__name__)


class LoginForm(AuthenticationForm):
    """E-mail address and password; `remember` keeps the session beyond the browser's."""

    remember = forms.BooleanField(required=False)
    error_messages = {
        "invalid_login": _("E-mail address or password is wrong. Please try again."),
        "locked": _("Too many attempts. Please try again in a quarter of an hour."),
        "inactive": _("This account is switched off. An admin can switch it on."),
    }

    def clean(self) -> dict[str, Any]:
        if is_locked(self.request, self.cleaned_data.get("username") or ""):
            raise forms.ValidationError(self.error_messages["locked"], code="locked")
        return super().clean()


class Login(LoginView):
    """The only page anybody may see without signing in."""

    form_class = LoginForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override]  # stubs of a newer Django
        """Whoever only came to the door has no wish: the first page is the house's to choose."""
        wanted = super().get_redirect_url()
        return "" if wanted == "/" else wanted

    def get_default_redirect_url(self) -> str:
        return resolve_url(settings.FIRST_PAGE_URL)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        if not form.cleaned_data.get("remember"):
            self.request.session.set_expiry(0)
        logger.info("agent.signed_in agent=%s", form.get_user().pk)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        logger.info("agent.sign_in_failed")
        return super().form_invalid(form)


class Logout(LogoutView):
    """POST only, so that no link can sign anybody out."""


@require_POST
@login_required
def language(request: HttpRequest) -> HttpResponse:
    """Work in another language from now on, in every browser."""
    wanted = request.POST.get("language", "")
    if isinstance(request.user, Agent) and wanted in dict(settings.LANGUAGES):
        request.user.language = wanted
        request.user.save(update_fields=["language"])
    return HttpResponseRedirect(_next(request))


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe else redirect(settings.LOGIN_REDIRECT_URL).url
