"""What other rooms follow in the same transaction; an error there takes everything back.

Only what happens outside of a conversation: words in one are answered where they are heard.
"""

from __future__ import annotations

from django.dispatch import Signal

# With `contact: Contact` (not merged), `change: str` ("granted", "withdrawn", "renewed"),
# `topics: tuple[str, ...]` ("" is marketing in general) and `by: Source`.
consents_changed = Signal()
