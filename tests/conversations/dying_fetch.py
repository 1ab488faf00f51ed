"""A media worker that kills itself at a named step: `python -m tests.conversations.dying_fetch`.

`DIE_AT` names the step, `MEDIA_ID` the file; what the customer sent is always the same picture.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from uuid import UUID  # noqa: E402

from conversations.services import media, media_lease  # noqa: E402
from tests.conversations.fakes import FakeGateway  # noqa: E402
from tests.conversations.test_uploads import picture  # noqa: E402
from tests.processes_that_die import dying  # noqa: E402

# step → module, function, whether before or after.
STEPS = {
    "before the claim": (media, "claim", "before"),
    "within the claim": (media_lease, "uuid4", "after"),
    "after the claim's commit": (media, "claim", "after"),
    "downloaded": (media, "_drain", "after"),
    "scanned": (media, "scan", "after"),
    "looked at": (media, "_look", "after"),
    "the file is stored": (media, "_store", "after"),
    "the small picture is stored": (media, "keep_small", "after"),
    "written down, not committed": (media, "_announce", "after"),
    "committed": (media, "_settle", "after"),
}

if __name__ == "__main__":
    module, name, when = STEPS[os.environ["DIE_AT"]]
    setattr(module, name, dying(getattr(module, name), when, 1))
    channel = FakeGateway()
    channel.files["M1"] = picture()
    media.gateway = lambda: channel  # type: ignore[assignment]
    media.fetch(UUID(os.environ["MEDIA_ID"]))
