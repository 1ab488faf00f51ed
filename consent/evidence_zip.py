"""All that a third party needs, in one file: to read, to check, the means to check it, and how."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from consent.evidence import Evidence
from consent.evidence_pdf import evidence_pdf, file_name

VERIFIERS = ("verify_evidence.py", "verify_evidence_short.py")
# Of the same evidence the same bytes: the time within says nothing.
_TIME = (1980, 1, 1, 0, 0, 0)


def evidence_zip(evidence: Evidence, language: str) -> bytes:
    """The ZIP, its PDF and its instructions in that language ("de", "en")."""
    tools = settings.BASE_DIR / "tools"
    files = {
        file_name(evidence, "pdf"): evidence_pdf(evidence, language),
        file_name(evidence, "json"): evidence.as_json.encode(),
        **{name: (tools / name).read_bytes() for name in VERIFIERS},
    }
    with translation.override(language):
        files[gettext("how-to-check.txt")] = _instructions(evidence).encode()
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            inside = ZipInfo(name, _TIME)
            inside.compress_type = ZIP_DEFLATED
            archive.writestr(inside, content)
    return packed.getvalue()


def _instructions(evidence: Evidence) -> str:
    json_name = file_name(evidence, "json")
    return gettext(
        "Evidence of consent, by %(company)s\n"
        "\n"
        "%(pdf)s\n"
        "  to read: every entry, what the person saw and wrote, and when.\n"
        "%(json)s\n"
        "  the same for programs, with hashes, proofs and signature.\n"
        "verify_evidence.py\n"
        "  checks the JSON. It needs Python and the package cryptography, and nothing of ours:\n"
        "    pip install cryptography\n"
        "    python verify_evidence.py %(json)s --key PUBLIC_KEY\n"
        "verify_evidence_short.py\n"
        "  its heart in some forty lines, for whoever wants to read all that they trust.\n"
        "\n"
        "PUBLIC_KEY is the key you were given in another way than with this file: it is in every\n"
        "signed head of the ledger. This file was signed with\n"
        "    %(key)s\n"
    ) % {
        "company": settings.SITE_NAME,
        "pdf": file_name(evidence, "pdf"),
        "json": json_name,
        "key": evidence.head.key,
    }
