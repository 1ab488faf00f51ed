"""The German texts: `python tools/translations.py update|check`.

Works without GNU gettext: Django turns templates into something like Python, Babel reads that and
Python itself. `update` writes what is new into `locale/de` and compiles it; `check` changes nothing
and fails unless every text is translated, with the same placeholders, and compiled.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    *("accounts", "api", "automation", "consent", "contacts", "conversations", "helpdesk"),
    *("inbox", "whatsapp"),
    "templates",
)
LANGUAGES = ("de",)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
COMMENT_TAGS = ("Translators:",)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def po_path(language: str) -> Path:
    """The catalogue people edit."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def mo_path(language: str) -> Path:
    """The catalogue Django reads; committed, so that a bare machine needs no compiler."""
    return po_path(language).with_suffix(".mo")


def source_files() -> Iterator[Path]:
    """Everything that may hold text for people."""
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts:
                yield path


def python_of(path: Path) -> bytes:
    """The file as Python that Babel can read."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # In brackets, because the indentation of a template means nothing to Python.
        text = f"({templatize(text, origin=str(path))}\n)"
    return text.encode()


def texts() -> Catalog:
    """All texts of the sources."""
    found = Catalog(charset="utf-8")
    for path in source_files():
        name = path.relative_to(ROOT).as_posix()
        messages = extract(
            "python",
            io.BytesIO(python_of(path)),
            keywords=KEYWORDS,
            comment_tags=COMMENT_TAGS,
            options={"encoding": "utf-8"},
        )
        for _line, message, comments, context in messages:
            found.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return found


def catalogue(language: str) -> Catalog:
    """The committed catalogue of a language, empty when there is none yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="WhatsApp helpdesk", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def compiled(catalog: Catalog) -> bytes:
    """The `.mo` file's content."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def update() -> int:
    """Merge the sources' texts into every catalogue and compile it; always 0."""
    found = texts()
    for language in LANGUAGES:
        catalog = catalogue(language)
        catalog.update(found, no_fuzzy_matching=True, update_creation_date=False)
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file,
                catalog,
                width=100,
                sort_output=True,
                ignore_obsolete=True,
                include_lineno=False,
            )
        # Read again: compiled from what is committed, byte for byte.
        mo_path(language).write_bytes(compiled(catalogue(language)))
        missing = [message for message in catalog if message.id and not complete(message)]
        print(f"locale/{language}: {len(catalog)} texts, {len(missing)} without translation")
    return 0


def complete(message: Message) -> bool:
    """Whether all forms are translated."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return not message.fuzzy and all(forms)


def placeholders_fit(message: Message) -> bool:
    """Whether the translation holds the same placeholders as the text."""
    ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    # A singular may spell its number out: "one message".
    allowed = {frozenset(PLACEHOLDER.findall(text)) for text in ids}
    return all(frozenset(PLACEHOLDER.findall(form or "")) in allowed for form in forms)


def problems(language: str, found: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue, one line each."""
    catalog = catalogue(language)
    for message in found:
        if not message.id:
            continue
        translated = catalog.get(message.id, context=message.context)
        where = message.locations[0][0] if message.locations else "?"
        if translated is None or not complete(translated):
            yield f"{where}: not translated: {message.id!r}"
        elif not placeholders_fit(translated):
            yield f"{where}: other placeholders: {message.id!r} / {translated.string!r}"
    for message in catalog:
        if message.id and found.get(message.id, context=message.context) is None:
            yield f"locale/{language}: no longer used: {message.id!r}"
    if not mo_path(language).exists() or mo_path(language).read_bytes() != compiled(catalog):
        yield f"locale/{language}: django.mo is not compiled from django.po"


def check() -> int:
    """Print every problem; 1 when there is one."""
    found = texts()
    lines = [line for language in LANGUAGES for line in problems(language, found)]
    print("\n".join(lines) if lines else f"{len(found)} texts, all translated")
    if lines:
        print(f"{len(lines)} problems; `make messages` collects and compiles.")
    return 1 if lines else 0


def main() -> int:
    """The exit status of the command named on the command line."""
    settings.configure()
    return {"update": update, "check": check}[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(main())
