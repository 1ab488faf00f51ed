"""What the views share."""

from __future__ import annotations

from datetime import UTC
from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Agent
from api.authentication import agent_of

Row = TypeVar("Row", bound=Model)


class AgentView(GenericAPIView[Row]):
    """A view whose `agent` is the token's; every queryset starts from what that agent may see."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Times are UTC ("…Z") here, whatever the office's clock says."""
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)

    @property
    def agent(self) -> Agent:
        return agent_of(self.request)

    @property
    def describing(self) -> bool:
        """Whether the schema is being written: then there is no agent and nothing to fetch."""
        return bool(getattr(self, "swagger_fake_view", False))


class ListView(AgentView[Row], ListAPIView[Row]):
    """A list."""


class DetailView(AgentView[Row], RetrieveAPIView[Row]):
    """One object."""


class NothingHere(APIView):
    """Any other path below `v1/`: 404 in the API's own shape, after the token was asked for."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
