from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from inbox import live, personal_data  # noqa: PLC0415

        live.connect()
        personal_data.register()
