"""What `benchmarks/pages.py` asks for, by name: lists by every view, order and field; searches.

The fields come from the product itself: a field that is added to it and not here stops the
benchmark, so that none goes unmeasured.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from conversations.filter_fields import FIELDS
from conversations.lists import VIEWS, Sort

# Values of each field, one address each; `{label}` and the like are keys of the place's own rows.
# Those that find few, many and nothing, in the views where that is slow.
_VALUES: dict[str, tuple[str, ...]] = {
    "status": ("status=open,pending", "status_not=open"),
    "assignee": ("assignee={agent}", "assignee=none", "assignee_not=me"),
    "team": ("team={team}", "team_not={team}"),
    "label": ("label={label}", "label_not={label}", "label=none"),
    "topic": ("topic=news", "topic_not=news"),
    "number": ("number={number}", "number_not={number}"),
    "language": ("language=en", "language=none", "language_not=de"),
    "window": ("window=closing", "window=closed"),
    "priority": ("priority=urgent", "priority_not=normal"),
    "waiting": ("waiting=60",),
    "sla": ("sla=breached", "sla=soon"),
    "unread": ("unread=yes", "unread=no"),
    "link": ("link=any", "link=none"),
    "created": ("created=7", "created_before={day}"),
    "last": ("last=1", "last_before={day}"),
}
# Beside each view's own order; and among all there ever were.
_ORDERED = ("all", "resolved")


def lists(keys: Mapping[str, object]) -> dict[str, str]:
    """The query of each list; its name is the query as it stands here."""
    if missing := FIELDS.keys() ^ _VALUES.keys():
        raise RuntimeError(f"page_addresses.py does not know, or knows too many: {missing}")
    day = timezone.localdate() - timedelta(days=90)
    asked = [f"view={view}" for view in VIEWS]
    asked += [f"view={view}&sort={sort}" for view in _ORDERED for sort in Sort]
    for some in _VALUES.values():
        asked += [f"view={view}&{one}" for view in _ORDERED for one in some]
        asked.append(f"view=mine&{some[0]}")
    asked += ["view=all&q=lena", "view=all&q=48271", "view=resolved&q=brandt"]
    asked.append("view=all&status=open,resolved&label={label}&language=de&unread=no")
    return {one: one.format(day=day.isoformat(), **keys) for one in asked}


# What agents type, frequent and rare, alone and with a condition.
SEARCHES = {
    "a rare word": "/search/?q=Winterheft+",
    "a frequent word": "/search/?q=die+",
    "a phrase": "/search/?q=%22liegen+lassen%22+",
    "a phrase of frequent words, few hits": "/search/?q=%22die+fahrkarte+ist%22+",
    "a beginning": "/search/?q=Rucks",
    "a code": "/search/?q=NB-100020+",
    "no hit": "/search/?q=xyzzyx+",
    "three words": "/search/?q=rechnung+karte+gleis+",
    "a word without another": "/search/?q=Rucksack+-Koffer+",
    "a word and a label": "/search/?q=Rucksack+label%3Aabo+",
    "a frequent word and a label": "/search/?q=die+label%3Alob+",
    "a frequent word and a team": "/search/?q=die+team%3Aabo+",
    "a word and a person": "/search/?q=Rucksack+von%3Alena+",
    "a frequent word and a colleague": "/search/?q=die+von%3Aa+",
    "a frequent word and an image": "/search/?q=die+hat%3Abild+",
    "a word and a state": "/search/?q=Rucksack+ist%3Aoffen+",
    "a word before a day": "/search/?q=Rucksack+vor%3A1.6.+",
    "a word of one day": "/search/?q=Rucksack+am%3Agestern+",
    "images of a customer": "/search/?q=hat%3Abild+von%3Akunde+",
    "a name with a typing error": "/search/?q=Schrd%C3%B6er+",
    "a part of a number": "/search/?q=48271",
    "numbers on the tabs": "/search/counts/?q=Rucksack+",
    "numbers on the tabs, a frequent word": "/search/counts/?q=die+",
    "notes": "/search/?q=Rucksack+in%3Anotizen+",
    "files": "/search/?q=Rechnung+in%3Adateien+",
    "the palette": "/palette/?q=lena",
    "the palette, a frequent word": "/palette/?q=die",
}
