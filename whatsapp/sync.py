"""What Meta knows better than we do: templates, and our numbers' names."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from conversations.models import MessageTemplate, TemplateCategory, TemplateStatus
from whatsapp.client import Answer
from whatsapp.health import CheckFailed, ask, check_account, check_number
from whatsapp.models import WhatsAppNumber
from whatsapp.payload import Json, list_of, text_of
from whatsapp.template_updates import STATUSES
from whatsapp.template_words import Question, save

log = logging.getLogger(__name__)

_PAGE_SIZE = "100"
_MAX_PAGES = 100
_FIELDS = (
    "name,language,status,category,components,parameter_format,quality_score,rejected_reason,"
    "previous_category"
)


class SyncFailed(Exception):
    """Meta did not answer, or refused; nothing was changed."""


@dataclass(frozen=True)
class _Found:
    """One language of one template, as Meta lists it."""

    name: str
    language: str
    external_id: str
    category: str
    status: str
    components: list[Any]
    parameter_format: str
    quality: str
    rejected: str
    previous_category: str


def accounts() -> list[str]:
    """The accounts (WABA ids) of the numbers that have a token; "" for numbers without one."""
    numbers = WhatsAppNumber.objects.exclude(access_token="")
    return sorted(set(numbers.values_list("waba_id", flat=True)))


def sync(account: str) -> int:
    """Sync an account and its numbers; how many templates it has. Raises `SyncFailed`.

    A number that fails keeps neither the others nor the templates from being synced.
    """
    numbers = list(
        WhatsAppNumber.objects.exclude(access_token="").filter(waba_id=account).order_by("pk")
    )
    failed: list[str] = []
    count = 0
    for number in numbers:
        try:
            check_number(number)
        except CheckFailed as error:
            failed.append(str(error))
    if account and numbers:
        try:
            check_account(account, numbers[0])
        except CheckFailed as error:
            failed.append(str(error))
        try:
            count = sync_account(account, numbers)
        except SyncFailed as error:
            failed.append(str(error))
    if failed:
        raise SyncFailed("; ".join(failed))
    return count


def sync_account(account: str, numbers: list[WhatsAppNumber]) -> int:
    """Make our copy of an account's templates what Meta lists; those it lists no more are gone.

    What was said or done while the list was read is newer than the list, and stays.
    """
    question = Question.now()
    found = list(_templates(account, numbers[0]))
    with transaction.atomic():
        _store(account, found, numbers, question)
        WhatsAppNumber.objects.filter(pk__in=[n.pk for n in numbers]).update(
            templates_synced_at=question.asked_at
        )
    log.info("templates.synced account=%s count=%s", account, len(found))
    return len(found)


def _store(
    account: str, found: list[_Found], numbers: list[WhatsAppNumber], question: Question
) -> None:
    ours = MessageTemplate.objects.filter(account=account)
    # All at once and by id, as webhooks lock them.
    locked = ours.select_for_update(no_key=True).order_by("pk")
    rows = {(row.name, row.language): row for row in locked}
    told = question.told_since()
    for listed in found:
        answer = _answer_of(listed, question)
        row = rows.get((listed.name, listed.language))
        if row is None:
            # Somebody may be handing it in at this moment.
            row, is_new = ours.select_for_update(no_key=True).get_or_create(
                account=account, name=listed.name, language=listed.language, defaults=answer
            )
            if is_new:
                row.business_numbers.set([number.pk for number in numbers])
                continue
        if question.is_older_than(row):
            continue
        save(row, answer, told.get(row.pk, frozenset()))
        row.business_numbers.set([number.pk for number in numbers])
    spoken_of = [pk for pk, fields in told.items() if "status" in fields]
    ours.filter(synced_at__lt=question.asked_at).exclude(pk__in=spoken_of).update(
        status=TemplateStatus.GONE
    )


def _answer_of(found: _Found, question: Question) -> dict[str, object]:
    """What the list says of one template, by the names of our fields."""
    return {
        "external_id": found.external_id,
        "category": found.category,
        "status": found.status,
        "components": found.components,
        "parameter_format": found.parameter_format,
        "synced_at": question.asked_at,
        **_known_better(found),
    }


def _templates(account: str, number: WhatsAppNumber) -> Iterator[_Found]:
    """Every page of `GET /{account}/message_templates`."""
    parameters = {"limit": _PAGE_SIZE, "fields": _FIELDS}
    for _page in range(_MAX_PAGES):
        answer = _get(number, f"{account}/message_templates", parameters)
        if not isinstance(answer.data.get("data"), list):
            raise SyncFailed("template list without data")
        for item in answer.data["data"]:
            template = _read(item)
            if template is not None:
                yield template
        after = _next_cursor(answer.data.get("paging"))
        if not after:
            return
        parameters = {**parameters, "after": after}


def _next_cursor(paging: object) -> str:
    """The cursor of the next page; Meta names one on the last page too, but then no `next`."""
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else ""
    return after if isinstance(after, str) else ""


def _read(item: object) -> _Found | None:
    """None for what cannot be sent from here: no name, or a category nobody knows."""
    data: Json = item if isinstance(item, dict) else {}
    name, language = data.get("name"), data.get("language")
    category = str(data.get("category", "")).lower()
    if not isinstance(name, str) or not isinstance(language, str) or not name or not language:
        return None
    if category not in TemplateCategory.values or len(name) > 512 or len(language) > 15:
        return None
    external_id = data.get("id")
    return _Found(
        name=name,
        language=language,
        external_id=text_of(external_id)[:40] if isinstance(external_id, str | int) else "",
        category=category,
        status=STATUSES.get(str(data.get("status", "")).upper(), TemplateStatus.PENDING),
        components=[part for part in list_of(data.get("components")) if isinstance(part, dict)],
        parameter_format="named" if _upper(data, "parameter_format") == "NAMED" else "positional",
        quality=_quality_of(data)[:10],
        rejected=_upper(data, "rejected_reason").replace("NONE", "")[:2000],
        previous_category=_upper(data, "previous_category").lower()[:20],
    )


def _known_better(found: _Found) -> dict[str, object]:
    """What webhooks tell more of than a list does is only written where the list says something."""
    told: dict[str, object] = {}
    if found.quality:
        told["quality"] = found.quality
    if found.previous_category:
        told["previous_category"] = found.previous_category
    if found.status == TemplateStatus.APPROVED:
        told |= {"status_reason": "", "paused_until": None}
    elif found.rejected:
        told["status_reason"] = found.rejected
    return told


def _quality_of(data: Json) -> str:
    score = data.get("quality_score")
    return _upper(score, "score") if isinstance(score, dict) else ""


def _upper(data: Json, key: str) -> str:
    value = data.get(key)
    return value.strip().upper() if isinstance(value, str) else ""


def _get(number: WhatsAppNumber, path: str, parameters: dict[str, str]) -> Answer:
    try:
        return ask(number, path, parameters)
    except CheckFailed as error:
        raise SyncFailed(str(error)) from error
