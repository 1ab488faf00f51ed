from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts.notice_pages import PAGES


class WhatsAppConfig(AppConfig):
    name = "whatsapp"
    verbose_name = _("WhatsApp")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from whatsapp import keepers, personal_data  # noqa: PLC0415

        personal_data.register()
        keepers.register()
        PAGES.update(
            number="admin:whatsapp_whatsappnumber_change",
            template="admin:conversations_messagetemplate_change",
        )
