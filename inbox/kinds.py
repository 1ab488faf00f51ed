"""What the composer can send besides words and files: one form per kind, behind the "+" menu.

A form knows its fields, their limits (the channel's, from `gateway().limits`) and the platform's
object it becomes; the page draws it (`templates/inbox/kind.html`) and the reply's door takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from conversations.gateway import gateway
from conversations.models import MessageType
from inbox.places import parse_place

Json = dict[str, Any]
BUTTONS = 3
ROWS = 10


@dataclass(frozen=True)
class Piece:
    """A message's type, the words a person reads of it, and the platform's own object."""

    type: str
    text: str
    content: object


class KindForm(forms.Form):
    """Base of all. `sentence` says what the customer will be able to do with it.

    `more` names the fields that are folded away, since most messages go without.
    """

    icon = "plus"
    title: Any = ""
    sentence: Any = ""
    more: tuple[str, ...] = ()
    template_name = "inbox/kind_fields.html"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "kind-%s", **options})
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("class", "form-control")
            field.widget.attrs.setdefault("autocomplete", "off")
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            field.widget.attrs["data-field"] = name

    def piece(self) -> Piece:
        """What the cleaned fields become."""
        raise NotImplementedError

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in (*self.more, *self.drawn_apart)]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    @property
    def drawn_apart(self) -> tuple[str, ...]:
        """Fields that the kind draws itself."""
        return ()

    def _interactive(self, kind: str, action: Json) -> Piece:
        """The platform's interactive object with this form's body, heading and small print."""
        given = self.cleaned_data
        content: Json = {"type": kind, "body": {"text": given["body"]}, "action": action}
        if given.get("header"):
            content["header"] = {"type": "text", "text": given["header"]}
        if given.get("footer"):
            content["footer"] = {"text": given["footer"]}
        return Piece(MessageType.INTERACTIVE, given["body"], content)


def _line(label: Any, limit: str, *, required: bool = True, **attrs: str) -> forms.CharField:
    """One line of at most `limit` (a name of `ContentLimits`) characters."""
    return _LimitedField(label=label, limit=limit, required=required, widget_attrs=attrs)


def _words(label: Any, limit: str) -> forms.CharField:
    return _LimitedField(label=label, limit=limit, many_lines=True)


class _LimitedField(forms.CharField):
    """Asks the channel for its limit only when a form is made: it may not be loaded before."""

    def __init__(
        self,
        *,
        limit: str,
        many_lines: bool = False,
        widget_attrs: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.limit = limit
        widget = forms.Textarea if many_lines else forms.TextInput
        super().__init__(widget=widget(attrs=widget_attrs or {}), **options)

    def __deepcopy__(self, memo: dict[int, Any]) -> _LimitedField:
        field: _LimitedField = super().__deepcopy__(memo)
        field.max_length = getattr(gateway().limits, self.limit)
        field.widget.attrs["data-limit"] = str(field.max_length)
        if not isinstance(field.widget, forms.Textarea):
            field.widget.attrs["maxlength"] = str(field.max_length)
        return field

    def clean(self, value: Any) -> str:
        text: str = super().clean(value).replace("\r\n", "\n")
        if self.max_length is not None and len(text) > self.max_length:
            sentence = _("“%(label)s” is too long: at most %(limit)s characters.")
            raise forms.ValidationError(
                sentence % {"label": self.label, "limit": self.max_length}, code="max_length"
            )
        return text


class LocationForm(KindForm):
    icon = "map-pin"
    title = _("Location")
    sentence = _("The customer sees a map and can be guided there.")
    place = forms.CharField(
        label=_("Coordinates or link of a map"),
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "52.5250, 13.3694"}),
    )
    name = forms.CharField(label=_("Name of the place"), max_length=200, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)

    def clean_place(self) -> Any:
        place = parse_place(self.cleaned_data["place"])
        if place is None:
            raise forms.ValidationError(
                _("This names no place. Two numbers or the link of a map, please.")
            )
        return place

    def piece(self) -> Piece:
        given = self.cleaned_data
        content: Json = {
            "latitude": given["place"].latitude,
            "longitude": given["place"].longitude,
        }
        content |= {key: given[key] for key in ("name", "address") if given[key]}
        return Piece(MessageType.LOCATION, "", content)


class ContactForm(KindForm):
    icon = "address-book"
    title = _("Contact card")
    sentence = _("The customer can save it, call it and write to it.")
    more = ("company", "email")
    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "placeholder": "+49 431 123456"}),
    )
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if not 5 <= sum(each.isdigit() for each in phone) <= 20:
            raise forms.ValidationError(_("This is not a phone number."))
        return phone

    def piece(self) -> Piece:
        given = self.cleaned_data
        first, _space, last = given["name"].partition(" ")
        name = {"formatted_name": given["name"], "first_name": first}
        if last:
            name["last_name"] = last
        digits = "".join(each for each in given["phone"] if each.isdigit())
        phone = {"phone": given["phone"], "type": "WORK"}
        if given["phone"].startswith("+"):
            phone["wa_id"] = digits
        card: Json = {"name": name, "phones": [phone]}
        if given["company"]:
            card["org"] = {"company": given["company"]}
        if given["email"]:
            card["emails"] = [{"email": given["email"], "type": "WORK"}]
        return Piece(MessageType.CONTACTS, "", [card])


class ButtonsForm(KindForm):
    icon = "pointer"
    title = _("Buttons")
    sentence = _("The customer answers by pressing one of up to three buttons.")
    more = ("header", "footer")
    body = _words(_("Text"), "body")
    button_1 = _line(_("Button 1"), "button_title")
    button_2 = _line(_("Button 2"), "button_title", required=False)
    button_3 = _line(_("Button 3"), "button_title", required=False)
    header = _line(_("Heading"), "header", required=False)
    footer = _line(_("Small print"), "footer", required=False)

    def clean(self) -> Json:
        titles = self._titles()
        if len(set(titles)) < len(titles):
            self.add_error(None, _("Two buttons have the same words."))
        return self.cleaned_data

    def _titles(self) -> list[str]:
        found = (self.cleaned_data.get(f"button_{place}") for place in range(1, BUTTONS + 1))
        return [title for title in found if title]

    def piece(self) -> Piece:
        buttons = [
            {"type": "reply", "reply": {"id": f"button-{place}", "title": title}}
            for place, title in enumerate(self._titles(), start=1)
        ]
        return self._interactive("button", {"buttons": buttons})


class ListForm(KindForm):
    """Rows come as three lists of equal length: `section`, `row_title`, `row_description`."""

    icon = "list"
    title = _("List")
    sentence = _("The customer opens a list and chooses one of up to ten rows.")
    more = ("header", "footer")
    body = _words(_("Text"), "list_body")
    button = _line(_("Words of the button"), "list_button")
    section = _line(_("Section"), "section_title", required=False)
    row_title = _line(_("Row"), "row_title", required=False)
    row_description = _line(_("Description"), "row_description", required=False)
    header = _line(_("Heading"), "header", required=False)
    footer = _line(_("Small print"), "footer", required=False)

    @property
    def drawn_apart(self) -> tuple[str, ...]:
        return ("section", "row_title", "row_description")

    @property
    def row_numbers(self) -> range:
        return range(1, gateway().limits.rows + 1)

    def clean(self) -> Json:
        rows = self._rows()
        limits = gateway().limits
        if not rows:
            self.add_error("row_title", _("A list needs at least one row."))
        longest = (
            ("section", limits.section_title),
            ("row_title", limits.row_title),
            ("row_description", limits.row_description),
        )
        for place, (name, limit) in enumerate(longest):
            if any(len(row[place]) > limit for row in rows):
                sentence = _("“%(label)s” is too long: at most %(limit)s characters.")
                words = {"label": self.fields[name].label, "limit": limit}
                self.add_error(name, sentence % words)
        if len({row[0] for row in rows}) > 1 and not all(row[0] for row in rows):
            self.add_error("section", _("With several sections every row needs one."))
        self.cleaned_data["rows"] = rows
        return self.cleaned_data

    def _rows(self) -> list[tuple[str, str, str]]:
        data = self.data if isinstance(self.data, QueryDict) else QueryDict()
        columns = [data.getlist(name) for name in self.drawn_apart]
        rows = (tuple(cell.strip() for cell in row) for row in zip(*columns, strict=False))
        return [(row[0], row[1], row[2]) for row in rows if row[1]][: self.row_numbers.stop - 1]

    def piece(self) -> Piece:
        sections: dict[str, list[Json]] = {}
        for number, (section, title, description) in enumerate(self.cleaned_data["rows"], start=1):
            row = {"id": f"row-{number}", "title": title}
            if description:
                row["description"] = description
            sections.setdefault(section, []).append(row)
        action = {
            "button": self.cleaned_data["button"],
            "sections": [
                {"title": title, "rows": rows} if title else {"rows": rows}
                for title, rows in sections.items()
            ],
        }
        return self._interactive("list", action)


class LinkForm(KindForm):
    icon = "external-link"
    title = _("Link button")
    sentence = _("A button that opens a web page; the address itself stays out of sight.")
    more = ("header", "footer")
    body = _words(_("Text"), "body")
    display_text = _line(_("Words of the button"), "link_text")
    url = _line(_("Web address"), "url", inputmode="url", placeholder="https://")
    header = _line(_("Heading"), "header", required=False)
    footer = _line(_("Small print"), "footer", required=False)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if not url.startswith(("https://", "http://")) or " " in url:
            raise forms.ValidationError(_("A web address begins with https://."))
        return url

    def piece(self) -> Piece:
        given = self.cleaned_data
        parameters = {"display_text": given["display_text"], "url": given["url"]}
        return self._interactive("cta_url", {"name": "cta_url", "parameters": parameters})


class AskLocationForm(KindForm):
    icon = "current-location"
    title = _("Ask for the location")
    sentence = _("A button with which the customer sends where they are.")
    body = _words(_("Text"), "body")

    def piece(self) -> Piece:
        return self._interactive("location_request_message", {"name": "send_location"})


class AskContactForm(KindForm):
    icon = "id"
    title = _("Ask for the phone number")
    sentence = _("A button with which a customer who hides their number shares it.")
    body = _words(_("Text"), "body")

    def piece(self) -> Piece:
        return self._interactive("request_contact_info", {"name": "request_contact_info"})


class FlowForm(KindForm):
    icon = "forms"
    title = _("Form")
    sentence = _("A form (flow) that was published at Meta; its answers come back here.")
    more = ("screen", "header", "footer")
    body = _words(_("Text"), "body")
    flow_id = forms.CharField(
        label=_("ID of the flow"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    flow_cta = _line(_("Words of the button"), "flow_button")
    screen = forms.CharField(label=_("First screen"), max_length=80, required=False)
    header = _line(_("Heading"), "header", required=False)
    footer = _line(_("Small print"), "footer", required=False)

    def clean_flow_id(self) -> str:
        flow_id: str = self.cleaned_data["flow_id"]
        if not flow_id.isascii() or not flow_id.isdigit():
            raise forms.ValidationError(_("The ID of a flow has digits only."))
        return flow_id

    def piece(self) -> Piece:
        given = self.cleaned_data
        parameters: Json = {
            "flow_message_version": "3",
            "flow_id": given["flow_id"],
            "flow_cta": given["flow_cta"],
            # Comes back with the answers, and tells two of them apart.
            "flow_token": str(self.data.get("client_uuid") or uuid4()),
        }
        if given["screen"]:
            parameters["flow_action"] = "navigate"
            parameters["flow_action_payload"] = {"screen": given["screen"]}
        return self._interactive("flow", {"name": "flow", "parameters": parameters})


KINDS: dict[str, type[KindForm]] = {
    "location": LocationForm,
    "contact": ContactForm,
    "buttons": ButtonsForm,
    "list": ListForm,
    "link": LinkForm,
    "ask-location": AskLocationForm,
    "ask-contact": AskContactForm,
    "flow": FlowForm,
}


def card_of(contact: Contact) -> dict[str, str]:
    """What of one of our contacts goes onto a card."""
    return {"name": contact.name or contact.display_name, "phone": contact.phone}
