"""`Authorization: Bearer TOKEN`: a token speaks for its agent, with that agent's role and teams."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import Agent, ApiToken


class TokenAuthentication(BaseAuthentication):
    """401 with `WWW-Authenticate: Bearer` for a missing, malformed, unknown or revoked token."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[Agent, None] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword:
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("The token must be one word after “Bearer”."))
        agent = ApiToken.agent_of(words[1].decode("latin-1"))
        if agent is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked."))
        return agent, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def agent_of(request: Request) -> Agent:
    """The agent behind an authenticated request."""
    assert isinstance(request.user, Agent)  # RolePermission lets nobody else through
    return request.user
