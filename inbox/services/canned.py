"""Canned responses: what an agent is offered, saved, deleted, and counted when used."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Team
from contacts.models import Contact
from conversations.errors import Malformed
from conversations.known import Known
from inbox.gaps import Piece, PieceKind, pieces, raw_text
from inbox.models import CannedResponse, CannedUse, Scope
from inbox.services.owned import give_to, keep_in_history, visible_of


@dataclass(frozen=True)
class Offered:
    """A canned response as it would read in this conversation."""

    canned: CannedResponse
    parts: list[Piece]

    @property
    def raw(self) -> str:
        return raw_text(self.parts)

    @property
    def missing(self) -> list[str]:
        return [part.text for part in self.parts if part.kind == PieceKind.MISSING]


def canned_for(agent: Agent) -> QuerySet[CannedResponse]:
    """What this agent may use; what they use most first, then what everybody does."""
    mine = CannedUse.objects.filter(canned=OuterRef("pk"), agent=agent).values("used")[:1]
    rows = visible_of(CannedResponse.objects.filter(is_active=True), agent).select_related("team")
    return rows.annotate(mine=Coalesce(Subquery(mine), 0)).order_by("-mine", "-used", "title", "pk")


def offered(canned: CannedResponse, known: Known) -> Offered:
    contact: Contact = known.conversation.contact
    language = canned.written_in(contact.language)
    return Offered(canned, pieces(canned.text_in(contact.language), known, language))


def save_canned(row: CannedResponse, scope: Scope, team: Team | None, by: Agent) -> CannedResponse:
    """Raises `Malformed` when its owner has another one with this shortcut."""
    give_to(row, scope, team, by)
    row.shortcut = row.shortcut.strip().lstrip("/").lower()
    try:
        with transaction.atomic(), keep_in_history(row, by):
            row.save()
    except IntegrityError as error:
        if "shortcut" not in str(error):
            raise
        raise Malformed({"shortcut": [_("There is one with this shortcut already.")]}) from error
    return row


def count_use(canned: CannedResponse, by: Agent) -> None:
    """One more use, of this agent and in all; two at once are both counted."""
    with transaction.atomic():
        CannedResponse.objects.filter(pk=canned.pk).update(used=F("used") + 1)
        use, _new = CannedUse.objects.get_or_create(
            canned=canned, agent=by, defaults={"last_used_at": timezone.now()}
        )
        CannedUse.objects.filter(pk=use.pk).update(used=F("used") + 1, last_used_at=timezone.now())
