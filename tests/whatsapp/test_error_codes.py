"""Every code of the reference's section 12, one by one: what it means for a message and for us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import AdminNotice
from consent.models import Act, ConsentRecord
from conversations.gateway import Accepted, Refused, StatusUpdate, TryLater
from conversations.models import Message, TemplateStatus
from tests import factories
from tests.whatsapp.graph import Graph
from whatsapp import alarms
from whatsapp.alarm_kinds import Alarm
from whatsapp.error_table import MEANINGS, NO_FILE, RANGES, Retry
from whatsapp.errors import (
    FEW_TRIES,
    ONCE_TRIES,
    meaning,
    tries_of,
    wait_s,
    waiting_words_of,
    words_of,
)
from whatsapp.gateway import WhatsAppGateway

pytestmark = pytest.mark.django_db

# The reference's table, row by row, with its column "retry": R (few), L, N.
TABLE: dict[Retry, list[int]] = {
    Retry.SOON: [2, 130429, 131016, 133004],
    Retry.FEW: [1, 131000],
    Retry.SLOWLY: [4, 80007, 80008, 131048, 131057, 132069, 133015],
    Retry.PAIR: [131056],
    Retry.ONCE: [131026],
    # "L" with hours or minutes, or without saying how long; see test_parking.py.
    Retry.LATER: [131049, 131064, 132015, 134101],
    Retry.NO: [
        *(0, 3, 10, 33, 100, 190, *range(200, 300), 368),
        *(130403, 130472, 130497, 130501, 131005, 131008, 131009, 131020, 131021, 131030, 131031),
        *(131037, 131041, 131042, 131044, 131045, 131047, 131050, 131051, 131052, 131053),
        *(131055, 131059, 131060, 131062, 131063, *range(131201, 131216)),
        *(132000, 132001, 132005, 132007, 132008, 132012, 132016, 132018, 132068),
        *(133000, 133005, 133006, 133008, 133009, 133010, 133016),
        *(134011, 134100, 134102, 135000, 137000),
        *(*range(138000, 138019), *range(139000, 139005), *range(139100, 139104)),
        *(*range(147001, 147006), 2388012, 2388019, 2388040, 2388047, 2388072, 2388073),
        *(2388293, 2388299, 2494100, 2593107, 2593108, 2593109, 200005, 200006, 200007, 1752041),
    ],
}
EVERY_CODE = [(code, retry) for retry, codes in TABLE.items() for code in codes]
BODY = {"type": "body", "parameters": [{"type": "text", "text": "4711"}]}
# Who has to act when it comes.
ALARMS = {
    Alarm.TOKEN: [0, 190],
    Alarm.PERMISSION: [3, 10, 200, 299, 131005],
    Alarm.LOCKED: [368, 131031],
    Alarm.PAYMENT: [131042, 131044, 134011],
    Alarm.REGISTRATION: [33, 131045, 133000, 133006, 133010, 133015, 133016],
    Alarm.DISPLAY_NAME: [131037],
    Alarm.SPAM: [131048],
    Alarm.API_LIMIT: [4, 80007, 80008],
    Alarm.COUNTRY: [130497],
    Alarm.MARKETING_OFF: [131063],
    Alarm.WINDOW: [131047],
    Alarm.TEMPLATE_PAUSED: [132015],
    Alarm.TEMPLATE_DISABLED: [132016],
    Alarm.TEMPLATE_POLICY: [132007],
    Alarm.TEMPLATE_UNKNOWN: [132001],
    Alarm.TEMPLATE_LIMIT: [131064],
    Alarm.FLOW: [132068],
}


@pytest.fixture(autouse=True)
def _fresh_board(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices of the test before are not known to be open."""
    monkeypatch.setattr(alarms, "_BOARD", alarms._Board())


@pytest.fixture
def template(number: Any) -> Any:
    return factories.MessageTemplateFactory.create(business_numbers=[number])


@pytest.fixture
def message(conversation: Any, agent: Any, template: Any) -> Message:
    found: Message = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        author=agent,
        wamid=None,
        type="template",
        template=template,
        payload={"template": {"components": [BODY]}},
        attempts=1,
        status="sending",
    )
    return found


@pytest.mark.parametrize(("code", "retry"), EVERY_CODE)
def test_every_code_has_its_class_and_words_in_both_languages(code: int, retry: Retry) -> None:
    known = meaning(code)
    assert known is not None
    assert known.retry is retry
    with translation.override("en"):
        assert str(known.words).endswith(".")
    assert words_of(code) == words_of(code, "whatever Meta", "says")


@pytest.mark.parametrize(("code", "retry"), EVERY_CODE)
def test_what_is_final_does_not_promise_another_try(code: int, retry: Retry) -> None:
    known = meaning(code)
    assert known is not None
    assert "is tried again" not in words_of(code)
    assert (known.waiting is not None) == (
        retry not in (Retry.NO, Retry.ONCE) and known.alarm is not Alarm.REGISTRATION
    )
    assert waiting_words_of(known).endswith(".")
    assert (known.park is not None) == (retry is Retry.LATER)


def test_the_tables_hold_nothing_else() -> None:
    codes = {code for code, _retry in EVERY_CODE}
    assert set(MEANINGS) - {NO_FILE} <= codes
    assert all(set(found) & codes for found, _meaning in RANGES)


@pytest.mark.parametrize(
    ("alarm", "code"), [(alarm, code) for alarm, codes in ALARMS.items() for code in codes]
)
def test_who_has_to_act_is_told(alarm: Alarm, code: int) -> None:
    known = meaning(code)
    assert known is not None
    assert known.alarm is alarm


def test_nobody_else_is_alarmed() -> None:
    alarmed = {code for codes in ALARMS.values() for code in codes}
    told = {code for code, known in MEANINGS.items() if known.alarm is not None}
    assert told <= alarmed


def test_how_often_and_how_long() -> None:
    assert (tries_of(Retry.FEW), tries_of(Retry.ONCE), tries_of(Retry.SOON)) == (
        FEW_TRIES,
        ONCE_TRIES,
        None,
    )
    slow = [wait_s(MEANINGS[80007], attempt) for attempt in (1, 2, 3, 9)]
    assert slow == [60, 120, 240, 900]
    assert wait_s(MEANINGS[133015], 1) == 300
    assert wait_s(MEANINGS[131057], 7) == 60


def test_few_tries_by_its_code_but_a_server_s_error_passes(graph: Graph, message: Message) -> None:
    graph.refuses(131000, status=400)
    outcome = WhatsAppGateway().send(message)
    assert isinstance(outcome, TryLater)
    assert outcome.tries == FEW_TRIES
    graph.refuses(131000, status=500)
    outcome = WhatsAppGateway().send(message)
    assert isinstance(outcome, TryLater)
    assert outcome.tries is None


@pytest.mark.parametrize("code", [190, 131031, 131042, 133010])
def test_a_refusal_raises_one_notice_for_the_number_however_often(
    graph: Graph, message: Message, code: int
) -> None:
    graph.refuses(code)
    gateway = WhatsAppGateway()
    for _ in range(3):
        assert isinstance(gateway.send(message), Refused)
    notice = AdminNotice.objects.get()
    assert notice.subject == f"number:{message.business_number_id}"
    assert "Kundenservice" in notice.words


def test_the_notice_is_settled_by_the_next_message_that_is_taken(
    graph: Graph, message: Message
) -> None:
    graph.refuses(190)
    WhatsAppGateway().send(message)
    assert AdminNotice.objects.filter(settled_at=None).count() == 1
    graph.accepts()
    assert WhatsAppGateway().send(message) == Accepted("wamid.NEW")
    assert not AdminNotice.objects.filter(settled_at=None).exists()


def test_a_payment_problem_is_not_over_because_a_message_is_taken(
    graph: Graph, message: Message
) -> None:
    """WhatsApp takes it and says `failed` afterwards."""
    graph.refuses(131042)
    WhatsAppGateway().send(message)
    graph.accepts()
    WhatsAppGateway().send(message)
    assert AdminNotice.objects.filter(kind="payment", settled_at=None).exists()


def test_what_another_process_raised_is_settled_too(graph: Graph, message: Message) -> None:
    AdminNotice.objects.create(
        kind="token",
        subject=f"number:{message.business_number_id}",
        severity="critical",
        text="…",
        raised_at=timezone.now(),
        last_raised_at=timezone.now(),
    )
    WhatsAppGateway().send(message)
    assert not AdminNotice.objects.filter(settled_at=None).exists()


@pytest.mark.parametrize(
    ("code", "status"), [(132015, TemplateStatus.PAUSED), (132016, TemplateStatus.DISABLED)]
)
def test_a_paused_template_is_not_offered_any_more(
    graph: Graph, message: Message, template: Any, code: int, status: str
) -> None:
    graph.refuses(code)
    WhatsAppGateway().send(message)
    template.refresh_from_db()
    assert template.status == status
    assert AdminNotice.objects.get().subject == f"template:{template.pk}"


def test_who_stopped_marketing_at_whatsapp_has_withdrawn(graph: Graph, message: Message) -> None:
    graph.refuses(131050)
    for _ in range(2):
        WhatsAppGateway().send(message)
    record = ConsentRecord.objects.get(purpose="marketing")
    assert (record.act, record.source) == (Act.WITHDRAWN, "platform")
    assert record.contact == message.conversation.contact


def test_a_throttled_number_holds_everything_back_in_all_processes(
    graph: Graph, message: Message
) -> None:
    graph.refuses(130429)
    WhatsAppGateway().send(message)
    (turn,) = WhatsAppGateway().take_turns([message])
    assert turn.of_number
    assert 0 < turn.wait_s <= 1


def test_a_failed_status_tells_admins_as_well(message: Message, template: Any) -> None:
    message.wamid = "wamid.failed"
    message.save()
    alarms.follow_statuses(
        StatusUpdate(
            message.business_number_id, "wamid.failed", status, timezone.now(), reason=reason
        )
        for status, reason in [
            *(("failed", "131042"), ("failed", "132015"), ("failed", "131026")),
            *(("failed", "nonsense"), ("sent", "190")),
        ]
    )
    assert set(AdminNotice.objects.values_list("kind", flat=True)) == {"payment", "template_paused"}
    template.refresh_from_db()
    assert template.status == TemplateStatus.PAUSED


def test_our_window_was_open_and_meta_says_it_is_not(
    graph: Graph, conversation: Any, agent: Any
) -> None:
    free = factories.MessageFactory.create(
        conversation=conversation, outbound=True, author=agent, wamid=None, status="sending"
    )
    graph.refuses(131047)
    outcome = WhatsAppGateway().send(free)
    assert isinstance(outcome, Refused)
    assert "template" in outcome.detail
    assert AdminNotice.objects.get().kind == "window"
    conversation.refresh_from_db()
    assert conversation.window_expires_at > timezone.now() + timedelta(hours=20)
