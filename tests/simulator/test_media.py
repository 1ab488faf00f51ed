"""Files: upload, ids that expire, URLs that die, and what customers send."""

import base64
import hashlib

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def upload(phone: Phone, mime: str = "application/pdf", content: bytes = PDF) -> str:
    """Upload a file; its id."""
    response = phone.graph(
        "POST",
        f"{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": mime},
        files={"file": ("fahrplan.pdf", content, mime)},
    )
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def test_an_uploaded_file_can_be_sent_looked_up_and_downloaded(phone: Phone) -> None:
    phone.writes()
    media_id = upload(phone)

    info = phone.graph("GET", media_id).json()
    wamid = phone.sent(type="document", text=None, document={"id": media_id, "filename": "a.pdf"})

    assert info["mime_type"] == "application/pdf"
    assert info["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert info["file_size"] == len(PDF)
    download = phone.client.get(info["url"])
    assert (download.content, download.headers["content-type"]) == (PDF, "application/pdf")
    phone.wait_for(wamid, "delivered")


def test_a_url_dies_after_five_minutes_and_the_id_gives_a_new_one(phone: Phone) -> None:
    media_id = upload(phone)
    url = phone.graph("GET", media_id).json()["url"]

    phone.control("clock", advance_s=301)

    assert phone.client.get(url).status_code == 404
    assert phone.client.get(phone.graph("GET", media_id).json()["url"]).status_code == 200


def test_nobody_downloads_without_the_token_or_with_a_made_up_url(phone: Phone) -> None:
    url = phone.graph("GET", upload(phone)).json()["url"]

    stranger = phone.client.get(url, headers={"Authorization": "Bearer wrong"})
    forged = phone.client.get(url.replace("hash=AR", "hash=AS"))

    assert stranger.status_code in (401, 404)
    assert forged.status_code == 404


def test_an_uploaded_id_lives_thirty_days(phone: Phone) -> None:
    media_id = upload(phone)

    phone.control("clock", advance_s=30 * 86400 + 1)

    assert phone.graph("GET", media_id).json()["error"]["code"] == 100


def test_a_deleted_file_is_gone(phone: Phone) -> None:
    media_id = upload(phone)

    assert phone.graph("DELETE", media_id).json() == {"success": True}

    assert phone.graph("GET", media_id).json()["error"]["error_subcode"] == 33


@pytest.mark.parametrize(
    ("mime", "content", "code"),
    [
        ("application/x-msdownload", b"MZ", 100),
        ("image/png", b"x" * (5 * 1024 * 1024 + 1), 131053),
        ("text/plain", b"", 131053),
    ],
)
def test_files_whatsapp_does_not_take_are_refused(
    phone: Phone, mime: str, content: bytes, code: int
) -> None:
    response = phone.graph(
        "POST",
        f"{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": mime},
        files={"file": ("datei", content, mime)},
    )

    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_a_file_of_the_wrong_kind_fails_later(phone: Phone) -> None:
    phone.writes()
    media_id = upload(phone)

    wamid = phone.sent(type="image", text=None, image={"id": media_id})

    assert phone.wait_for(wamid, "failed")["errors"][0]["code"] == 131053


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_what_a_customer_sends_can_be_fetched(phone: Phone, kind: str) -> None:
    phone.control("inbound", {"from": LENA, "type": kind})

    part = phone.helpdesk.messages()[0][kind]
    info = phone.graph("GET", part["id"]).json()
    content = phone.client.get(info["url"]).content
    assert info["mime_type"] == part["mime_type"]
    assert base64.b64decode(part["sha256"]) == hashlib.sha256(content).digest()
    assert phone.client.get(part["url"]).content == content


def test_a_voice_note_says_so(phone: Phone) -> None:
    phone.control("inbound", {"from": LENA, "type": "audio"})

    audio = phone.helpdesk.messages()[0]["audio"]

    assert (audio["voice"], audio["mime_type"]) == (True, "audio/ogg; codecs=opus")


def test_an_inbound_id_lives_seven_days(phone: Phone) -> None:
    phone.control("inbound", {"from": LENA, "type": "image"})
    media_id = phone.helpdesk.messages()[0]["image"]["id"]

    phone.control("clock", advance_s=7 * 86400 + 1)

    assert phone.graph("GET", media_id).json()["error"]["code"] == 100
