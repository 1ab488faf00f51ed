"""What a finding of `connection_check.py` means, and what helps: two sentences each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.sayings import details, said
from whatsapp.models import ConnectionCheck

_META = "https://business.facebook.com/latest/whatsapp_manager/"


@dataclass(frozen=True)
class Words:
    """`says` what is; `helps` what to do about it; `link` where, at Meta; `detail`: its own words,
    whatever language they are in."""

    says: str | Promise
    helps: str | Promise = ""
    link: str = ""
    detail: str = ""


WORDS: dict[str, Words] = {
    "unreachable": Words(
        _("WhatsApp does not answer at present"),
        _("Nothing is wrong here. We ask again by ourselves within the hour."),
    ),
    "odd_answer": Words(
        _("WhatsApp answered something we do not understand"),
        _("Please look whether the IDs of number and account are the right way round."),
    ),
    "refused": Words(_("WhatsApp refuses to tell"), "%(words)s"),
    "token_for_ever": Words(_("Access token valid, never expires")),
    "token_until": Words(
        _("Access token valid until %(date)s"),
        _("Make one that never expires: a system user's token in Meta Business."),
    ),
    "token_invalid": Words(
        _("The access token is not valid any more"),
        _("Make a new one for a system user in Meta Business and enter it at the number."),
        "https://business.facebook.com/settings/system-users",
    ),
    "permissions": Words(_("The token may send and manage")),
    "permission_missing": Words(
        _("The token may not do everything"),
        _("Missing: %(names)s. Make the token anew with these permissions."),
        "https://business.facebook.com/settings/system-users",
    ),
    "belongs": Words(_("The number belongs to its account")),
    "belongs_not": Words(
        _("The number does not belong to this account"),
        _("Compare phone number ID and account ID with those in Meta's app dashboard."),
        _META,
    ),
    "number_registered": Words(_("Number registered, name approved")),
    "number_not_connected": Words(
        _("The number is not registered (%(status)s)"),
        _("Register it with the PIN of its two-step verification."),
    ),
    "number_blocked": Words(
        _("The number cannot send"),
        _("The number's page says what Meta finds wrong, and what helps."),
        _META,
    ),
    "name_rejected": Words(
        _("The number's name was rejected"), _("Choose another name in Meta Business."), _META
    ),
    "name_in_review": Words(_("The number's name is in review")),
    "quality_green": Words(_("Quality high, up to %(limit)s people a day")),
    "quality_unknown": Words(_("No rating of quality yet, up to %(limit)s people a day")),
    "quality_yellow": Words(
        _("Quality medium, up to %(limit)s people a day"),
        _("Customers block or report messages. Write to fewer people, and only what they chose."),
    ),
    "quality_red": Words(
        _("Quality low: the number may be restricted soon"),
        _("Stop what is not an answer until customers block less."),
        _META,
    ),
    "subscribed": Words(_("Meta sends us what customers write")),
    "no_app": Words(
        _("Messages do not reach us"),
        _(
            "The app is not subscribed to the business account, so Meta sends no webhooks. You "
            "need the role admin in Meta Business."
        ),
        _META,
    ),
    "address": Words(_("Webhook address answers in %(ms)s ms, token right")),
    "address_missing": Words(
        _("Nobody knows our public address"), _("Set PUBLIC_URL to the address of this server.")
    ),
    "address_not_https": Words(
        _("The webhook address is not https"),
        _("Meta sends to https only. Set PUBLIC_URL to an https:// address."),
    ),
    "address_silent": Words(
        _("The webhook address does not answer"),
        _("%(address)s cannot be reached from here. Look at DNS, proxy and certificate."),
    ),
    "address_refuses": Words(
        _("The webhook address answers wrongly (%(status)s)"),
        _("%(address)s must lead to this server, without a redirect or a login before it."),
    ),
    "arriving": Words(_("Webhooks arrive, signatures are right")),
    "secret_wrong": Words(
        _("Webhooks arrive with a wrong signature"),
        _(
            "%(count)s in the last 24 hours. WHATSAPP_APP_SECRET is not the secret of the app that "
            "sends."
        ),
        "https://developers.facebook.com/apps/",
    ),
    "nothing_yet": Words(_("No webhook has arrived yet"), _("Write to the number from any phone.")),
    "nothing_today": Words(
        _("No webhook in the last 24 hours"), _("Write to the number from any phone to see.")
    ),
    "templates": Words(_("Templates: %(approved)s of %(total)s approved")),
    "templates_pending": Words(
        _("Templates: %(pending)s of %(total)s in review"),
        _("Without an approved one nothing can be sent after 24 hours."),
    ),
    "templates_none": Words(
        _("No templates yet"), _("Without an approved one nothing can be sent after 24 hours.")
    ),
    "templates_unknown": Words(_("Templates were not fetched yet")),
    "clock": Words(_("Our clock is right")),
    "clock_unknown": Words(_("Meta did not tell its time")),
    "clock_wrong": Words(
        _("Our clock is wrong by %(seconds)s seconds"),
        _("Switch on NTP on this server: customers' windows are counted by its clock."),
    ),
}
_NOBODY_KNOWS = Words(_("Nobody knows"))


def words_of(row: ConnectionCheck) -> Words:
    """Both sentences in the reader's language."""
    known = WORDS.get(row.code, _NOBODY_KNOWS)
    values = {name: _shown(name, value) for name, value in row.params.items()}
    # What is fine needs no help; a token that ends in months is fine, too.
    helps = "" if row.found == ConnectionCheck.Found.FINE else str(known.helps)
    link = known.link if helps else ""
    detail = details(row.params) if helps else ""
    return Words(_filled(str(known.says), values), _filled(helps, values), link, detail)


def _filled(sentence: str, values: dict[str, object]) -> str:
    try:
        return sentence % values if values else sentence
    except (KeyError, ValueError, TypeError):  # a row of an older version
        return sentence


def _shown(name: str, value: object) -> object:
    day: date | None = parse_date(value) if name == "date" and isinstance(value, str) else None
    return date_format(day, "DATE_FORMAT") if day else said(value)
