from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from conversations.events import events_dispatched  # noqa: PLC0415
        from inbox import (  # noqa: PLC0415
            keepers,
            live,
            notifications,
            personal_data,
            push,
            relying,
        )

        live.connect()
        events_dispatched.connect(notifications.notify_of, dispatch_uid="inbox.notifications")
        push.connect()
        personal_data.register()
        keepers.register()
        relying.register()
