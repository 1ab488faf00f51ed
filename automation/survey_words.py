"""The words of a survey: an admin's, else the product's; and the platform's object they become."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from automation.models import CsatRequest, CsatSurvey, Scale
from automation.survey_answers import row_id

Json = dict[str, object]
STARS = (5, 4, 3, 2, 1)
# Score by button, as they stand.
BUTTONS = (5, 3, 1)


def question(survey: CsatSurvey, language: str) -> str:
    with override(language):
        default = _("Your question is answered. How satisfied were you with us?")
    return _own(survey, "question", language) or default


def thanks(survey: CsatSurvey, language: str) -> str:
    with override(language):
        default = _("Thank you for your answer!")
    return _own(survey, "thanks", language) or default


def comment_question(survey: CsatSurvey, language: str) -> str:
    with override(language):
        default = _("We are sorry. What should we have done better? Just write it here.")
    return _own(survey, "comment", language) or default


def interactive(survey: CsatSurvey, request: CsatRequest, language: str) -> Json:
    """The list or the buttons, each with its own signed id."""
    body: Json = {"text": question(survey, language)}
    with override(language):
        names = _names(Scale(request.scale))
        if request.scale == Scale.BUTTONS:
            buttons: list[Json] = [
                {"type": "reply", "reply": {"id": row_id(request, score), "title": names[score]}}
                for score in BUTTONS
            ]
            return {"type": "button", "body": body, "action": {"buttons": buttons}}
        rows: list[Json] = [
            {"id": row_id(request, score), "title": "★" * score, "description": names[score]}
            for score in STARS
        ]
        action: Json = {"button": _("Rate us"), "sections": [{"rows": rows}]}
        return {"type": "list", "body": body, "action": action}


def _names(scale: Scale) -> dict[int, str]:
    if scale == Scale.BUTTONS:
        return {5: _("Good"), 3: _("All right"), 1: _("Bad")}
    return {
        5: _("very satisfied"),
        4: _("satisfied"),
        3: _("neither nor"),
        2: _("dissatisfied"),
        1: _("very dissatisfied"),
    }


def _own(survey: CsatSurvey, name: str, language: str) -> str:
    """The admin's words; German ones also for others, where there are no English ones."""
    own: str = getattr(survey, f"{name}_{language}") or getattr(survey, f"{name}_de")
    return own
