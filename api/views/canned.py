"""Canned responses: the token's agent sees their own, their teams' and everybody's."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team
from api.serializers.canned import CannedResponseSerializer
from api.views.base import AgentView, DetailView, ListView
from inbox.models import CannedResponse, Scope
from inbox.services.canned import save_canned
from inbox.services.owned import editable_of, visible_of


class _CannedResponses(AgentView[CannedResponse]):
    queryset = CannedResponse.objects.none()
    serializer_class = CannedResponseSerializer

    def get_queryset(self) -> QuerySet[CannedResponse]:
        if self.describing:
            return super().get_queryset()
        return visible_of(CannedResponse.objects.all(), self.agent)

    def _save(self, row: CannedResponse, asked: dict[str, Any]) -> CannedResponse:
        scope, team = Scope(asked.pop("scope")), asked.pop("team")
        for name, value in asked.items():
            setattr(row, name, value)
        return save_canned(row, scope, team if isinstance(team, Team) else None, self.agent)


class CannedResponseList(_CannedResponses, ListView[CannedResponse]):
    """Canned responses this agent may use."""

    def post(self, request: Request, **_: Any) -> Response:
        """Write one down."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self._save(CannedResponse(), asked.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)


class CannedResponseDetail(_CannedResponses, DetailView[CannedResponse]):
    """One canned response."""

    def patch(self, request: Request, **_: Any) -> Response:
        """Change what is given."""
        row = self._editable()
        asked = self.get_serializer(row, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        return Response(self.get_serializer(self._save(row, asked.validated_data)).data)

    def delete(self, request: Request, **_: Any) -> Response:
        """Delete it."""
        self._editable().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _editable(self) -> CannedResponse:
        row: CannedResponse = self.get_object()
        return get_object_or_404(editable_of(CannedResponse.objects.all(), self.agent), pk=row.pk)
