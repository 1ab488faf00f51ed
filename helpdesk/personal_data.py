"""What Django's own tables and those of this room hold, which belong to no other room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from consent.models.data_request import DataRequest
from consent.personal_data import DONE, Person, Portion, Step, Table, fields, registry
from conversations.models import Conversation, Media, Message
from helpdesk.models import ParkedTask, Welcome

_WHO_DID_IT = _(
    "That one of our people changed something, and when, stays; what it was called goes."
)


def register() -> None:
    """Called when all rooms are there."""
    registry.add(*_tables())
    registry.add(
        Step(10, "log", _("names in the log of changes"), _count_log, _erase_log),
        Step(20, "tasks", _("parked tasks"), _count_tasks, _erase_tasks),
    )


def _tables() -> Iterator[Table]:
    yield Table(
        LogEntry,
        fields(
            person="object_repr change_message",
            technical="id action_time content_type_id object_id action_flag",
            staff="user_id",
        ),
        _log_of,
        stays=_WHO_DID_IT,
    )
    yield Table(
        Session,
        fields(staff="session_key session_data expire_date"),
    )
    yield Table(Welcome, fields(technical="id is_away"))
    yield Table(
        ParkedTask,
        fields(
            person="args kwargs",
            technical="id name signature queue cause error trace times first_at last_at settled_at",
        ),
        lambda person: ParkedTask.objects.filter(pk__in=_parked(person)),
    )


# -- The log of changes in the admin --------------------------------------------------------------


def _log_of(person: Person) -> QuerySet[LogEntry]:
    """Entries about any row of theirs."""
    about = Q(pk=None)
    for table in registry.of_person():
        if table.rows is None or table.model in (LogEntry, ParkedTask, DataRequest):
            continue
        kind = ContentType.objects.get_for_model(table.model)
        ids = table.rows(person).annotate(text_id=Cast("pk", TextField())).values("text_id")
        about |= Q(content_type=kind, object_id__in=ids)
    return LogEntry.objects.filter(about)


def _named(person: Person) -> QuerySet[LogEntry]:
    return _log_of(person).exclude(object_repr="", change_message="")


def _count_log(person: Person) -> int:
    return _named(person).count()


def _erase_log(person: Person) -> Portion:
    gone = _named(person).update(object_repr="", change_message="")
    return Portion(gone, gone)


# -- Tasks that were set aside --------------------------------------------------------------------


def _parked(person: Person) -> list[int]:
    """Those whose arguments name a row of theirs."""
    named = {pk: _uuids(args, kwargs) for pk, args, kwargs in _arguments()}
    asked = set().union(*named.values())
    theirs = set(person.contacts)
    of_person = {
        Conversation: Q(contact__in=person.contacts),
        Message: Q(conversation__contact__in=person.contacts),
        Media: Q(message__conversation__contact__in=person.contacts),
    }
    for model, condition in of_person.items():
        rows = model._default_manager.filter(condition, pk__in=asked)
        theirs |= set(rows.values_list("pk", flat=True))
    return sorted(pk for pk, ids in named.items() if ids & theirs)


def _arguments() -> Iterable[tuple[int, object, object]]:
    return ParkedTask.objects.values_list("pk", "args", "kwargs").iterator()


def _uuids(args: object, kwargs: object) -> set[UUID]:
    values = [*(args if isinstance(args, list) else ())]
    values += kwargs.values() if isinstance(kwargs, dict) else ()
    found = set()
    for value in values:
        try:
            found.add(UUID(str(value)))
        except ValueError:
            continue
    return found


def _count_tasks(person: Person) -> int:
    return len(_parked(person))


def _erase_tasks(person: Person) -> Portion:
    gone = ParkedTask.objects.filter(pk__in=_parked(person)).delete()[0]
    return Portion(gone, gone) if gone else DONE
