"""Which number goes on for one that was replaced."""

from __future__ import annotations

from django.utils.translation import gettext

from conversations.models import BusinessNumber


def successors() -> dict[int, int]:
    """For each replaced number the one that goes on for it, by ids; {} where none was replaced."""
    rows = BusinessNumber.objects.filter(replaced_by__isnull=False)
    direct: dict[int, int | None] = dict(rows.values_list("pk", "replaced_by_id"))
    return {number: _end_of(number, direct) for number in direct}


def current_number(pk: int) -> BusinessNumber:
    """The number that goes on for `pk`; mostly itself."""
    return BusinessNumber.objects.get(pk=successors().get(pk, pk))


def is_ours(phone: str) -> bool:
    """Whether this number (E.164) is one of ours, also one that was replaced."""
    return BusinessNumber.objects.filter(phone_number=phone).exists()


def number_words(phone: str) -> str:
    """One of our numbers as a consent names it, and what goes on for it should it be replaced."""
    if not phone:
        return ""
    rows = BusinessNumber.objects.filter(phone_number=phone).order_by("pk")
    found = list(rows.select_related("replaced_by"))
    if not found or any(row.replaced_by_id is None for row in found):
        return phone
    heir = current_number(found[-1].pk)
    words = gettext("%(old)s (replaced by %(new)s)")
    return words % {"old": phone, "new": heir.phone_number or heir}


def _end_of(number: int, direct: dict[int, int | None]) -> int:
    """The end of the chain. A number that was replaced takes no other's place, so it has one."""
    seen = {number}
    while (after := direct.get(number)) is not None and after not in seen:
        seen.add(after)
        number = after
    return number
