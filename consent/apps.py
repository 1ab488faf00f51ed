from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = _("Consent")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from consent import (  # noqa: PLC0415
            chapters,
            erasure,
            holds,
            import_keeping,
            keepers,
            own_page,
            own_personal_data,
        )
        from consent.beginning import add_what_is_missing  # noqa: PLC0415

        own_personal_data.register()
        chapters.register()
        erasure.connect()
        own_page.connect()
        holds.connect()
        keepers.register()
        import_keeping.register()
        post_migrate.connect(add_what_is_missing, sender=self)
