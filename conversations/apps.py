from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from consent.figures import Refusals  # noqa: PLC0415
        from consent.our_numbers import OurNumbers  # noqa: PLC0415
        from conversations import keepers, personal_data, refusals, relying  # noqa: PLC0415
        from conversations.services import (  # noqa: PLC0415
            contact_edits,
            merge,
            own_page,
            successors,
            withdrawals,
        )

        personal_data.register()
        keepers.register()
        relying.register()
        merge.connect()
        contact_edits.connect()
        own_page.connect()
        withdrawals.connect()
        Refusals.counted = staticmethod(refusals.known_refusals)
        OurNumbers.describe = staticmethod(successors.number_words)
        OurNumbers.includes = staticmethod(successors.is_ours)
