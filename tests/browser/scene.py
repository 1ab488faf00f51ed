"""A customer of whom there is something of everything, so that `states.py` finds what to open."""

from __future__ import annotations

import base64

from tests.browser.inbox import Customer
from tests.browser.test_media import photo
from tests.conversations.recordings import sound
from tests.stack import Stack, eventually

HOUR_S = 3600
LONG = (
    "Mein Rucksack liegt wohl noch im Zug nach Kiel, Wagen 3, oben im Gepäckfach."
    " Hier steht alles: https://example.org/fundsachen?zug=RE7&wagen=3"
)
# An attribute and a macro with long names; then their conversation.
SEED = """
from contacts.attribute_models import AttributeDefinition
from conversations.models import Conversation
from inbox.models import Macro

AttributeDefinition.objects.get_or_create(key="zustand", defaults=dict(
    name_de="Bevorzugte Kontaktaufnahmezeit", name_en="Preferred time of contact", kind="text"))
Macro.objects.get_or_create(name="Fundsachenweiterleitung abgeschlossen", defaults=dict(actions=[
    dict(kind="assign_me", value=None), dict(kind="note", value="Weitergeleitet und erledigt.")]))
for found in Conversation.objects.filter(contact__identities__value="{phone}"):
    print("PATH", f"/conversations/{{found.pk}}/")
"""


def set_scene(stack: Stack) -> str:
    """The path of a conversation with text, a link, pictures, a document and a voice note; with a
    twin to merge with, and another customer whose window is closed."""
    customer = Customer(stack, "Zustand")
    customer.writes(LONG)
    for color in ("teal", "brown"):
        _sends(customer, "image", photo(color), "image/jpeg")
    _sends(customer, "document", b"%PDF-1.7\n" + bytes(9_000), "application/pdf", "Fahrkarte.pdf")
    _sends(customer, "audio", sound("ogg", seconds=9), "audio/ogg; codecs=opus")
    Customer(stack, "Zwilling Zustand").writes("Ich schreibe von meinem anderen Telefon")
    Customer(stack, "Zufenster").writes("Gestern geschrieben", age_s=25 * HOUR_S)
    return str(eventually(lambda: _path(stack, customer), 60, "the scene is not set"))


def _sends(customer: Customer, kind: str, content: bytes, mime_type: str, name: str = "") -> None:
    more: dict[str, object] = {"filename": name} if name else {}
    more |= {"voice": True} if kind == "audio" else {}
    data = base64.b64encode(content).decode()
    customer.writes("", type=kind, data=data, mime_type=mime_type, **more)


def _path(stack: Stack, customer: Customer) -> str:
    said = stack.manage("shell", "-v", "0", "-c", SEED.format(phone=customer.phone))
    return next((line[5:] for line in said.splitlines() if line.startswith("PATH ")), "")
