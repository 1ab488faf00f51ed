"""How Django admin looks and what its sidebar shows, by what people look for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _page(title: Promise, icon: str, model: str) -> dict[str, Any]:
    """A link to a model's list; `icon` is a Material Symbol that Unfold ships."""
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}


def _elsewhere(_request: HttpRequest) -> bool:
    """A page outside of the admin is never the one that is open."""
    return False


def _in_the_ledger(request: HttpRequest) -> bool:
    """The page of figures lies below the ledger and has a link of its own."""
    ledger, figures = reverse("admin:consent_consentrecord_changelist"), reverse(FIGURES)
    return request.path.startswith(ledger) and not request.path.startswith(figures)


def favicon(_request: HttpRequest) -> str:
    return static("favicon.svg")


def admin_style(_request: HttpRequest) -> str:
    return static("css/admin.css")


def overview_style(_request: HttpRequest) -> str:
    return static("css/admin-overview.css")


def consent_style(_request: HttpRequest) -> str:
    return static("css/admin-consent.css")


def admin_script(_request: HttpRequest) -> str:
    return static("js/admin.js")


STYLES = [admin_style, overview_style, consent_style]

FIGURES = "admin:consent_figures"
# The list whose link carries how many are open.
NOTICES = "accounts_adminnotice"

# The product's petrol, from its lightest to its darkest; 600 is the accent of tokens.css.
PETROL = {
    "50": "#f1f8f8",
    "100": "#e1f0f1",
    "200": "#bfe0e3",
    "300": "#86d7de",
    "400": "#5ec4cd",
    "500": "#1f8b96",
    "600": "#0b6b75",
    "700": "#085660",
    "800": "#0a464e",
    "900": "#0c3a41",
    "950": "#05262b",
}

# Ctrl/⌘-K: pages and settings. What was searched for is kept nowhere: it may be a number.
COMMAND = {"search_callback": "helpdesk.admin_search.search_pages"}
SIDEBAR = {
    "show_search": True,
    "command_search": True,
    "navigation": "helpdesk.admin_overview.navigation",
}

NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")},
            {
                "title": _("To the inbox"),
                "icon": "inbox",
                "link": reverse_lazy("inbox:inbox"),
                "active": _elsewhere,
            },
            _page(_("Notices"), "notifications", NOTICES),
            {
                "title": _("Getting started"),
                "icon": "rocket_launch",
                "link": reverse_lazy("start:welcome"),
                "active": _elsewhere,
            },
        ]
    },
    {
        "title": _("Customers"),
        "separator": True,
        "items": [
            _page(_("Contacts"), "person", "contacts_contact"),
            _page(_("Attributes of contacts"), "fact_check", "contacts_attributedefinition"),
            _page(_("Notes on persons"), "sticky_note", "contacts_contactnote"),
            _page(_("Conversations"), "forum", "conversations_conversation"),
            _page(_("Messages"), "chat", "conversations_message"),
            _page(_("Media files"), "attach_file", "conversations_media"),
            _page(_("Notes"), "sticky_note_2", "conversations_note"),
            {
                **_page(_("Consent records"), "verified_user", "consent_consentrecord"),
                "active": _in_the_ledger,
            },
            {
                "title": _("Consents in figures"),
                "icon": "bar_chart",
                "link": reverse_lazy(FIGURES),
            },
            _page(_("Data requests"), "shield_person", "consent_datarequest"),
            _page(_("Legal holds"), "gavel", "consent_legalhold"),
            _page(_("Imports of consents"), "upload_file", "consent_consentimport"),
        ],
    },
    {
        "title": _("Subscriptions"),
        "separator": True,
        "items": [
            _page(_("Sign-up forms"), "how_to_reg", "consent_signupform"),
            _page(_("Click-to-chat links"), "qr_code_2", "conversations_chatlink"),
            _page(_("Topics"), "campaign", "consent_topic"),
            _page(_("Words of customers"), "spellcheck", "consent_consentword"),
            _page(_("Words shown"), "article", "consent_wording"),
        ],
    },
    {
        "title": _("Data protection"),
        "separator": True,
        "items": [
            _page(_("Company and documents"), "domain", "consent_company"),
            _page(_("Processors"), "handshake", "consent_processor"),
            _page(_("Purposes"), "balance", "consent_purposebasis"),
            _page(_("Retention rules"), "auto_delete", "consent_retentionrule"),
            _page(_("Retention runs"), "history_toggle_off", "consent_retentionrun"),
        ],
    },
    {
        "title": _("Team"),
        "separator": True,
        "items": [
            _page(_("Agents"), "support_agent", "accounts_agent"),
            {
                "title": _("Invitations"),
                "icon": "person_add",
                "link": reverse_lazy("start:invitations"),
                "active": _elsewhere,
            },
            _page(_("Teams"), "groups", "accounts_team"),
            _page(_("Labels"), "label", "conversations_label"),
            _page(_("Resolve reasons"), "task_alt", "conversations_resolvereason"),
            _page(_("Working rules"), "rule", "conversations_servicesettings"),
            _page(_("Canned responses"), "quickreply", "inbox_cannedresponse"),
            _page(_("Macros"), "playlist_play", "inbox_macro"),
            _page(_("Saved views"), "bookmark", "inbox_savedview"),
            _page(_("Actions on many conversations"), "checklist", "inbox_bulkrun"),
            _page(_("API tokens"), "key", "accounts_apitoken"),
        ],
    },
    {
        "title": _("Service"),
        "separator": True,
        "items": [
            _page(_("Opening hours"), "schedule", "automation_businesscalendar"),
            _page(_("Away messages"), "bedtime", "automation_numberhours"),
            _page(_("Assignment rules"), "rule", "automation_assignmentrule"),
            _page(_("Service levels"), "timer", "automation_slapolicy"),
            _page(_("Promises"), "alarm", "automation_slaclock"),
            _page(_("Satisfaction surveys"), "poll", "automation_csatsurvey"),
            _page(_("Ratings"), "star", "automation_csatanswer"),
            _page(_("Survey requests"), "outgoing_mail", "automation_csatrequest"),
            _page(_("Away notices"), "mark_chat_read", "automation_awaynotice"),
        ],
    },
    {
        "title": _("WhatsApp"),
        "separator": True,
        "items": [
            _page(_("WhatsApp numbers"), "call", "whatsapp_whatsappnumber"),
            _page(_("Business accounts"), "domain", "whatsapp_whatsappaccount"),
            _page(_("Templates"), "description", "conversations_messagetemplate"),
            _page(_("Webhook events"), "webhook", "whatsapp_webhookevent"),
        ],
    },
    {
        "title": _("Under the hood"),
        "separator": True,
        "collapsible": True,
        "items": [
            _page(_("Events"), "bolt", "conversations_event"),
            _page(_("Early statuses"), "schedule", "conversations_earlystatus"),
            _page(_("Parked tasks"), "report", "helpdesk_parkedtask"),
            _page(_("Changes made here"), "history", "admin_logentry"),
        ],
    },
]
