from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "automation"
    verbose_name = _("Service")

    def ready(self) -> None:
        # Imports models, which exist only now.
        from automation import (  # noqa: PLC0415
            follow,
            personal_data,
            relying,
            survey_answers,
        )

        personal_data.register()
        relying.register()
        follow.connect()
        survey_answers.connect()
