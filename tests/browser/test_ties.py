"""Items of one moment (WhatsApp's clock has seconds) stand by their ids, however they come."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PageFactory
from tests.browser.inbox import open_inbox, open_new
from tests.stack import Stack

# Puts copies of the last bubble in, in the order of their ids given; the ids as they then stand.
PLACE = """async ([ids, at]) => {
  const { place, thread } = await import("/static/js/thread.js");
  const last = [...thread().querySelectorAll("article")].pop();
  for (const id of ids) {
    const copy = last.cloneNode(true);
    copy.id = `message-${id}`;
    Object.assign(copy.dataset, { item: id, at: at ?? last.dataset.at, wamid: "" });
    place(copy);
  }
  return [...thread().querySelectorAll("article")]
    .map((item) => item.dataset.item).filter((id) => ids.includes(id));
}"""
FIRST, SECOND, THIRD = (f"ffffffff-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))


@pytest.mark.parametrize("at", [None, "2030-01-01T10:00:00.123456+01:00"])
def test_items_of_one_moment_stand_by_their_ids(
    stack: Stack, agent_page: PageFactory, at: str | None
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    open_new(stack, page, "Wanda")

    assert page.evaluate(PLACE, [[SECOND, THIRD, FIRST], at]) == [FIRST, SECOND, THIRD]
