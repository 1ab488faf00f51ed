"""Merging two contacts by hand, and splitting them again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from contacts.models import Contact, ContactMerge
from conversations.models import Conversation
from tests import factories

LIST = reverse("admin:contacts_contact_changelist")


@pytest.fixture
def other(conversation: Conversation) -> Conversation:
    """The same person again, by username."""
    contact = factories.ContactFactory.create(name="", wa_id="", bsuid="DE.9", username="karla.k")
    return factories.ConversationFactory.create(
        contact=contact, business_number=conversation.business_number
    )


def address(survivor: Conversation, absorbed: Conversation) -> str:
    return (
        f"{reverse('admin:contacts_contact_merge')}"
        f"?survivor={survivor.contact_id}&absorbed={absorbed.contact_id}"
    )


def choose(browser: Client, *rows: Conversation) -> str:
    response = browser.post(
        LIST, {"action": "merge_selected", "_selected_action": [row.contact_id for row in rows]}
    )
    return str(response.headers.get("Location", ""))


def test_two_are_chosen_looked_at_merged_and_split(
    browser: Client, admin: Agent, conversation: Conversation, other: Conversation
) -> None:
    chosen = choose(browser, conversation, other)
    assert chosen == address(conversation, other)

    page = browser.get(chosen).content.decode()
    assert "karla.k" in page
    assert "Both have an open conversation" in page
    assert ContactMerge.objects.count() == 0

    done = browser.post(chosen, follow=True).content.decode()
    merge = ContactMerge.objects.get()
    assert (merge.merged_by, merge.survivor) == (admin, conversation.contact)
    split = reverse("admin:contacts_contact_split", args=[merge.pk])
    assert split in done

    assert "karla.k" in browser.get(split).content.decode()
    browser.post(split)
    merge.refresh_from_db()
    assert merge.undone_by == admin
    assert Contact.objects.filter(merged_into=None).count() == 2
    assert browser.post(split, follow=True).status_code == 200


def test_the_other_one_may_go_on(
    browser: Client, conversation: Conversation, other: Conversation
) -> None:
    page = browser.get(address(conversation, other))
    assert page.context["swapped"] == address(other, conversation)
    browser.post(page.context["swapped"])
    assert ContactMerge.objects.get().survivor == other.contact


def test_lists_leave_out_who_was_merged_and_their_page_leads_on(
    browser: Client, conversation: Conversation, other: Conversation
) -> None:
    browser.post(address(conversation, other))
    rows = browser.get(LIST).context["cl"].result_list
    assert list(rows) == [conversation.contact]
    # Found by what was the other's name.
    rows = browser.get(LIST, {"q": "karla.k"}).context["cl"].result_list
    assert list(rows) == [conversation.contact]
    path = reverse("admin:contacts_contact_change", args=[other.contact_id])
    page = browser.get(path).content.decode()
    assert reverse("admin:contacts_contact_change", args=[conversation.contact_id]) in page


def test_nothing_but_two_can_be_merged(
    browser: Client, conversation: Conversation, other: Conversation
) -> None:
    third = factories.ConversationFactory.create()
    assert choose(browser, conversation) == choose(browser, conversation, other, third)
    assert "/merge/" not in choose(browser, conversation)
    base = reverse("admin:contacts_contact_merge")
    for query in ("", "?survivor=x&absorbed=y", f"?survivor={third.contact_id}&absorbed="):
        assert browser.get(base + query).status_code == 404
    assert browser.get(address(third, third)).status_code == 404
    browser.post(address(conversation, other))
    assert browser.post(address(conversation, other)).status_code == 404


@pytest.mark.parametrize("role", ["agent", "lead", "read_only"])
def test_only_admins_merge(
    client: Client,
    role: str,
    request: pytest.FixtureRequest,
    conversation: Conversation,
    other: Conversation,
) -> None:
    client.force_login(request.getfixturevalue(role))
    assert client.post(address(conversation, other)).status_code == 302
    assert ContactMerge.objects.count() == 0
