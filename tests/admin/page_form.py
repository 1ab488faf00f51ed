"""The form of an admin page as a browser would send it back."""

from __future__ import annotations

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Inputs between the first <form method=post> with an id that ends in `_form` and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = {}
        self._is_inside = False
        self._select: tuple[str, bool] | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        if tag == "form" and has.get("id", "").endswith("_form"):
            self._is_inside = True
        if not self._is_inside or ("disabled" in has and tag != "option"):
            return
        name, kind = has.get("name", ""), has.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "button", "file", "image"):
            is_box = kind in ("checkbox", "radio")
            if not is_box or "checked" in has:
                self.said.setdefault(name, []).append(has.get("value", "on" if is_box else ""))
        elif tag == "select" and name:
            self._select, self._options = (name, "multiple" in has), []
        elif tag == "option" and self._select:
            self._options.append((has.get("value", ""), "selected" in has))
        elif tag == "textarea" and name:
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "textarea" and self._area:
            # A browser drops the first line break, and sends the others as two characters.
            text = self._text.removeprefix("\r").removeprefix("\n")
            self.said.setdefault(self._area, []).append(text)
            self._area = None
        elif tag == "select" and self._select:
            name, is_multiple = self._select
            chosen = [value for value, is_selected in self._options if is_selected]
            if not chosen and not is_multiple and self._options:
                chosen = [self._options[0][0]]
            if chosen:
                self.said.setdefault(name, []).extend(chosen)
            self._select = None


def sent_by(page: str) -> dict[str, list[str]]:
    """What is sent when nothing was touched."""
    form = _Form()
    form.feed(page)
    return form.said
