"""Which business portfolio an account belongs to: its numbers share one messaging limit.

Source: reference, section 11. Meta names the portfolio in `health_status` (`BUSINESS`) and, where
an account is shared, in `account_update`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from whatsapp.limits import limiter
from whatsapp.models import WhatsAppAccount
from whatsapp.payload import text_of


def business_of(entities: Iterable[object]) -> str:
    """The portfolio's id among the entities of a `health_status`; "" when it is not there."""
    for row in entities:
        if isinstance(row, dict) and text_of(row.get("entity_type")).upper() == "BUSINESS":
            return portfolio_in(row.get("id"))
    return ""


def portfolio_in(value: object) -> str:
    """An id of Meta's, or "" for what is none."""
    found = text_of(value) if isinstance(value, str | int) else ""
    return found if found.isascii() and found.isdigit() and len(found) <= 40 else ""


def learn_portfolio(account: WhatsAppAccount, portfolio: str) -> None:
    """The account belongs to `portfolio`: saved, and counted there from now on. "" says nothing."""
    if not portfolio or portfolio == account.portfolio_id:
        return
    account.portfolio_id = portfolio
    account.save(update_fields=["portfolio_id"])
    count_anew(account)


def count_anew(account: WhatsAppAccount) -> None:
    """The account's portfolio has just been changed, by whomever."""
    transaction.on_commit(partial(limiter().recount, account.portfolio_id), robust=True)
