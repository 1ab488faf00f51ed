"""The steps from nothing to the first answered customer. Each room's truth, asked in its own way.

A step is not ticked by a click: `is_done` looks. Rooms on one row do not know each other, so their
steps are put together here; `STEPS` is the registry, in the order an admin takes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.demo import DEMO_DOMAIN
from accounts.models import Agent
from consent.models import SignUpForm
from conversations.models import ChatLink, Direction, Message
from whatsapp.connection_check import is_sound
from whatsapp.models import WhatsAppNumber


@dataclass(frozen=True)
class Step:
    """`why` is read while it is open; `address` is where one takes it, "" while nobody can."""

    key: str
    title: str | Promise
    why: str | Promise
    done: str | Promise
    button: str | Promise
    is_done: Callable[[], bool]
    address: Callable[[], str]


def number_works() -> bool:
    """A number that passed the health check, or a message that arrived (the simulator counts)."""
    if Message.objects.filter(direction=Direction.INBOUND).exists():
        return True
    active = WhatsAppNumber.objects.filter(is_active=True, replaced_by=None).defer("access_token")
    return any(is_sound(number) for number in active)


def colleagues_are_here() -> bool:
    """More than one active agent; the demo's do not count beside real ones."""
    active = Agent.objects.filter(is_active=True)
    real = active.exclude(email__iendswith=f"@{DEMO_DOMAIN}").count()
    return real > 1 or (real == 0 and active.count() > 1)


def opt_in_link_exists() -> bool:
    return (
        SignUpForm.objects.filter(is_active=True).exists()
        or ChatLink.objects.filter(is_active=True).exists()
    )


def rows_exist(label: str) -> Callable[[], bool]:
    """Whether any row of a model is there; a room that is not installed has none."""

    def look() -> bool:
        try:
            model = apps.get_model(label)
        except LookupError:
            return False
        return bool(model._default_manager.exists())

    return look


def admin_page(name: str) -> Callable[[], str]:
    return lambda: reverse(f"admin:{name}")


def admin_page_of(label: str, page: str = "changelist") -> Callable[[], str]:
    """The page of a model that a room may not have yet."""

    def look() -> str:
        try:
            meta = apps.get_model(label)._meta
            return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}")
        except (LookupError, NoReverseMatch):
            return ""

    return look


STEPS: list[Step] = [
    Step(
        "number",
        _("Connect the number"),
        _("Enter your WhatsApp number, or write a first message from the simulator's phone."),
        _("Messages arrive."),
        _("Numbers"),
        number_works,
        admin_page("whatsapp_whatsappnumber_changelist"),
    ),
    Step(
        "team",
        _("Invite your team"),
        _("You are alone so far. Two people make the difference at lunch."),
        _("You are not alone."),
        _("Invite"),
        colleagues_are_here,
        lambda: reverse("start:invitations"),
    ),
    Step(
        "hours",
        _("Set business hours"),
        _("Customers who write at night learn when somebody will answer."),
        _("Customers know when somebody answers."),
        _("Hours"),
        rows_exist("automation.NumberHours"),
        admin_page_of("automation.NumberHours"),
    ),
    Step(
        "canned",
        _("Write the first canned response"),
        _("What you say ten times a day, you write once."),
        _("The first is there; “/” in the composer finds it."),
        _("Write"),
        rows_exist("inbox.CannedResponse"),
        admin_page_of("inbox.CannedResponse", "add"),
    ),
    Step(
        "opt-in",
        _("Show customers the way in"),
        _("A link or QR code for your website: the customer starts, and agrees with it."),
        _("Customers find you."),
        _("Sign-up forms"),
        opt_in_link_exists,
        admin_page("consent_signupform_changelist"),
    ),
]
