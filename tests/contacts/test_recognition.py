"""Who is who: pairs that are learned, numbers that change, numbers that change hands."""

from __future__ import annotations

import pytest

from contacts.merging import merge_contacts, undo_merge
from contacts.models import Contact, ContactMerge, MergeReason
from contacts.services import Person, change_identity, find_contact, find_or_create_contact, learn

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "447700900321", "447700900388"
PHONE_ONLY = Person(wa_id=NUMBER)
ACCOUNT_ONLY = Person(bsuid="GB.1", username="tom.w")
BOTH = Person(wa_id=NUMBER, bsuid="GB.1")
MOVED = Person(wa_id=OTHER, bsuid="GB.2")


def living() -> list[Contact]:
    return list(Contact.objects.filter(merged_into=None))


def known(contact: Contact) -> dict[str, str]:
    return Contact.objects.get(pk=contact.pk).identity_values


def test_a_pair_in_one_message_joins_what_were_two() -> None:
    first = find_or_create_contact(PHONE_ONLY)
    second = find_or_create_contact(ACCOUNT_ONLY)
    assert first != second
    assert find_or_create_contact(BOTH) == first
    second.refresh_from_db()
    assert second.merged_into == first
    assert find_contact(ACCOUNT_ONLY) == find_contact(PHONE_ONLY) == first
    assert known(first) == {
        "wa_id": NUMBER,
        "phone": f"+{NUMBER}",
        "bsuid": "GB.1",
        "username": "tom.w",
    }
    merge = ContactMerge.objects.get()
    assert (merge.survivor, merge.absorbed, merge.reason) == (first, second, MergeReason.PAIR)


def test_the_contact_known_for_longer_goes_on() -> None:
    older = find_or_create_contact(ACCOUNT_ONLY)
    find_or_create_contact(PHONE_ONLY)
    assert find_or_create_contact(BOTH) == older


def test_who_did_not_write_is_learned_of_and_not_made() -> None:
    assert learn(BOTH) is None
    contact = find_or_create_contact(PHONE_ONLY)
    assert learn(BOTH) == contact
    assert find_contact(Person(bsuid="GB.1")) == contact
    assert Contact.objects.count() == 1


def test_a_parent_id_joins_the_accounts_of_two_portfolios() -> None:
    first = find_or_create_contact(Person(bsuid="US.1", parent_bsuid="US.ENT.1"))
    assert find_or_create_contact(Person(bsuid="US.2", parent_bsuid="US.ENT.1")) == first
    assert find_contact(Person(bsuid="US.1")) == find_contact(Person(bsuid="US.2")) == first


def test_a_recycled_number_belongs_to_a_new_contact() -> None:
    before = find_or_create_contact(BOTH)
    stranger = find_or_create_contact(Person(wa_id=NUMBER, bsuid="GB.99", name="Somebody"))
    assert stranger != before
    assert known(before) == {"bsuid": "GB.1"}
    assert known(stranger)["wa_id"] == NUMBER
    assert before.identities.filter(kind="wa_id", ended_at__isnull=False).exists()
    assert not ContactMerge.objects.exists()
    assert find_contact(PHONE_ONLY) == stranger


def test_a_status_takes_a_recycled_number_away_and_makes_nobody() -> None:
    """Or the next message would reach a stranger."""
    before = find_or_create_contact(BOTH)
    assert learn(Person(wa_id=NUMBER, bsuid="GB.99")) is None
    assert known(before) == {"bsuid": "GB.1"}
    assert Contact.objects.count() == 1


def test_a_number_moves_between_two_known_people() -> None:
    one = find_or_create_contact(BOTH)
    two = find_or_create_contact(MOVED)
    assert find_or_create_contact(Person(wa_id=NUMBER, bsuid="GB.2")) == two
    assert known(one) == {"bsuid": "GB.1"}
    assert known(two) == {"bsuid": "GB.2", "wa_id": NUMBER, "phone": f"+{NUMBER}"}


@pytest.mark.parametrize("twice", [1, 2])
def test_a_changed_number_is_the_same_person_with_a_history(twice: int) -> None:
    contact = find_or_create_contact(BOTH)
    for _ in range(twice):
        assert change_identity(contact, BOTH, MOVED) == contact
    assert known(contact) == {"bsuid": "GB.2", "wa_id": OTHER, "phone": f"+{OTHER}"}
    ended = contact.identities.filter(ended_at__isnull=False)
    assert set(ended.values_list("value", flat=True)) == {"GB.1", NUMBER, f"+{NUMBER}"}


def test_who_wrote_with_the_new_number_first_is_merged() -> None:
    """The news of a changed number may come after the first message from it."""
    before = find_or_create_contact(BOTH)
    after = find_or_create_contact(MOVED)
    assert change_identity(before, BOTH, MOVED) == before
    after.refresh_from_db()
    assert after.merged_into == before
    assert known(before) == {"bsuid": "GB.2", "wa_id": OTHER, "phone": f"+{OTHER}"}
    assert ContactMerge.objects.get().reason == MergeReason.NUMBER_CHANGED
    again = find_contact(BOTH)
    assert again == before
    assert change_identity(again, BOTH, MOVED) == before
    assert ContactMerge.objects.count() == 1


def test_an_old_spelling_without_account_ids_ends_the_account_too() -> None:
    contact = find_or_create_contact(BOTH)
    change_identity(contact, PHONE_ONLY, Person(wa_id=OTHER))
    assert known(contact) == {"wa_id": OTHER, "phone": f"+{OTHER}"}
    assert find_or_create_contact(MOVED) == contact


def test_a_changed_account_takes_the_number_with_it() -> None:
    """`user_changed_user_id` comes when the new number is hidden; the old one is given up."""
    contact = find_or_create_contact(BOTH)
    change_identity(contact, Person(bsuid="GB.1"), Person(bsuid="GB.2"))
    assert known(contact) == {"bsuid": "GB.2"}


def test_a_late_message_of_the_old_account_is_the_same_person_still() -> None:
    contact = find_or_create_contact(BOTH)
    change_identity(contact, BOTH, MOVED)
    stranger = find_or_create_contact(Person(wa_id=NUMBER, bsuid="GB.99"))
    assert find_or_create_contact(BOTH) == contact
    assert known(contact)["wa_id"] == OTHER
    assert known(stranger)["wa_id"] == NUMBER


def test_the_old_number_without_an_account_is_a_stranger() -> None:
    contact = find_or_create_contact(BOTH)
    change_identity(contact, BOTH, MOVED)
    stranger = find_or_create_contact(PHONE_ONLY)
    assert stranger != contact
    # The news again, by the number only: it is not the stranger who moved.
    change_identity(stranger, PHONE_ONLY, Person(wa_id=OTHER))
    assert known(stranger)["wa_id"] == NUMBER


def test_two_who_were_split_are_not_merged_by_themselves_again() -> None:
    """The number then belongs to whom WhatsApp says, and the rest stays apart."""
    first = find_or_create_contact(PHONE_ONLY)
    second = find_or_create_contact(ACCOUNT_ONLY)
    find_or_create_contact(BOTH)
    undo_merge(ContactMerge.objects.get())
    assert find_contact(PHONE_ONLY) == first
    assert find_or_create_contact(BOTH) == second
    assert known(first) == {}
    assert known(second)["wa_id"] == NUMBER
    assert len(living()) == 2


def test_a_merge_that_was_wrong_takes_back_what_rested_on_it() -> None:
    """Another's account joined by a number that came with the merge: it goes with that number."""
    first = find_or_create_contact(BOTH)
    second = find_or_create_contact(Person(wa_id=OTHER))
    merge_contacts(first, second, MergeReason.BY_HAND)
    third = find_or_create_contact(Person(bsuid="GB.2"))
    find_or_create_contact(MOVED)
    assert known(first)["bsuid"] == "GB.2"
    find_or_create_contact(PHONE_ONLY)  # so the first account is in use after all
    assert known(first) == {"wa_id": NUMBER, "phone": f"+{NUMBER}", "bsuid": "GB.1"}
    assert known(second)["wa_id"] == OTHER
    assert find_contact(Person(bsuid="GB.2")) == third
    assert find_or_create_contact(MOVED) == second
    assert {row.pk for row in living()} == {first.pk, second.pk}


def test_a_new_username_replaces_the_old_in_any_case() -> None:
    contact = find_or_create_contact(Person(bsuid="DE.1", username="Lin"))
    find_or_create_contact(Person(bsuid="DE.1", username="lin"))
    find_or_create_contact(Person(bsuid="DE.1", username="lin.o"))
    assert known(contact)["username"] == "lin.o"
    assert contact.identities.filter(kind="username").count() == 2
