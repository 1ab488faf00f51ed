"""How many agree and leave, by day, topic, source and form; what waits; whether the ledger holds.

Sums only, nothing of a person. All of it in a handful of queries over indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from consent.gate import Refusal
from consent.heads import BadHead, Head, newest_head
from consent.models import Act, EmailSignUp, LedgerCheck, Purpose, SignUp, Source, Topic
from consent.models.data_request import OPEN, DataRequest
from consent.retention import limits_of
from consent.states import ENDED, IN_FORCE

Key = TypeVar("Key", date, str)

# Days of a period, and by what they are counted.
PERIODS = {7: "day", 30: "day", 90: "week", 365: "week"}
_SHOWN_REQUESTS = 10
# One look at the entries of the period, from the index alone, comparing as little as can be for
# each; what the sums are of is told apart afterwards, when they are few.
_ACTS = """
    WITH counted AS MATERIALIZED (
        SELECT date_trunc(%(unit)s, occurred_at AT TIME ZONE %(zone)s) AS day, topic, source, act,
            count(*) AS acts
        FROM consent_consentrecord
        WHERE occurred_at >= %(since)s AND occurred_at < %(until)s AND purpose = %(purpose)s
        GROUP BY day, topic, source, act
    ), told AS (
        SELECT *, act = ANY(%(ins)s) AS is_in FROM counted WHERE act = ANY(%(acts)s)
    )
    SELECT day::date, topic, source, is_in, sum(acts)::bigint, grouping(topic), grouping(source)
    FROM told GROUP BY GROUPING SETS ((day, is_in), (topic, is_in), (source, is_in))
"""
# People by topic whose newest act allows it, and who did not leave in general later. Those who
# are more than one contact are few, and looked at apart: sorting everybody takes its time.
_SUBSCRIBERS = """
    WITH family AS MATERIALIZED (
        SELECT id AS contact, merged_into_id AS person FROM contacts_contact
        WHERE merged_into_id IS NOT NULL
        UNION SELECT merged_into_id, merged_into_id FROM contacts_contact
        WHERE merged_into_id IS NOT NULL
    ), newest AS NOT MATERIALIZED (
        SELECT contact_id AS person, topic, act, occurred_at, record_id FROM consent_consentstate
        WHERE purpose = %(purpose)s AND contact_id NOT IN (SELECT contact FROM family)
        UNION ALL (
            SELECT DISTINCT ON (family.person, state.topic)
                family.person, state.topic, state.act, state.occurred_at, state.record_id
            FROM consent_consentstate state JOIN family ON family.contact = state.contact_id
            WHERE state.purpose = %(purpose)s
            ORDER BY family.person, state.topic, state.occurred_at DESC, state.record_id DESC
        )
    ), gone AS (
        SELECT * FROM newest WHERE topic = '' AND NOT act = ANY(%(ins)s)
    )
    SELECT one.topic, count(*) FROM newest one LEFT JOIN gone ON gone.person = one.person
        AND (gone.occurred_at, gone.record_id) > (one.occurred_at, one.record_id)
    WHERE one.act = ANY(%(ins)s) AND gone.person IS NULL
    GROUP BY one.topic
"""
REFUSAL_WORDS: dict[str, Promise] = {
    Refusal.NO_CONSENT: gettext_lazy("never agreed"),
    Refusal.OPTED_OUT: gettext_lazy("has left"),
    Refusal.EXPIRED: gettext_lazy("their consent has expired"),
    Refusal.RESTRICTED: gettext_lazy("restricted"),
}


class Refusals:
    """How many messages the gate refused, by reason. The room that counts them puts itself in
    (`conversations/apps.py`); None when they cannot be read now."""

    counted: Callable[[], dict[str, int] | None] = staticmethod(dict)


@dataclass(frozen=True)
class Row:
    """Acts of one day, topic or source."""

    name: str
    ins: int = 0
    outs: int = 0

    @property
    def net(self) -> int:
        return self.ins - self.outs


@dataclass(frozen=True)
class FormRow:
    """What became of the sign-ups that were begun in the period. `by_mail` are apart: of those by
    e-mail only the confirmed are kept."""

    name: str
    begun: int
    confirmed: int
    expired: int
    by_mail: int = 0

    @property
    def percent(self) -> int:
        return round(100 * self.confirmed / self.begun) if self.begun else 0


@dataclass(frozen=True)
class Figures:
    days: int
    unit: str
    since: date
    until: date
    by_day: list[tuple[date, Row]] = field(default_factory=list)
    by_topic: list[Row] = field(default_factory=list)
    by_source: list[Row] = field(default_factory=list)
    subscribers: list[tuple[str, int]] = field(default_factory=list)
    forms: list[FormRow] = field(default_factory=list)
    # Since when sign-ups are counted: later than `since` where the older ones are not all kept.
    forms_since: date | None = None

    @property
    def total(self) -> Row:
        rows = [row for _day, row in self.by_day]
        return Row("", sum(row.ins for row in rows), sum(row.outs for row in rows))

    @property
    def funnel(self) -> FormRow:
        """All forms together."""
        return FormRow(
            "",
            sum(row.begun for row in self.forms),
            sum(row.confirmed for row in self.forms),
            sum(row.expired for row in self.forms),
            sum(row.by_mail for row in self.forms),
        )


def figures_of(days: int) -> Figures:
    """Of the last so many days, today among them; whole weeks where weeks are counted."""
    unit = PERIODS[days]
    today = timezone.localdate()
    since = today - timedelta(days=days - 1)
    if unit == "week":
        since -= timedelta(days=since.weekday())
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    forms_since = _sign_ups_since(since, today)
    by_day, by_topic, by_source = _acts(since, today, unit)
    return Figures(
        days=days,
        unit=unit,
        since=since,
        until=today,
        by_day=[(day, by_day.get(day, Row(""))) for day in _days(since, today, unit)],
        by_topic=_named(by_topic, lambda key: names.get(key, key) or gettext("in general")),
        by_source=_named(by_source, lambda key: str(Source(key).label)),
        subscribers=_subscribers(names),
        forms=_forms(forms_since),
        forms_since=forms_since,
    )


def _acts(
    since: date, until: date, unit: str
) -> tuple[dict[date, Row], dict[str, Row], dict[str, Row]]:
    """Opt-ins and opt-outs for marketing by day, topic and source."""
    said: dict[str, Any] = {
        "unit": unit,
        "zone": str(timezone.get_current_timezone()),
        "since": _midnight(since),
        "until": _midnight(until + timedelta(days=1)),
        "purpose": Purpose.MARKETING,
        "ins": [str(act) for act in IN_FORCE],
        "acts": [str(act) for act in (IN_FORCE | ENDED) - {Act.ERASED}],
    }
    found: tuple[dict[date, Row], dict[str, Row], dict[str, Row]] = ({}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(_ACTS, said)
        for day, topic, source, is_in, count, no_topic, no_source in cursor.fetchall():
            if no_topic and no_source:
                _add(found[0], day, is_in, count)
            elif no_source:
                _add(found[1], topic, is_in, count)
            else:
                _add(found[2], source, is_in, count)
    return found


def _add(rows: dict[Key, Row], key: Key, is_in: bool, count: int) -> None:
    before = rows.get(key, Row(""))
    ins, outs = (count, 0) if is_in else (0, count)
    rows[key] = Row("", before.ins + ins, before.outs + outs)


def _named(rows: dict[str, Row], name: Callable[[str], str]) -> list[Row]:
    """The busiest first."""
    found = [Row(name(key), row.ins, row.outs) for key, row in rows.items()]
    return sorted(found, key=lambda row: (-(row.ins + row.outs), row.name))


def _days(since: date, until: date, unit: str) -> Iterable[date]:
    step = timedelta(days=7 if unit == "week" else 1)
    while since <= until:
        yield since
        since += step


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _subscribers(names: dict[str, str]) -> list[tuple[str, int]]:
    """How many may be written to now, by topic; those who agreed in general apart."""
    said: dict[str, Any] = {"purpose": Purpose.MARKETING, "ins": [str(act) for act in IN_FORCE]}
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBERS, said)
        counts: dict[str, int] = dict(cursor.fetchall())
    found = [(names.get(key, key), count) for key, count in counts.items() if key]
    found += [(name, 0) for key, name in names.items() if key not in counts]
    found.sort(key=lambda one: (-one[1], one[0]))
    return [*found, (gettext("in general"), counts[""])] if "" in counts else found


def _sign_ups_since(since: date, today: date) -> date:
    """The first day of which everything is kept: what nobody confirmed goes after a time, and of
    what is left alone every part would be a success."""
    days = limits_of("sign-ups").general
    return since if days is None else max(since, today - timedelta(days=days - 1))


def _forms(since: date) -> list[FormRow]:
    used = Q(used_at__isnull=False)
    begun_since = _midnight(since)
    mailed = dict(
        EmailSignUp.objects.filter(used, created_at__gte=begun_since, contact__isnull=False)
        .order_by()
        .values_list("form__slug")
        .annotate(count=Count("pk"))
    )
    rows = (
        SignUp.objects.filter(created_at__gte=begun_since)
        .order_by()
        .values_list("form__slug")
        .annotate(
            begun=Count("pk"),
            confirmed=Count("pk", filter=used),
            expired=Count("pk", filter=~used & Q(expires_at__lt=timezone.now())),
        )
    )
    found = {
        slug: FormRow(slug, begun, confirmed, expired, mailed.pop(slug, 0))
        for slug, begun, confirmed, expired in rows
    }
    found |= {slug: FormRow(slug, 0, 0, 0, count) for slug, count in mailed.items()}
    return sorted(found.values(), key=lambda row: (-row.begun, row.name))


@dataclass(frozen=True)
class Standing:
    """What does not depend on a period. `head_is_bad`: the newest one is not ours."""

    requests: list[DataRequest]
    open_requests: int
    overdue: int
    check: LedgerCheck | None
    head: Head | None
    head_at: datetime | None
    head_is_bad: bool
    refusals: list[tuple[str, int]] | None


def standing() -> Standing:
    waiting = DataRequest.objects.filter(state__in=OPEN)
    counts = waiting.aggregate(
        all=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=timezone.now()))
    )
    head, is_bad = None, False
    try:
        head = newest_head()
    except BadHead:
        is_bad = True
    refused = Refusals.counted()
    return Standing(
        requests=list(waiting.order_by("due_at", "id")[:_SHOWN_REQUESTS]),
        open_requests=counts["all"],
        overdue=counts["overdue"],
        check=LedgerCheck.objects.first(),
        head=head,
        head_at=datetime.fromisoformat(head.at) if head else None,
        head_is_bad=is_bad,
        refusals=None
        if refused is None
        else [(str(words), refused.get(key, 0)) for key, words in REFUSAL_WORDS.items()],
    )


def as_rows(figures: Figures) -> list[tuple[str, str, str, int]]:
    """Everything as figure, what of, measure and value, for programs and pivot tables."""
    rows: list[tuple[str, str, str, int]] = []
    days = [Row(day.isoformat(), row.ins, row.outs) for day, row in figures.by_day]
    for name, table in (
        (figures.unit, days),
        ("topic", figures.by_topic),
        ("source", figures.by_source),
    ):
        for row in table:
            rows += [(name, row.name, "opt_ins", row.ins), (name, row.name, "opt_outs", row.outs)]
    rows += [("topic", name, "subscribers", count) for name, count in figures.subscribers]
    if figures.forms_since is not None and figures.forms:
        days_of_forms = (figures.until - figures.forms_since).days + 1
        rows.append(("form", "", "days", days_of_forms))
    for form in figures.forms:
        rows += [
            ("form", form.name, "begun", form.begun),
            ("form", form.name, "confirmed", form.confirmed),
            ("form", form.name, "expired", form.expired),
            ("form", form.name, "confirmed_by_mail", form.by_mail),
        ]
    return rows
