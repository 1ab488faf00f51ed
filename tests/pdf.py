"""What is drawn into a PDF, for tests to read."""

from __future__ import annotations

from typing import Any

import pytest
from fpdf import FPDF


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All text that is drawn, in order."""
    texts: list[str] = []

    def watch(name: str, place: int) -> None:
        draw = getattr(FPDF, name)

        def spy(self: FPDF, *args: Any, **more: Any) -> Any:
            if not more.get("dry_run"):
                texts.append(str(more.get("text", args[place] if len(args) > place else "")))
            return draw(self, *args, **more)

        monkeypatch.setattr(FPDF, name, spy)

    for name, place in {"multi_cell": 2, "cell": 2, "write": 1}.items():
        watch(name, place)
    return texts
