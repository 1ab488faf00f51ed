"""What the tables of this room hold, and what open pages and the processes behind them remember of
a person who is erased."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consent.personal_data import DONE, Person, Portion, Step, Table, fields, registry
from inbox import live
from inbox.models import (
    BulkItem,
    BulkRun,
    CannedResponse,
    CannedUse,
    ComposerDraft,
    Macro,
    MacroRun,
    Notification,
    PushKey,
    PushSubscription,
    SavedView,
)

_PORTION = 500
_OWNED = "id team_id is_active created_at updated_at used"


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(*_lists(), *_tables(), *_told())
    registry.add(
        Step(315, "drafts", _("drafts"), _count_drafts, _erase_drafts),
        Step(800, "pages", _("open pages"), _nothing, _forget),
    )


def _tables() -> Iterator[Table]:
    yield Table(
        CannedResponse,
        fields(technical=f"{_OWNED} title shortcut text_de text_en", staff="agent_id"),
    )
    yield Table(CannedUse, fields(technical="id canned_id used last_used_at", staff="agent_id"))
    yield Table(Macro, fields(technical=f"{_OWNED} name key actions", staff="agent_id"))
    yield Table(
        MacroRun,
        fields(person="conversation_id ran_at", technical="client_uuid macro_id", staff="agent_id"),
        macro_runs,
    )
    yield Table(
        ComposerDraft,
        fields(
            person="id conversation_id text updated_at",
            technical="mode revision device",
            staff="agent_id",
        ),
        drafts,
    )


def drafts(person: Person) -> QuerySet[ComposerDraft]:
    return ComposerDraft.objects.filter(conversation__contact__in=person.contacts)


def macro_runs(person: Person) -> QuerySet[MacroRun]:
    return MacroRun.objects.filter(conversation__contact__in=person.contacts)


def _count_drafts(person: Person) -> int:
    return drafts(person).count()


def _erase_drafts(person: Person) -> Portion:
    """What agents had begun to write to them, and which macros were run on them."""
    pks = list(drafts(person).values_list("pk", flat=True)[:_PORTION])
    ComposerDraft.objects.filter(pk__in=pks).delete()
    runs = list(macro_runs(person).values_list("pk", flat=True)[:_PORTION])
    MacroRun.objects.filter(pk__in=runs).delete()
    return Portion(len(pks) + len(runs), len(pks) + len(runs))


def _lists() -> Iterator[Table]:
    yield Table(
        SavedView,
        fields(
            technical="id sharing team_id view words sort place created_at updated_at",
            staff="owner_id name",
        ),
    )
    yield Table(
        BulkRun,
        fields(
            technical="id action params state total created_at ended_at worked_at",
            staff="agent_id",
        ),
    )
    yield Table(
        BulkItem,
        fields(
            person="conversation_id", technical="id run_id state reason", internal="before after"
        ),
        _items,
    )


def _items(person: Person) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(conversation__contact__in=person.contacts)


def _told() -> Iterator[Table]:
    yield Table(
        Notification,
        fields(
            internal="conversation_id kind created_at",
            technical="id sequence",
            staff="agent_id actor_id seen_at read_at",
        ),
        notifications,
    )
    yield Table(PushKey, fields(technical="id public_key created_at", secret="private_key"))  # noqa: S106
    yield Table(
        PushSubscription,
        fields(
            staff="id agent_id label created_at last_ok_at failed",
            secret="endpoint endpoint_digest p256dh auth session_digest",  # noqa: S106
        ),
    )


def notifications(person: Person) -> QuerySet[Notification]:
    """They go with the conversations they speak of."""
    return Notification.objects.filter(conversation__contact__in=person.contacts)


def _nothing(_person: Person) -> int:
    return 0


def _forget(_person: Person) -> Portion:
    """All processes drop what they have drawn, and open pages are loaded anew."""
    live.publish({"type": "inbox.erased"})
    return DONE
