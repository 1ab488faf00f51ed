"""What must be true when everything has come to rest."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from tests.chaos.players import Players

WINDOW = timedelta(hours=24)
# Links that do not follow from the one before and from their record; the first follows from zeros.
_BROKEN_LINKS = """
    SELECT sequence FROM (
        SELECT l.sequence, l.hash, l.previous_hash, row_number() OVER chain AS place,
            lag(l.hash, 1, repeat('0', 64)::varchar) OVER chain AS before,
            encode(sha256(convert_to(concat(
                l.previous_hash, chr(10), l.sequence, chr(10), r.content), 'UTF8')), 'hex') AS made
        FROM consent_chainlink l LEFT JOIN consent_consentrecord r ON r.id = l.record_id
        WINDOW chain AS (ORDER BY l.sequence)
    ) link
    WHERE sequence <> place OR previous_hash <> before OR hash <> made
"""
RANK = ("accepted", "sent", "delivered", "read", "played", "failed")
SHOWN = 5
Row = tuple[Any, ...]


@dataclass
class Truth:
    """One line of the table: `wrong` are ids of those for which it does not hold."""

    words: str
    counted: int
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong


class Judge:
    """Compares what the customers' phones, the programs and the simulator know with our rows."""

    def __init__(self, players: Players, database: psycopg.Connection) -> None:
        self.players, self.database = players, database
        self.plan = players.plan
        answer = players.simulator(
            "GET",
            "outbox?fields=wamid,status,biz_opaque_callback_data,accepted_at,outside_window,error_code",
        )
        self.summary = answer
        self.rows = {str(row[0]): row for row in self._outbound_rows()}
        self.accepted: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for place, message in enumerate(answer["messages"]):
            if message["biz_opaque_callback_data"] in self.rows:
                found = {**message, "place": place}
                self.accepted[message["biz_opaque_callback_data"]].append(found)

    def truths(self) -> list[Truth]:
        """All of them, in the order they are shown."""
        return [
            *self._inbound(),
            *self._people(),
            *self._answers(),
            *self._outbound(),
            *self._rest(),
        ]

    # -- The way in --

    def _inbound(self) -> list[Truth]:
        expected = {one.wamid: one for one in self.plan.inbound if one.kind != "reaction"}
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._query(
            "SELECT wamid, text, type, extract(epoch FROM sent_at)::bigint, id "
            "FROM conversations_message WHERE direction = 'inbound' AND wamid LIKE %s",
            "wamid.CHAOS%",
        ):
            found[row[0]].append(row)
        other = [
            wamid
            for wamid, one in expected.items()
            if found[wamid] and found[wamid][0][1:3] != (one.text, one.kind)
        ]
        times = self.players.timestamps
        moved = [wamid for wamid in expected if found[wamid] and found[wamid][0][3] != times[wamid]]
        told = self._query(
            "SELECT m.wamid, count(*) FROM conversations_message m LEFT JOIN conversations_event e "
            "ON e.message_id = m.id AND e.name = 'message.received' WHERE m.direction = 'inbound' "
            "AND m.wamid LIKE %s GROUP BY m.wamid HAVING count(e.id) <> 1",
            "wamid.CHAOS%",
        )
        return [
            Truth("inbound messages there", len(expected), [w for w in expected if not found[w]]),
            Truth("… once", len(expected), [w for w, rows in found.items() if len(rows) > 1]),
            Truth("… none that nobody wrote", len(found), sorted(set(found) - set(expected))),
            Truth("… with what was written", len(expected), other),
            Truth("… in order, by WhatsApp's time", len(expected), moved),
            Truth("… announced once", len(expected), [row[0] for row in told]),
            self._reactions(),
        ]

    def _reactions(self) -> Truth:
        expected = {one.target: one.text for one in self.plan.inbound if one.kind == "reaction"}
        found: dict[str, str] = dict(
            self._query(
                "SELECT m.wamid, r.emoji FROM conversations_reaction r "
                "JOIN conversations_message m ON m.id = r.message_id WHERE m.wamid LIKE %s",
                "wamid.CHAOS%",
            )
        )
        wrong = [wamid for wamid, emoji in expected.items() if found.get(wamid) != emoji]
        return Truth("reactions on their messages", len(expected), wrong)

    def _people(self) -> list[Truth]:
        newest: dict[int, int] = {}
        wamids: dict[str, int] = {}
        for one in self.plan.inbound:
            if one.kind != "reaction":
                number = one.customer.number
                wamids[one.wamid] = number
                newest[number] = max(newest.get(number, 0), self.players.timestamps[one.wamid])
        conversations, contacts = defaultdict(set), defaultdict(set)
        closes: dict[int, datetime | None] = {}
        for wamid, conversation, contact, expires in self._query(
            "SELECT m.wamid, c.id, c.contact_id, c.window_expires_at FROM conversations_message m "
            "JOIN conversations_conversation c ON c.id = m.conversation_id "
            "WHERE m.direction = 'inbound' AND m.wamid LIKE %s",
            "wamid.CHAOS%",
        ):
            if wamid in wamids:
                conversations[wamids[wamid]].add(conversation)
                contacts[wamids[wamid]].add(contact)
                closes[wamids[wamid]] = expires
        windows = [
            str(number)
            for number, expires in closes.items()
            if expires is None or expires.timestamp() != newest[number] + WINDOW.total_seconds()
        ]
        return [
            Truth("customers who are one contact", len(newest), _more_than_one(contacts)),
            Truth("… with one conversation", len(newest), _more_than_one(conversations)),
            Truth("… whose window is their last message's", len(newest), windows),
        ]

    # -- The way out --

    def _outbound_rows(self) -> list[Row]:
        return self._query(
            "SELECT id, client_uuid::text, conversation_id, wamid, status, status_reason, "
            "created_at, attempts FROM conversations_message "
            "WHERE direction = 'outbound' AND client_uuid::text = ANY(%s) ORDER BY created_at, id",
            [one.client_uuid for one in self.plan.outbound],
        )

    def _answers(self) -> list[Truth]:
        answers = self.players.answers
        asked = {one.client_uuid: one for one in self.plan.outbound}
        silent = [name for name, one in asked.items() if len(answers.get(name, ())) != one.clicks]
        by_name = {row[1]: str(row[0]) for row in self.rows.values()}
        different, refused = [], []
        for name, found in answers.items():
            taken = {told for status, told in found if status in (200, 201)}
            if taken != ({by_name[name]} if name in by_name else set()):
                different.append(name)
            for status, told in found:
                closing = asked[name].customer.closes_at_s is not None
                if status not in (200, 201) and not (closing and told == "window_closed"):
                    refused.append(f"{name} {status} {told}")
        return [
            Truth("answers asked for, and acknowledged", len(asked), silent),
            Truth("… as one row each, however often asked", len(by_name), different),
            Truth("… refused only because the window had closed", len(asked), refused),
        ]

    def _outbound(self) -> list[Truth]:
        rows, accepted = self.rows, self.accepted
        lost, ticks, told = [], [], self._told()
        for pk, found in accepted.items():
            row = rows[pk]
            if row[3] not in {one["wamid"] for one in found}:
                lost.append(f"{pk} {row[4]} {row[5]}")
            elif row[4] != max(told[row[3]], key=RANK.index, default="accepted"):
                ticks.append(f"{pk} {row[4]}, told {sorted(told[row[3]])}")
        invented = [pk for pk, row in rows.items() if row[3] and pk not in accepted]
        return [
            Truth(
                "messages that left, once",
                len(accepted),
                [pk for pk, found in accepted.items() if len(found) > 1],
            ),
            Truth("… known to us as accepted", len(accepted), lost),
            Truth("… with the ticks WhatsApp gave", len(accepted), ticks),
            Truth("… in the order they were written", len(accepted), self._out_of_order()),
            Truth("… inside the window, by the simulator's clock", len(accepted), self._late()),
            Truth("accepted by us only", len(rows), invented),
            Truth("ended without leaving, for a reason", len(rows), self._without_reason()),
            Truth("left in a passing state", len(rows), self._passing()),
        ]

    def _told(self) -> dict[str, set[str]]:
        """By wamid the statuses in all bodies we acknowledged, whatever became of them."""
        found: dict[str, set[str]] = defaultdict(set)
        for (body,) in self._query(
            "SELECT body FROM whatsapp_webhookevent WHERE position('statuses'::bytea in body) > 0"
        ):
            for entry in json.loads(bytes(body))["entry"]:
                for change in entry["changes"]:
                    for status in change["value"].get("statuses", ()):
                        found[status["id"]].add(status["status"])
        return found

    def _late(self) -> list[str]:
        late = [pk for pk, found in self.accepted.items() if found[0]["outside_window"]]
        count = self.summary["outside_window"]
        return late or ([f"{count} refused ones"] if count else [])

    def _out_of_order(self) -> list[str]:
        """By conversation: rows in the order they were written left in that order."""
        last: dict[Any, int] = {}
        wrong = []
        for pk, row in self.rows.items():
            if pk in self.accepted:
                place = self.accepted[pk][0]["place"]
                if place < last.get(row[2], -1):
                    wrong.append(pk)
                last[row[2]] = max(place, last.get(row[2], -1))
        return wrong

    def _without_reason(self) -> list[str]:
        """Blocked by a closed window, or unconfirmed and truly never taken by the simulator."""
        closing = {
            one.client_uuid for one in self.plan.outbound if one.customer.closes_at_s is not None
        }
        wrong = []
        for pk, row in self.rows.items():
            if pk in self.accepted or row[4] in ("queued", "sending"):
                continue
            blocked = row[4] == "blocked" and row[5] == "window_closed" and row[1] in closing
            if not blocked and row[4] != "unconfirmed":
                wrong.append(f"{pk} {row[4]} {row[5]}")
        return wrong

    def _passing(self) -> list[str]:
        return [
            f"{pk} {row[4]}"
            for pk, row in self.rows.items()
            if row[4] in ("queued", "sending") or (row[4] == "unconfirmed" and not row[5])
        ]

    # -- What is left over --

    def _rest(self) -> list[Truth]:
        return [
            self._left(
                "webhook events dealt with",
                "whatsapp_webhookevent",
                "state IN ('processed', 'unusable')",
                "id || ' ' || state || ' ' || reason",
            ),
            self._left(
                "events told to the inbox", "conversations_event", "dispatched_at IS NOT NULL"
            ),
            self._gaps(),
            self._left(
                "files fetched", "conversations_media", "status = 'ready'", "id || ' ' || status"
            ),
            *self._ledger(),
            Truth("parts of the run that broke", 1, self.players.broken),
        ]

    def _ledger(self) -> list[Truth]:
        """The consent ledger, computed anew; every customer agreed to be answered once."""
        records = int(self._query("SELECT count(*) FROM consent_consentrecord")[0][0])
        broken = [str(row[0]) for row in self._query(_BROKEN_LINKS)]
        loose = self._query(
            "SELECT r.id FROM consent_consentrecord r LEFT JOIN consent_chainlink l "
            "ON l.record_id = r.id LEFT JOIN consent_consentdetail d ON d.record_id = r.id "
            "WHERE l.sequence IS NULL OR d.record_id IS NULL"
        )
        twice = self._query(
            "SELECT contact_id FROM consent_consentrecord WHERE purpose = 'service' "
            "AND act = 'granted' GROUP BY contact_id HAVING count(*) > 1"
        )
        return [
            Truth("consents in one chain", records, broken),
            Truth("… whole", records, [str(row[0]) for row in loose]),
            Truth("… to be answered, once a customer", records, [str(row[0]) for row in twice]),
        ]

    def _left(self, words: str, table: str, fine: str, shown: str = "id::text") -> Truth:
        count = self._query(f"SELECT count(*) FROM {table}")[0][0]
        wrong = self._query(f"SELECT {shown} FROM {table} WHERE NOT ({fine}) ORDER BY id")
        return Truth(words, int(count), [str(row[0])[:200] for row in wrong])

    def _gaps(self) -> Truth:
        first, last, count = self._query(
            "SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0), count(sequence) "
            "FROM conversations_event"
        )[0]
        missing = last - first + 1 - count
        return Truth("… numbered without a gap", count, [f"{missing} missing"] if missing else [])

    # -- For the reader --

    def notes(self) -> list[tuple[str, str]]:
        """What happened, beside what must be true."""
        statuses = Counter(row[4] for row in self.rows.values())
        bodies = self._query("SELECT count(*), sum(attempts) FROM whatsapp_webhookevent")[0]
        codes = Counter(
            answer[0] for answers in self.players.answers.values() for answer in answers
        )
        return [
            ("killed", _words(self.players.killed)),
            ("struck", _words(self.players.struck)),
            ("webhook bodies", f"{bodies[0]}, begun {bodies[1]} times"),
            ("REST", f"{_words(codes)}, {self.players.tries} requests"),
            ("outbound", _words(statuses)),
            ("attempts", _words(Counter(row[7] for row in self.rows.values()))),
            ("refused by the simulator", str(self.summary["refused_total"])),
        ]

    def _query(self, query: str, *values: Any) -> list[Row]:
        return list(self.database.execute(query.encode(), values).fetchall())


def _more_than_one(sets: dict[int, set[Any]]) -> list[str]:
    return [str(number) for number, found in sets.items() if len(found) != 1]


def _words(counts: dict[Any, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "nothing"


def table(truths: Sequence[Truth], notes: Iterable[tuple[str, str]]) -> str:
    """The table, and below it the first few of whatever is wrong."""
    lines = [
        f"{'ok' if t.holds else 'WRONG':<6}{t.words:<50}{t.counted:>8,}"
        + (f"   {len(t.wrong):,} wrong" if t.wrong else "")
        for t in truths
    ]
    lines += ["", *(f"{name:<26}{words}" for name, words in notes)]
    for truth in truths:
        if truth.wrong:
            lines += ["", f"{truth.words}:", *(f"  {each}" for each in truth.wrong[:SHOWN])]
    return "\n".join(lines)
