"""What the tables of this room hold, and which rows are a person's."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from automation.models import (
    AssignmentRule,
    AwayNotice,
    BusinessCalendar,
    CsatAnswer,
    CsatRequest,
    CsatSurvey,
    NumberHours,
    Progress,
    RuleRun,
    SlaClock,
    SlaPolicy,
    SpecialDay,
)
from consent.personal_data import Person, Portion, Step, Table, delete_portion, fields, registry

_POLICY = (
    "id name place is_active priorities languages first_response_min next_response_min"
    " resolution_min calendar_id warn_percent escalate_after_min notify raise_priority_to"
    " move_to_team_id created_at updated_at"
)

_RULE = (
    "id name place is_active languages attribute_id attribute_equals came_by words hours"
    " calendar_id first_contact team_id distributes has_labels priority goes_on created_at"
    " updated_at"
)


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(*_ours(), *_theirs())
    registry.add(
        # Before the messages and threads they hang on.
        Step(290, "ratings", _("ratings"), _count_ratings, _erase_ratings),
        Step(
            295,
            "promises",
            _("promises, away notices and runs of rules"),
            _count_service,
            _erase_service,
        ),
    )


def _ours() -> Iterator[Table]:
    """What is said of nobody who writes to us."""
    yield Table(BusinessCalendar, fields(technical="id name time_zone week country subdivision"))
    yield Table(SpecialDay, fields(technical="id calendar_id name first_day last_day opens closes"))
    yield Table(
        NumberHours,
        fields(
            technical="business_number_id calendar_id is_active away_de away_en holiday_de"
            " holiday_en"
        ),
    )
    yield Table(SlaPolicy, fields(technical=_POLICY))
    for name, other in (
        ("numbers", "businessnumber"),
        ("teams", "team"),
        ("labels", "label"),
        ("topics", "topic"),
    ):
        through = getattr(SlaPolicy, name).through
        yield Table(through, fields(technical=f"id slapolicy_id {other}_id"))
    yield from _rules()
    yield Table(
        CsatSurvey,
        fields(
            technical="business_number_id is_active scale question_de question_en thanks_de"
            " thanks_en asks_comment low_score comment_de comment_en delay_min quiet_days"
        ),
    )
    yield Table(
        CsatSurvey.excluded_reasons.through, fields(technical="id csatsurvey_id resolvereason_id")
    )
    yield Table(Progress, fields(technical="follower sequence updated_at"))


def _rules() -> Iterator[Table]:
    yield Table(AssignmentRule, fields(technical=_RULE, staff="person_id"))
    for name, other in (
        ("numbers", "businessnumber"),
        ("topics", "topic"),
        ("labels", "label"),
        ("chat_links", "chatlink"),
        ("adds_labels", "label"),
    ):
        through = getattr(AssignmentRule, name).through
        yield Table(through, fields(technical=f"id assignmentrule_id {other}_id"))


def _theirs() -> Iterator[Table]:
    yield Table(
        RuleRun,
        fields(internal="conversation_id message_id ran_at rule_id", technical="id"),
        _runs,
    )
    yield Table(
        AwayNotice,
        fields(person="conversation_id message_id day created_at", technical="id"),
        _notices,
    )
    yield Table(
        SlaClock,
        fields(
            internal="conversation_id target started_at due_at warn_at paused_at warned_at met_at"
            " breached_at escalated_at cancelled_at",
            technical="id policy_id target_s warn_percent left_s",
        ),
        _clocks,
    )
    yield Table(
        CsatRequest,
        fields(
            person="id conversation_id message_id asked_at created_at",
            technical="state skipped ask_at resolved_at scale",
            staff="agent_id team_id",
        ),
        _requests,
    )
    yield Table(
        CsatAnswer,
        fields(
            person="request_id score answered_at message_id comment_id",
            technical="id comment_until",
        ),
        _answers,
    )


def _runs(person: Person) -> QuerySet[RuleRun]:
    return RuleRun.objects.filter(conversation__contact__in=person.contacts)


def _notices(person: Person) -> QuerySet[AwayNotice]:
    return AwayNotice.objects.filter(conversation__contact__in=person.contacts)


def _clocks(person: Person) -> QuerySet[SlaClock]:
    return SlaClock.objects.filter(conversation__contact__in=person.contacts)


def _requests(person: Person) -> QuerySet[CsatRequest]:
    return CsatRequest.objects.filter(conversation__contact__in=person.contacts)


def _answers(person: Person) -> QuerySet[CsatAnswer]:
    return CsatAnswer.objects.filter(request__conversation__contact__in=person.contacts)


def _count_ratings(person: Person) -> int:
    return _requests(person).count()


def _erase_ratings(person: Person) -> Portion:
    """With their answers."""
    return delete_portion(_requests(person))


def _count_service(person: Person) -> int:
    return sum(rows(person).count() for rows in (_clocks, _notices, _runs))


def _erase_service(person: Person) -> Portion:
    for rows in (_clocks, _notices):
        gone = delete_portion(rows(person))
        if gone.looked_at:
            return gone
    return delete_portion(_runs(person))
