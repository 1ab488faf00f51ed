"""Mail and the address of links, as the environment says; a bad value stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from helpdesk.environment import Environment
from helpdesk.mail_settings import mail_settings, public_url


def test_development_writes_files_and_production_sends_nothing_without_a_server() -> None:
    development = mail_settings(Environment({}), Path("mail"))
    assert development.backend.endswith("filebased.EmailBackend")
    assert development.folder == "mail"
    assert mail_settings(Environment({}), None).backend.endswith("dummy.EmailBackend")


def test_a_server_is_spoken_to_in_secret_and_not_for_ever() -> None:
    said = {"EMAIL_HOST": "mail.example.org", "EMAIL_FROM": "Bahn <bahn@example.org>"}
    found = mail_settings(Environment(said), None)
    assert found.backend.endswith("smtp.EmailBackend")
    assert (found.port, found.use_tls, found.use_ssl, found.timeout_s) == (587, True, False, 10)
    found = mail_settings(Environment({**said, "EMAIL_SECURITY": "tls"}), None)
    assert (found.port, found.use_tls, found.use_ssl) == (465, False, True)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"EMAIL_HOST": "mail.example.org"}, "EMAIL_FROM"),
        ({"EMAIL_SECURITY": "ssl"}, "EMAIL_SECURITY"),
        ({"EMAIL_PORT": "0"}, "EMAIL_PORT"),
        ({"EMAIL_FROM": "nobody"}, "EMAIL_FROM"),
    ],
)
def test_a_bad_value_is_named(said: dict[str, str], names: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=names):
        mail_settings(Environment(said), None)


def test_links_begin_with_the_first_of_our_names() -> None:
    assert public_url(Environment({}), "", ["desk.example.org"]) == "https://desk.example.org"
    assert public_url(Environment({}), "", [".example.org"]) == "https://example.org"
    said = Environment({"PUBLIC_URL": "https://desk.example.org/"})
    assert public_url(said, "", ["*"]) == "https://desk.example.org"
    for hosts in ([], ["*"]):
        with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL"):
            public_url(Environment({}), "", hosts)
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL"):
        public_url(Environment({"PUBLIC_URL": "desk.example.org"}), "", [])
