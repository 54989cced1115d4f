"""The moderation journal of each item. It is the truth: what the item shows is a fold over its entries.

Every entry is written under a lock of the row of its contribution, with the next number and, in the same transaction,
everything that follows from it: state, queue, public events, notices. ``rules.moderation`` says what may come when.
"""

import asyncio
import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from consultation_service.publication import Row, contribution_event
from consultation_service.rules import moderation
from consultation_service.rules.differences import compare
from consultation_service.rules.moderation import Decision, Entry, Item
from consultation_service.store import notices, versions
from consultation_service.store.contributions import COLUMNS, changes_as_json
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from consultation_service.store.withdrawals import forget_quotations
from contracts.events import JournalEntry, PublicJournal, new_id
from contracts.http import Refusal

DECISIONS: Final = ("decided", "appeal_decided")


class Ruling(NamedTuple):
    """What a moderator decides, having ``seen`` that state of the item (``Held.seen``)."""

    decision: Decision
    rule: str
    facts: str
    seen: str


class Held(NamedTuple):
    """An item whose row is locked. ``people`` maps numbers of entries to who wrote them, while they take part."""

    id: str
    consultation: str
    section: str
    parent: str | None
    kind: str
    state: str
    author: bytes | None
    version: int
    review_first: bool
    item: Item
    entries: tuple[Entry, ...]
    people: Mapping[int, bytes]

    @property
    def seen(self) -> str:
        """What a form says of the item it was made for, so that nobody decides about a text they did not read."""
        return f"{self.item.number}.{self.version}"

    @property
    def last(self) -> moderation.Standing | None:
        """The decision in force."""
        return self.item.standing[-1] if self.item.standing else None


ENTRY: Final = "number, kind, day, decision, rule, facts, automated, staff as by, about"


async def hold(connection: Connection, contribution: str, *, lock: bool = True) -> Held:
    """An item with its journal. Raises ``Refusal``: ``unknown_contribution``, or ``withdrawn`` by its author."""
    row = await connection.fetchrow(
        f"""/* hold */
        select id::text as id, consultation_id::text as consultation, section_id::text as section,
          parent_id::text as parent, kind, state, author, version, review_first
        from contribution where id = $1 {"for no key update" if lock else ""}
        """,  # noqa: S608  only constants of ours
        contribution,
    )
    if row is None:
        raise Refusal("unknown_contribution")
    if row["state"] == "withdrawn":
        raise Refusal("withdrawn")
    rows = await connection.fetch(
        f"/* hold */ select {ENTRY}, participant from moderation_entry where contribution_id = $1 order by number",  # noqa: S608  only constants of ours
        contribution,
    )
    entries = tuple(entry_of(found) for found in rows)
    # An item is read first when it still waits for that as its first entry comes.
    review_first = row["review_first"] if entries else row["state"] == "pending"
    facts = {**row, "review_first": review_first}
    people = {found["number"]: found["participant"] for found in rows if found["participant"] is not None}
    return Held(**facts, item=moderation.fold(moderation.begin(review_first), entries), entries=entries, people=people)


def entry_of(row: Row) -> Entry:
    """An entry from the columns ``ENTRY``."""
    return Entry(*(row[name] for name in Entry._fields))


async def decide(connection: Connection, contribution: str, ruling: Ruling, by: str, day: datetime.date) -> None:
    """A moderator's decision, on what waits or on their own initiative. Raises ``Refusal``: those of ``hold`` and of
    the rules, ``entry_refused`` when the item is no longer as it was seen.
    """
    held = await hold(connection, contribution)
    _require_seen(held, ruling.seen)
    entry = Entry(held.item.number + 1, "decided", day, ruling.decision, ruling.rule, ruling.facts, by=by)
    await _rule(connection, held, entry)


async def decide_appeal(connection: Connection, contribution: str, ruling: Ruling, by: str, day: datetime.date) -> None:
    """The decision on an appeal, by somebody else than the first one. Raises ``Refusal`` as ``decide``, and
    ``same_moderator``.
    """
    held = await hold(connection, contribution)
    _require_seen(held, ruling.seen)
    if held.item.appeal is None:
        raise Refusal("entry_refused")
    entry = Entry(
        held.item.number + 1, "appeal_decided", day, ruling.decision, ruling.rule, ruling.facts, by=by,
        about=held.item.appeal.number,
    )  # fmt: skip
    await _rule(connection, held, entry)


async def reverse(
    connection: Connection, contribution: str, facts: str, seen: str, by: str, day: datetime.date
) -> None:
    """Take the decision in force away, and give back what it settled. Raises ``Refusal`` as ``decide``."""
    held = await hold(connection, contribution)
    _require_seen(held, seen)
    if held.last is None:
        raise Refusal("entry_refused")
    about = held.last.entry.number
    settled = _settled(held.last)
    changed = await append(
        connection, held, Entry(held.item.number + 1, "reversed", day, facts=facts, by=by, about=about)
    )
    await _tell(connection, held, settled, author=changed)


async def revised(connection: Connection, contribution: str, day: datetime.date) -> None:
    """An author changed their text, in the transaction of that change: what was sent back comes to the moderators."""
    held = await hold(connection, contribution)
    if held.state == "sent_back" and not held.item.revised:
        await append(connection, held, Entry(held.item.number + 1, "revised", day))


def _require_seen(held: Held, seen: str) -> None:
    if seen != held.seen:
        raise Refusal("entry_refused")


async def _rule(connection: Connection, held: Held, entry: Entry) -> None:
    if entry.decision == "send_back" and held.author is None:
        raise Refusal("no_author", field="decision")
    settles = {*held.item.reports, *([held.item.appeal.number] if held.item.appeal else [])}
    changed = await append(connection, held, entry)
    # Whoever reported first is told again of what was decided on appeal.
    former = _settled(held.last) if entry.kind == "appeal_decided" and held.last else set()
    await _tell(connection, held, settles | former, author=changed)


def _settled(standing: moderation.Standing) -> set[int]:
    return {*standing.reports, *([standing.appeal.number] if standing.appeal else [])}


async def _tell(connection: Connection, held: Held, numbers: Collection[int], *, author: bool) -> None:
    told = {held.people[number] for number in numbers if number in held.people}
    if author and held.author is not None:
        told.add(held.author)
    for participant in sorted(told):
        await notices.tell(connection, held.consultation, participant, "moderation")


async def append(
    connection: Connection, held: Held, entry: Entry, participant: bytes | None = None, words: str = ""
) -> bool:
    """Write ``entry`` and everything that follows; whether what everybody sees of the item changed. Raises ``Refusal``
    when the rules do.
    """
    item = moderation.apply(held.item, entry)
    await connection.execute(
        """/* append */
        insert into moderation_entry
          (contribution_id, number, kind, day, decision, rule, facts, automated, staff, about, participant, words)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        held.id, entry.number, entry.kind, entry.day, entry.decision, entry.rule, entry.facts, entry.automated,
        entry.by, entry.about, participant, words,
    )  # fmt: skip
    await enqueue(connection, [journal_event(held.consultation, held.id, (*held.entries, entry))])
    return await _settle(connection, held, item, entry)


def journal_event(consultation: str, contribution: str, entries: Sequence[Entry]) -> PublicJournal:
    """The public part of the journal of an item: no person, no words of participants."""
    told = tuple(JournalEntry(**moderation.public(entry)._asdict()) for entry in entries)
    return PublicJournal(
        id=new_id(), contribution=contribution, consultation=consultation, version=entries[-1].number, entries=told
    )


def state_of(item: Item) -> str:
    """The state of an item that has a journal. One that waits for review again was public before: it is withheld."""
    return "hidden" if item.visibility == "pending" else item.visibility


def rule_of(item: Item) -> str:
    """The motive for which a text is withheld."""
    last = item.standing[-1].entry if item.standing else None
    return last.rule if last is not None and last.decision != "keep" else ""


def waits_for(item: Item) -> list[str]:
    """Why an item is in the queue, as its filter names it."""
    why = {
        "review": item.visibility == "pending",
        "reported": bool(item.reports),
        "appeal": item.appeal is not None,
        "revised": item.revised,
    }
    return [name for name, so in why.items() if so]


async def _settle(connection: Connection, held: Held, item: Item, entry: Entry) -> bool:
    state, rule = state_of(item), rule_of(item)
    before = (held.state, rule_of(held.item))
    row = await connection.fetchrow(
        f"""/* settle */
        update contribution set state = $2, rule = $3, waits_for = $4, review_first = $5,
          waits_since = case when $4 = '{{}}'::text[] then null else coalesce(waits_since, $6) end,
          version = version + $7::int
        where id = $1 returning {COLUMNS}
        """,  # noqa: S608  only constants of ours
        held.id, state, rule, waits_for(item), held.review_first, entry.day, int((state, rule) != before),
    )  # fmt: skip
    if row is None or (state, rule) == before:
        return False
    await enqueue(connection, [contribution_event(row)])
    if (state == "published") != (held.state == "published"):
        await enqueue(connection, await versions.version_events(connection, [held.id]))
        await _quote(connection, held.id, told=state == "published")
    if held.state == "pending" and state == "published":
        targets = [held.consultation, held.section, *([held.parent] if held.parent else [])]
        await notices.tell_followers(connection, held.consultation, targets, but=held.author)
    return True


async def _quote(connection: Connection, contribution: str, *, told: bool) -> None:
    """Amendments repeat word by word the text that they change: not while it is withheld."""
    if not told:
        await forget_quotations(connection, [contribution])
        return
    found = await connection.fetch(
        """/* quote */
        select a.id::text as id, a.body, coalesce(v.body, p.body) as before
        from contribution a
        join contribution p on p.id = a.parent_id
        left join contribution_version v on v.contribution_id = p.id and v.number = a.base_version
        where a.parent_id = $1 and a.kind = 'amendment' and a.state <> 'withdrawn' and a.changes = '[]'
          and (v.id is not null or p.text_version = a.base_version) and not coalesce(v.withheld, false)
        """,
        contribution,
    )
    changes = [changes_as_json(await asyncio.to_thread(compare, row["before"], row["body"])) for row in found]
    rows = await connection.fetch(
        f"""/* quote */
        update contribution set changes = given.changes::jsonb, version = version + 1
        from unnest($1::uuid[], $2::text[]) as given (of, changes) where id = given.of
        returning {COLUMNS.replace("changes", "contribution.changes")}
        """,  # noqa: S608  only constants of ours
        [row["id"] for row in found],
        changes,
    )
    await enqueue(connection, [contribution_event(row) for row in rows if row["state"] != "pending"])


class Delays(NamedTuple):
    """How fast moderation is. ``median_days`` from the first day an item waited to the decision, ``None`` before any;
    decisions that nobody asked for are not counted.
    """

    median_days: int | None
    decisions: int
    waiting: int
    oldest: datetime.date | None


_ANSWERED: Final = """
  with rounds as (
    select e.contribution_id, e.kind, e.day, c.day as written, c.review_first,
      count(*) filter (where e.kind in ('decided', 'appeal_decided'))
        over (partition by e.contribution_id order by e.number rows between unbounded preceding and 1 preceding)
        as round
    from moderation_entry e join contribution c on c.id = e.contribution_id where c.consultation_id = $1
  ), answered as (
    select min(day) filter (where kind in ('decided', 'appeal_decided'))
      - least(min(day) filter (where kind in ('reported', 'revised', 'appealed')),
              case when round = 0 and review_first then min(written) end) as days
    from rounds group by contribution_id, round, review_first
  )
"""


async def delays(connection: Pool | Connection, consultation: str) -> Delays:
    """The figures of the moderation of a consultation."""
    row = await connection.fetchrow(
        f"""/* delays */ {_ANSWERED}
        select percentile_disc(0.5) within group (order by days) as median_days, count(days) as decisions,
          (select count(*) from contribution where consultation_id = $1 and waits_since is not null
            and state <> 'withdrawn') as waiting,
          (select min(waits_since) from contribution where consultation_id = $1 and waits_since is not null
            and state <> 'withdrawn') as oldest
        from answered
        """,  # noqa: S608  only constants of ours
        consultation,
    )
    return Delays(None, 0, 0, None) if row is None else Delays(*row.values())


async def days_to_decide(connection: Pool | Connection, consultation: str) -> Mapping[int, int]:
    """How many decisions took how many days, counted as in ``delays``."""
    rows = await connection.fetch(
        f"""/* days_to_decide */ {_ANSWERED}
        select days, count(*) as decisions from answered where days is not null group by days
        """,  # noqa: S608  only constants of ours
        consultation,
    )
    return {row["days"]: row["decisions"] for row in rows}
