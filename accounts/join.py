"""The page an invited colleague opens: set name and password, and be in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.invitations import InvitationGone, accept_invitation, invitation_of
from accounts.models import Agent, Invitation
from accounts.throttle import address_of, key_of, too_many

TRIES_PER_ADDRESS = 60


class JoinForm(forms.Form):
    """Name and password of somebody who has no agent yet."""

    name = forms.CharField(max_length=120)
    password = forms.CharField(max_length=200, strip=False, widget=forms.PasswordInput)
    again = forms.CharField(max_length=200, strip=False, widget=forms.PasswordInput)

    def __init__(self, invitation: Invitation, data: Any = None) -> None:
        self.invitation = invitation
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        password = data.get("password")
        if password and data.get("again") is not None and password != data["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        elif password:
            someone = Agent(email=self.invitation.email, name=data.get("name", ""))
            try:
                validate_password(password, someone)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """One answer for every link that does not work: nobody learns who was invited."""
    if too_many({key_of("join", "address", address_of(request)): TRIES_PER_ADDRESS}):
        return render(request, "accounts/join_gone.html", {"too_many": True}, status=429)
    try:
        invitation = invitation_of(token)
        with override(invitation.language):
            return _answer(request, token, invitation)
    except InvitationGone:
        return render(request, "accounts/join_gone.html", status=404)


def _answer(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    form = JoinForm(invitation, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        agent = accept_invitation(token, data["name"], data["password"])
        login(request, agent, backend="accounts.backends.AgentBackend")
        return redirect("inbox:inbox")
    context = {"invitation": invitation, "form": form}
    return render(request, "accounts/join.html", context)
