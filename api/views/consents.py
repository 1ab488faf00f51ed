"""What a customer said elsewhere, told by another system."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.people import ConsentRecordSerializer, OnWordSerializer
from api.views.base import AgentView
from consent.models import ConsentRecord, Source
from conversations.access import visible_contacts
from conversations.services.consent_on_word import OnWord, record_on_word


class ContactConsents(AgentView[ConsentRecord]):
    """Write down that a contact agreed, or withdrew."""

    queryset = ConsentRecord.objects.none()
    serializer_class = OnWordSerializer
    http_method_names = ("post", "options")

    @extend_schema(
        request=OnWordSerializer,
        responses={
            201: ConsentRecordSerializer(many=True),
            200: OpenApiResponse(ConsentRecordSerializer(many=True)),
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        contact = get_object_or_404(visible_contacts(self.agent), pk=pk)
        told = OnWordSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        said = OnWord(**told.validated_data, source=Source.API)
        records = record_on_word(contact, said, self.agent)
        # Read anew: the database gives entries their hashes when they are committed.
        rows = ConsentRecord.objects.filter(pk__in=[row.pk for row in records])
        written = rows.select_related("detail", "link", "wording").annotate(person=F("contact_id"))
        shown = ConsentRecordSerializer(written.order_by("pk"), many=True)
        return Response(shown.data, status=201 if records else 200)
