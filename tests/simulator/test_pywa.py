"""pywa, a client of somebody else's, against a running simulator: it finds what Meta would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pywa import errors
from pywa.client import WhatsApp
from pywa.types.callback import (
    Button,
    ContactInfoRequestButton,
    FlowButton,
    Section,
    SectionList,
    SectionRow,
    URLButton,
)
from pywa.types.flows import FlowActionType
from pywa.types.others import Contact
from pywa.types.templates import (
    BodyText,
    Buttons,
    FooterText,
    HeaderText,
    ParamFormat,
    QuickReplyButton,
    Template,
    TemplateCategory,
    TemplateLanguage,
    TemplateStatus,
)

from simulator.media_kinds import stand_in
from tests.simulator.driver import ACCOUNT, LENA, NUMBER, eventually
from tests.simulator.process import Run, running

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("pywa")]
PASSENGER = f"+{LENA}"


class ToTheSimulator(httpx.HTTPTransport):
    """Leads requests meant for Meta to this machine."""

    def __init__(self, base: httpx.URL) -> None:
        super().__init__()
        self.base = base

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Another scheme, host and port; the same path."""
        request.url = request.url.copy_with(
            scheme=self.base.scheme, host=self.base.host, port=self.base.port
        )
        return super().handle_request(request)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One simulator for all of them, with Lena's window open."""
    folder: Path = tmp_path_factory.mktemp("pywa")
    with running(folder) as run:
        run.client.post("/control/faults", json={"pair_rate": False, "throughput_per_s": 0})
        yield run


@pytest.fixture(scope="module")
def wa(run: Run) -> Iterator[WhatsApp]:
    """pywa's client."""
    with httpx.Client(transport=ToTheSimulator(run.client.base_url)) as session:
        yield WhatsApp(
            phone_id=NUMBER,
            token="development-access-token",
            session=session,
            waba_id=ACCOUNT,
        )


@pytest.fixture
def wamid(run: Run) -> str:
    """Lena writes."""
    body = {"from": LENA, "name": "Lena", "text": "Moin"}
    return str(run.client.post("/control/inbound", json=body).json()["wamid"])


def delivered(run: Run, sent: Any) -> dict[str, Any]:
    """What the simulator accepted, once it was delivered."""

    def look() -> dict[str, Any] | None:
        found = run.client.get("/control/outbox", params={"wamid": sent.id}).json()["messages"]
        return found[0] if found and found[0]["status"] in {"delivered", "read"} else None

    found = eventually(look)
    assert found is not None
    return found


def test_a_text_with_a_preview_a_quote_and_a_tracker(wa: WhatsApp, run: Run, wamid: str) -> None:
    sent = wa.send_message(
        PASSENGER, "Der Zug fährt: https://nordlicht-bahn.example", preview_url=True,
        reply_to_message_id=wamid, tracker="zeile-1",
    )  # fmt: skip

    found = delivered(run, sent)
    assert found["payload"]["context"] == {"message_id": wamid}
    assert found["biz_opaque_callback_data"] == "zeile-1"


def files() -> dict[str, tuple[bytes, str, str]]:
    """One of each kind."""
    return {kind: stand_in(kind) for kind in ("image", "video", "document", "audio")}


@pytest.mark.parametrize("kind", ["image", "video", "document", "audio"])
def test_files_are_uploaded_and_sent(wa: WhatsApp, run: Run, wamid: str, kind: str) -> None:
    assert wamid
    content, mime_type, name = files()[kind]
    media = wa.upload_media(content, mime_type=mime_type.partition(";")[0], filename=name)
    send: dict[str, Callable[..., Any]] = {
        "image": wa.send_image, "video": wa.send_video, "document": wa.send_document,
        "audio": wa.send_voice,
    }  # fmt: skip
    more = {} if kind == "audio" else {"caption": "Anbei"}
    if kind == "document":
        more["filename"] = name

    delivered(run, send[kind](PASSENGER, media.id, **more))

    url = wa.get_media_url(media.id)
    assert wa.get_media_bytes(url.url) == content
    assert wa.delete_media(media.id)


def test_buttons_lists_links_flows_and_requests(wa: WhatsApp, run: Run, wamid: str) -> None:
    assert wamid
    rows = [SectionRow(title="Kiel", callback_data="kiel", description="Hbf")]
    choices: list[Any] = [
        [Button(title="Ja", callback_data="ja"), Button(title="Nein", callback_data="nein")],
        SectionList("Auswählen", sections=[Section(title="Halte", rows=rows)]),
        URLButton(title="Zum Plan", url="https://nordlicht-bahn.example/plan"),
        ContactInfoRequestButton(),
        FlowButton(
            title="Ausfüllen", flow_id="1", flow_token="t",
            flow_action_type=FlowActionType.NAVIGATE, flow_action_screen="START",
        ),
    ]  # fmt: skip
    kinds = [
        delivered(run, wa.send_message(PASSENGER, "Bitte wählen", buttons=each))["payload"][
            "interactive"
        ]["type"]
        for each in choices
    ]

    assert kinds == ["button", "list", "cta_url", "request_contact_info", "flow"]
    asked = wa.request_location(PASSENGER, "Wo sind Sie?")
    assert delivered(run, asked)["type"] == "interactive"


def test_a_place_a_card_and_a_reaction(wa: WhatsApp, run: Run, wamid: str) -> None:
    delivered(run, wa.send_location(PASSENGER, 54.3, 10.1, name="Kiel Hbf", address="Sophienblatt"))
    name = Contact.Name(formatted_name="Priya Nair", first_name="Priya")
    delivered(run, wa.send_contact(PASSENGER, Contact(name=name)))
    wa.send_reaction(PASSENGER, "👍", wamid)
    wa.remove_reaction(PASSENGER, wamid)


def test_reading_and_typing(wa: WhatsApp, run: Run, wamid: str) -> None:
    assert wa.mark_message_as_read(wamid)
    assert wa.indicate_typing(wamid)

    reads = run.client.get("/control/outbox").json()["reads"]
    assert [(each["wamid"], each["typing"]) for each in reads[-2:]] == [
        (wamid, False), (wamid, True),
    ]  # fmt: skip


def test_templates_are_made_decided_on_listed_sent_and_deleted(
    wa: WhatsApp, run: Run, wamid: str
) -> None:
    assert wamid
    template = Template(
        name="ersatzbus",
        language=TemplateLanguage.GERMAN,
        category=TemplateCategory.UTILITY,
        parameter_format=ParamFormat.NAMED,
        components=[
            HeaderText("Ersatzverkehr"),
            BodyText("Guten Tag {{vorname}}, heute fährt ein Bus.", vorname="Lena"),
            FooterText(text="Nordlicht Bahn"),
            Buttons(buttons=[QuickReplyButton(text="Danke")]),
        ],
    )
    made = wa.create_template(template)
    assert made.status is TemplateStatus.PENDING
    with pytest.raises(errors.TemplateNotExists):
        wa.send_template(PASSENGER, "ersatzbus", TemplateLanguage.GERMAN, params=[])
    run.client.post("/control/templates", json={"name": "ersatzbus", "status": "APPROVED"})

    found = wa.get_template(made.id)
    assert (found.name, found.status) == ("ersatzbus", TemplateStatus.APPROVED)
    assert "ersatzbus" in {each.name for each in wa.get_templates()}
    sent = wa.send_template(
        PASSENGER, "ersatzbus", TemplateLanguage.GERMAN,
        params=[template.components[1].params(vorname="Lena")],  # type: ignore[union-attr]
    )  # fmt: skip
    delivered(run, sent)
    assert wa.delete_template("ersatzbus")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (190, errors.ExpiredAccessToken),
        (130429, errors.RateLimitHit),
        (131056, errors.TooManyMessages),
        (131031, errors.AccountLocked),
        (131047, errors.ReEngagementMessage),
        (368, errors.TemporarilyBlocked),
        (132015, errors.TemplatePaused),
    ],
)
def test_errors_are_understood(
    wa: WhatsApp, run: Run, code: int, kind: type[errors.WhatsAppError]
) -> None:
    run.client.post("/control/faults", json={"error_code": code, "count": 1})

    with pytest.raises(kind) as caught:
        wa.send_message(PASSENGER, "Moin")

    assert (caught.value.code, bool(caught.value.fbtrace_id)) == (code, True)


def test_the_number_its_profile_qr_codes_and_block_list(wa: WhatsApp, run: Run, wamid: str) -> None:
    assert wamid
    number = wa.get_business_phone_number()
    assert (number.id, str(number.status)) == (NUMBER, "CONNECTED")
    assert wa.get_business_profile().about
    code = wa.create_qr_code("Moin")
    assert code.deep_link_url.endswith(code.code)
    assert wa.delete_qr_code(code.code)
    blocked = wa.block_users([PASSENGER])
    assert blocked.added_users
    wa.unblock_users([PASSENGER])
