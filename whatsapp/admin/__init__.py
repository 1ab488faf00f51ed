"""Our numbers and accounts, templates and webhook events in Django admin."""

from whatsapp.admin.events import WebhookEventAdmin
from whatsapp.admin.numbers import WhatsAppAccountAdmin, WhatsAppNumberAdmin
from whatsapp.admin.templates import MessageTemplateAdmin

__all__ = [
    "MessageTemplateAdmin",
    "WebhookEventAdmin",
    "WhatsAppAccountAdmin",
    "WhatsAppNumberAdmin",
]
