"""Writing templates: what Meta would refuse, said in words before; then created, changed, deleted.

The rules are the reference's sections 7.1 and 9. A draft has the fields of the admin's form, so
that every problem has its place there; what the form cannot write (carousels, offers, codes to
sign in with) is shown and left to WhatsApp Manager.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.models import MessageTemplate
from whatsapp.payload import Json, list_of, text_of

NAME_LENGTH, HEADER_LENGTH, BODY_LENGTH, FOOTER_LENGTH = 512, 60, 1024, 60
MOST_BUTTONS, BUTTON_LENGTH, URL_LENGTH, CODE_LENGTH = 10, 25, 2000, 15
MOST_OF_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "FLOW": 1, "REQUEST_CONTACT_INFO": 1}
HEADERS = ("", "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
FILE_HEADERS = ("IMAGE", "VIDEO", "DOCUMENT")
BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "FLOW", "REQUEST_CONTACT_INFO")
# What this editor writes; a template with more is not changed here.
_KNOWN_PARTS = {"HEADER", "BODY", "FOOTER", "BUTTONS"}

_GAP = re.compile(r"{{\s*(.*?)\s*}}")
_NAME = re.compile(r"[a-z0-9_]+")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_TOO_MUCH_SPACE = re.compile(r"\n{3,}|\t| {5,}")

Problems = dict[str, list[str | Promise]]
Say = Callable[[str, str | Promise], None]


@dataclass(frozen=True)
class ButtonDraft:
    """`value` is the address, phone number, code or flow id, by `kind`; `sample` of an address
    with a variable is the whole address."""

    kind: str
    text: str = ""
    value: str = ""
    sample: str = ""


@dataclass(frozen=True)
class TemplateDraft:
    """A template as the form has it. `body_samples` and `header_sample` fill the variables;
    `header_handle` is Meta's name of the uploaded sample file."""

    name: str
    language: str
    category: str
    is_named: bool = False
    header: str = ""
    header_text: str = ""
    header_sample: str = ""
    header_handle: str = ""
    body: str = ""
    body_samples: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""
    buttons: Sequence[ButtonDraft] = ()


def variables(text: str) -> list[str]:
    """The names (or numbers) of the variables in a text, each once, in their order."""
    return list(dict.fromkeys(_GAP.findall(text)))


def problems(draft: TemplateDraft) -> Problems:
    """What Meta would refuse, by the form's fields; buttons as `buttons-0-text`."""
    found: Problems = {}

    def say(at: str, words: str | Promise) -> None:
        found.setdefault(at, []).append(words)

    if not _NAME.fullmatch(draft.name):
        say("name", _("Only small letters a–z, digits and underscores."))
    if len(draft.name) > NAME_LENGTH:
        say("name", _too_long(NAME_LENGTH))
    if not _LANGUAGE.fullmatch(draft.language):
        say("language", _("A language code such as de, en_US or pt_BR."))
    if draft.category == "authentication":
        words = _("WhatsApp words these templates itself; create them in WhatsApp Manager.")
        say("category", words)
    _check_header(draft, say)
    _check_body(draft, say)
    if len(draft.footer) > FOOTER_LENGTH:
        say("footer", _too_long(FOOTER_LENGTH))
    if variables(draft.footer):
        say("footer", _("There are no variables in a footer."))
    _check_buttons(draft.buttons, say)
    return found


def components_of(draft: TemplateDraft) -> list[Json]:
    """The components as `POST …/message_templates` wants them, of a draft without problems."""
    parts = [_header_of(draft), _body_of(draft)]
    if draft.footer:
        parts.append({"type": "FOOTER", "text": draft.footer})
    if draft.buttons:
        parts.append({"type": "BUTTONS", "buttons": [_button_of(one) for one in draft.buttons]})
    return [part for part in parts if part]


def draft_of(template: MessageTemplate) -> TemplateDraft:
    """A template as the form has it, to be changed or to be copied.

    Without the sample file of its header: Meta lists an address, which is no handle.
    """
    header, body = template.component("HEADER"), template.component("BODY")
    named = template.parameter_format == "named"
    kind = str(header.get("format", "TEXT")).upper() if header else ""
    header_samples = _samples(header, "header", str(header.get("text", "")), named)
    return TemplateDraft(
        name=template.name,
        language=template.language,
        category=template.category,
        is_named=named,
        header=kind if kind in HEADERS else "",
        header_text=str(header.get("text", "")),
        header_sample=next(iter(header_samples.values()), ""),
        body=str(body.get("text", "")),
        body_samples=_samples(body, "body", str(body.get("text", "")), named),
        footer=str(template.component("FOOTER").get("text", "")),
        buttons=[
            _read_button(button)
            for button in list_of(template.component("BUTTONS").get("buttons"))
            if isinstance(button, dict)
        ],
    )


def can_be_written(template: MessageTemplate) -> bool:
    """Whether the form has a place for all of the template; else saving it would lose something."""
    if template.category == "authentication":
        return False
    parts = {str(part.get("type", "")).upper() for part in template.components}
    buttons = list_of(template.component("BUTTONS").get("buttons"))
    kinds = {str(b.get("type", "")).upper() for b in buttons if isinstance(b, dict)}
    header = template.component("HEADER")
    header_kind = str(header.get("format", "TEXT")).upper() if header else ""
    return parts <= _KNOWN_PARTS and kinds <= set(BUTTONS) and header_kind in HEADERS


# -- Checks ----------------------------------------------------------------------------------------


def _check_header(draft: TemplateDraft, say: Say) -> None:
    if draft.header in FILE_HEADERS and not draft.header_handle:
        say("header_file", _("WhatsApp reviews a sample file; please choose one."))
    if draft.header != "TEXT":
        return
    text = draft.header_text
    names = variables(text)
    if not text.strip():
        say("header_text", _("Please enter a text, or choose no header."))
    if len(text) > HEADER_LENGTH:
        say("header_text", _too_long(HEADER_LENGTH))
    if "\n" in text or any(mark in text for mark in "*~`"):
        say("header_text", _("A header has one line and no formatting."))
    if len(names) > 1:
        say("header_text", _("A header has at most one variable."))
    _check_names(names, draft.is_named, "header_text", say)
    if names and not draft.header_sample.strip():
        say("header_sample", _("WhatsApp wants an example for the variable."))


def _check_body(draft: TemplateDraft, say: Say) -> None:
    text = draft.body
    names = variables(text)
    if not text.strip():
        say("body", _("Please enter a text."))
        return
    if len(text) > BODY_LENGTH:
        say("body", _too_long(BODY_LENGTH))
    _check_names(names, draft.is_named, "body", say)
    stripped = text.strip()
    if names and (stripped.startswith("{{") or stripped.endswith("}}")):
        say("body", _("The text must neither begin nor end with a variable."))
    if _TOO_MUCH_SPACE.search(text.replace("\r\n", "\n")):
        say("body", _("No tabs, no more than two line breaks or four spaces in a row."))
    words = [w for w in text.split() if "{{" not in w and any(c.isalnum() for c in w)]
    if names and len(words) < 2 * len(names) - 1:
        say("body", _("There are too many variables for so short a text."))
    for name in names:
        if not draft.body_samples.get(name, "").strip():
            say(f"sample-{name}", _("WhatsApp wants an example for the variable."))


def _check_names(names: list[str], is_named: bool, at: str, say: Say) -> None:
    if is_named:
        if not all(_VARIABLE.fullmatch(name) for name in names):
            say(at, _("Variables have names of small letters, digits and underscores."))
    elif names != [str(number) for number in range(1, len(names) + 1)]:
        say(at, _("Variables are numbered from {{1}} without gaps."))


def _check_buttons(buttons: Sequence[ButtonDraft], say: Say) -> None:
    if len(buttons) > MOST_BUTTONS:
        say("buttons", _("There are at most ten buttons."))
    kinds = [button.kind for button in buttons]
    for kind, most in MOST_OF_KIND.items():
        if kinds.count(kind) > most:
            place = max(index for index, found in enumerate(kinds) if found == kind)
            say(f"buttons-{place}-kind", _("There are too many buttons of this kind."))
    replies = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(one != other for one, other in itertools.pairwise(replies)) > 1:
        say("buttons", _("Answers stand together: before or after all other buttons."))
    for index, button in enumerate(buttons):
        _check_button(button, f"buttons-{index}", say)
    texts = [button.text.strip().casefold() for button in buttons if button.text.strip()]
    if len(set(texts)) < len(texts):
        say("buttons", _("Two buttons have the same text."))


def _check_button(button: ButtonDraft, at: str, say: Say) -> None:
    kind, text, value = button.kind, button.text.strip(), button.value.strip()
    if kind not in BUTTONS:
        say(f"{at}-kind", _("Please choose what the button does."))
        return
    if kind not in ("COPY_CODE", "REQUEST_CONTACT_INFO") and not text:
        say(f"{at}-text", _("Please enter the button's text."))
    if len(text) > BUTTON_LENGTH:
        say(f"{at}-text", _too_long(BUTTON_LENGTH))
    if kind == "URL":
        _check_url(button, at, say)
    elif kind == "PHONE_NUMBER" and not re.fullmatch(r"\+[0-9]{5,20}", value):
        say(f"{at}-value", _("A phone number with country code, +49…"))
    elif kind == "COPY_CODE" and not 0 < len(value) <= CODE_LENGTH:
        say(f"{at}-value", _("A sample code of at most 15 characters."))
    elif kind == "FLOW" and not value.isdigit():
        say(f"{at}-value", _("The flow's id, digits only."))


def _check_url(button: ButtonDraft, at: str, say: Say) -> None:
    value = button.value.strip()
    names = variables(value)
    if not re.match(r"https?://[^\s{]", value) or " " in value:
        say(f"{at}-value", _("An address that begins with https://."))
    if len(value) > URL_LENGTH:
        say(f"{at}-value", _too_long(URL_LENGTH))
    if names and (len(names) > 1 or not value.endswith("}}")):
        say(f"{at}-value", _("An address has at most one variable, at its end."))
    if names and not re.match(r"https?://\S+$", button.sample.strip()):
        say(f"{at}-sample", _("The whole address as an example."))


def _too_long(most: int) -> str:
    return gettext("At most %(most)s characters.") % {"most": most}


# -- To and from Meta's shape ----------------------------------------------------------------------


def _header_of(draft: TemplateDraft) -> Json:
    if not draft.header:
        return {}
    part: Json = {"type": "HEADER", "format": draft.header}
    if draft.header in FILE_HEADERS:
        part["example"] = {"header_handle": [draft.header_handle]}
    elif draft.header == "TEXT":
        part["text"] = draft.header_text
        names = variables(draft.header_text)
        if names and draft.is_named:
            row = {"param_name": names[0], "example": draft.header_sample}
            part["example"] = {"header_text_named_params": [row]}
        elif names:
            part["example"] = {"header_text": [draft.header_sample]}
    return part


def _body_of(draft: TemplateDraft) -> Json:
    part: Json = {"type": "BODY", "text": draft.body}
    names = variables(draft.body)
    if names and draft.is_named:
        rows = [{"param_name": name, "example": draft.body_samples[name]} for name in names]
        part["example"] = {"body_text_named_params": rows}
    elif names:
        part["example"] = {"body_text": [[draft.body_samples[name] for name in names]]}
    return part


def _button_of(button: ButtonDraft) -> Json:
    part: Json = {"type": button.kind}
    if button.text.strip() and button.kind not in ("COPY_CODE", "REQUEST_CONTACT_INFO"):
        part["text"] = button.text.strip()
    value = button.value.strip()
    if button.kind == "URL":
        part["url"] = value
        if variables(value):
            part["example"] = [button.sample.strip()]
    elif button.kind == "PHONE_NUMBER":
        part["phone_number"] = value
    elif button.kind == "COPY_CODE":
        part["example"] = value
    elif button.kind == "FLOW":
        part["flow_id"] = value
    return part


def _read_button(button: Json) -> ButtonDraft:
    example = button.get("example")
    first = example[0] if isinstance(example, list) and example else example
    sample = first if isinstance(first, str) else ""
    kind = text_of(button.get("type")).upper()
    values = {
        "URL": button.get("url"),
        "PHONE_NUMBER": button.get("phone_number"),
        "COPY_CODE": sample,
        "FLOW": button.get("flow_id"),
    }
    return ButtonDraft(
        kind=kind,
        text=text_of(button.get("text")),
        value=text_of(values.get(kind)),
        sample=sample if kind == "URL" else "",
    )


def _samples(part: Mapping[str, object], key: str, text: str, is_named: bool) -> dict[str, str]:
    """The examples of a part's variables, by name."""
    example, names = _example(part), variables(text)
    if is_named:
        rows = list_of(example.get(f"{key}_text_named_params"))
        return {
            text_of(row.get("param_name")): text_of(row.get("example"))
            for row in rows
            if isinstance(row, dict)
        }
    given = list_of(example.get(f"{key}_text"))
    if given and isinstance(given[0], list):
        given = given[0]
    return dict(zip(names, [text_of(one) for one in given], strict=False))


def _example(part: Mapping[str, object]) -> Json:
    example = part.get("example")
    return example if isinstance(example, dict) else {}
