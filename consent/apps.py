from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = _("Consent")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from consent import chapters, erasure, holds, keepers, own_page, own_personal_data  # noqa: PLC0415  # noqa: PLC0415
        from consent.beginning import add_what_is_missing  # noqa: PLC0415

        own_personal_data.register()
        chapters.register()
        erasure.connect()
        own_page.connect()
        holds.connect()
        keepers.register()
        post_migrate.connect(add_what_is_missing, sender=self)
