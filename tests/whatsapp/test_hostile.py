"""Meta's bodies, bent at random: never an exception, never a lost neighbour."""

import asyncio
import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Message
from tests.whatsapp.door import as_body, django_stands_here, knock
from tests.whatsapp.test_ingest_samples import NAMES, SAMPLES, ingest, sample
from whatsapp.account_updates import ACCOUNT_FIELDS
from whatsapp.ingest import drain
from whatsapp.items import items_of
from whatsapp.mapping import Frame, map_message
from whatsapp.models import WebhookEvent
from whatsapp.status_mapping import map_status
from whatsapp.template_updates import TEMPLATE_FIELDS
from whatsapp.webhook import WebhookDoor
from whatsapp.work import Source

pytestmark = pytest.mark.django_db
relaxed = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["", "\x00", "\ud800", "x" * 5000, "US.1", "-1", "1e3", "٣"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything within a JSON value."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    return [at, *(path for key in keys for path in paths(value[key], (*at, key)))]


@st.composite
def bent(draw: st.DrawFn, original: Any) -> Any:
    """`original` with one to three places replaced, removed or doubled."""
    body = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 3))):
        places = [path for path in paths(body) if path]
        if not places:
            return body
        *parents, key = draw(st.sampled_from(places))
        holder = body
        for parent in parents:
            holder = holder[parent]
        match draw(st.sampled_from(["replace", "replace", "remove", "double"])):
            case "replace":
                holder[key] = draw(values)
            case "remove":
                del holder[key]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
    return body


@st.composite
def bent_samples(draw: st.DrawFn) -> Any:
    return draw(bent(sample(draw(st.sampled_from(NAMES)))))


def good_neighbour() -> dict[str, Any]:
    entry: dict[str, Any] = sample("text")["entry"][0]
    entry["changes"][0]["value"]["messages"][0]["id"] = "wamid.neighbour"
    return entry


@relaxed
@given(body=bent_samples())
def test_a_bent_body_harms_neither_process_nor_neighbour(number, body):
    Message.objects.all().delete()
    if not isinstance(body.get("entry"), list) or body.get("object") != sample("text")["object"]:
        body = {"object": "whatsapp_business_account", "entry": [body]}
    body["entry"].append(good_neighbour())
    event = ingest(body)
    assert event.state in ("processed", "waiting", "unknown_number", "failed")
    assert Message.objects.filter(wamid="wamid.neighbour").count() == 1


@relaxed
@given(item=st.sampled_from(NAMES).flatmap(lambda name: bent(items_in(name))))
def test_mapping_never_raises(item):
    frame = Frame(1, [item, 5, None], datetime.now(UTC))
    map_message(item, frame)
    map_status(item, frame)


def items_in(name: str) -> Any:
    value = sample(name)["entry"][0]["changes"][0]["value"]
    for key in ("messages", "statuses", "message_echoes", "user_preferences", "calls"):
        if value.get(key):
            return value[key][0]
    return value


@st.composite
def bent_fields(draw: st.DrawFn) -> Any:
    """The value of one sample in another field, or in its own, bent."""
    body = sample(draw(st.sampled_from(NAMES)))
    change = body["entry"][0]["changes"][0]
    change["field"] = draw(st.sampled_from([change["field"], *FIELDS]))
    change["value"] = draw(bent(change["value"]))
    return body


@settings(relaxed, max_examples=150)
@given(body=bent_fields())
def test_taking_apart_never_raises(body):
    source = Source({sample_number(): 1}, datetime.now(UTC))
    for item in items_of(body, source):
        assert item.path


@relaxed
@given(body=bent_fields())
def test_a_value_in_the_wrong_field_fails_at_most_by_itself(number, body):
    Message.objects.all().delete()
    body["entry"].append(good_neighbour())
    assert ingest(body).state in ("processed", "waiting", "unknown_number")
    assert Message.objects.filter(wamid="wamid.neighbour").count() == 1


def sample_number() -> str:
    found: str = sample("text")["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"]
    return found


FIELDS = [
    *("smb_message_echoes", "smb_app_state_sync", "history", "calls", "user_id_update"),
    *ACCOUNT_FIELDS,
    *TEMPLATE_FIELDS,
]


@settings(relaxed, max_examples=150)
@given(cut=st.data())
def test_the_door_never_answers_500_to_broken_bytes(db, cut):
    """Bytes cut out, doubled or changed anywhere; signed, so that they get past the signature."""
    raw = bytearray((SAMPLES / f"{cut.draw(st.sampled_from(NAMES))}.json").read_bytes())
    at = cut.draw(st.integers(0, len(raw) - 1))
    raw[at : at + cut.draw(st.integers(0, 9))] = cut.draw(st.binary(max_size=9))
    assert asyncio.run(answer_to(bytes(raw))) in (200, 400)


async def answer_to(body: bytes) -> int:
    door = WebhookDoor(django_stands_here)
    door.store = NoStore()
    door.nudger = NoNudger()
    return (await knock(door, body)).status


class NoStore:
    async def insert(self, _body: bytes, *, is_bulk: bool = False) -> None:
        return None


class NoNudger:
    def nudge(self) -> None:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_any_part_of_any_sample_may_be_null(number, name):
    """The cheapest way to be strange: one key of the body is null."""
    original = sample(name)
    for path in [path for path in paths(original["entry"]) if path][::6]:
        body = copy.deepcopy(original)
        holder = body["entry"]
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = None
        WebhookEvent.objects.create(body=as_body(body))
    drain()
    assert not WebhookEvent.objects.filter(state__in=("failed", "pending")).exists()
