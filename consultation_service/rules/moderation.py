"""Moderation: reports, decisions with a published reason, appeals decided by somebody else, everything reversible.

The journal of an item is the only truth: its state is a pure fold over the entries, in order, so that anybody who has
the journal finds the same state. The law followed is the Digital Services Act (Regulation (EU) 2022/2065): notices
(art. 16), statement of reasons (art. 17), appeals for at least six months, decided by a person (art. 20).
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from consultation_service.rules.permissions import require_somebody_else
from contracts.http import Refusal

APPEAL_DAYS: Final = 184
"""Days during which a decision can be appealed against: six months, the longest way of counting them."""

MIN_FACTS: Final = 10
MAX_FACTS: Final = 2_000

Decision = Literal["keep", "hide", "send_back"]
Visibility = Literal["pending", "published", "hidden", "sent_back"]
Kind = Literal["reported", "decided", "revised", "appealed", "appeal_decided", "reversed"]

RESULTS: Final[Mapping[Decision, Visibility]] = {"keep": "published", "hide": "hidden", "send_back": "sent_back"}
"""What becomes of an item after each decision. Hidden or sent back, its text is withheld and its place stays."""

VISIBILITIES: Final[Mapping[Visibility, tuple[str, str]]] = {
    "pending": ("En attente de relecture", "Awaiting review"),
    "published": ("Publié", "Published"),
    "hidden": ("Texte masqué par la modération", "Text hidden by moderation"),
    "sent_back": ("Renvoyé à son auteur pour modification", "Sent back to its author for a change"),
}


class Entry(NamedTuple):
    """A line of the journal of an item; ``number`` rises from 1.

    ``by`` is the pseudonym of a member of staff, empty for participants and for what is automated. ``about`` is the
    number of the entry that is appealed against or reversed. ``rule`` is one of ``motives.MOTIVES``, ``facts`` what the
    moderator found, in words that name nobody.
    """

    number: int
    kind: Kind
    day: datetime.date
    decision: Decision | None = None
    rule: str = ""
    facts: str = ""
    automated: bool = False
    by: str = ""
    about: int = 0


class Standing(NamedTuple):
    """A decision in force, with what it settled: given back when it is reversed."""

    entry: Entry
    reports: frozenset[int]
    appeal: Entry | None
    revised: bool


class Item(NamedTuple):
    """The state of an item.

    ``standing`` has the decisions in force, of which the last one counts; ``reports`` are the numbers of those that
    wait; ``appeal`` is the one that waits; ``revised`` tells that the author changed a text sent back.
    """

    initial: Visibility
    number: int = 0
    standing: tuple[Standing, ...] = ()
    reports: frozenset[int] = frozenset()
    appeal: Entry | None = None
    revised: bool = False

    @property
    def visibility(self) -> Visibility:
        decision = self.standing[-1].entry.decision if self.standing else None
        return RESULTS[decision] if decision else self.initial

    @property
    def waits(self) -> bool:
        """Whether the item is in the moderators' queue."""
        return bool(self.visibility == "pending" or self.reports or self.appeal or self.revised)


class Public(NamedTuple):
    """What everybody reads of an entry: no person, and neither the words of a report nor those of an appeal."""

    number: int
    kind: Kind
    day: datetime.date
    decision: Decision | None
    rule: str
    facts: str
    automated: bool
    about: int


def begin(review_first: bool) -> Item:
    """A new item, in a section that is read by moderators before or after publication."""
    return Item("pending" if review_first else "published")


def fold(item: Item, entries: Iterable[Entry]) -> Item:
    """The state after ``entries``. Raises ``Refusal`` at the first one that ``apply`` refuses."""
    for entry in entries:
        item = apply(item, entry)
    return item


def apply(item: Item, entry: Entry) -> Item:
    """The state after one more entry. Raises ``Refusal``: ``entry_refused`` for what cannot come now,
    ``appeal_late``, ``same_moderator``, ``moderation_incomplete``.
    """
    if entry.number != item.number + 1:
        raise Refusal("entry_refused")
    after = item._replace(number=entry.number)
    match entry.kind:
        case "reported":
            _require(item.visibility == "published" and _has_rule(entry))
            return after._replace(reports=item.reports | {entry.number})
        case "decided":
            # An appeal that waits is for somebody else, and is decided as an appeal.
            _require(item.appeal is None)
            if not (item.reports or item.revised):
                _require_not_overruled(item, entry)
            return _decide(after, entry)
        case "revised":
            _require(item.visibility == "sent_back" and not item.revised)
            return after._replace(revised=True)
        case "appealed":
            _check_appeal(item, entry)
            return after._replace(appeal=entry)
        case "appeal_decided":
            _require(item.appeal is not None and entry.about == item.appeal.number)
            require_somebody_else(item.standing[-1].entry.by, entry.by)
            _require(not entry.automated)
            return _decide(after, entry)
        case "reversed":
            return _reverse(after, entry)


def require_statement(entry: Entry) -> None:
    """A decision against an item gives its rule and its facts; facts are also due to an appeal, and to a reversal.

    Raises ``Refusal`` ``moderation_incomplete``, naming the field.
    """
    restricts = entry.decision in ("hide", "send_back")
    if restricts and not entry.rule:
        raise Refusal("moderation_incomplete", field="rule")
    due = restricts or entry.kind in ("appeal_decided", "reversed")
    if (due and len(entry.facts.strip()) < MIN_FACTS) or len(entry.facts) > MAX_FACTS:
        raise Refusal("moderation_incomplete", field="facts")


def public(entry: Entry) -> Public:
    """The part of ``entry`` that is open data."""
    told = entry.facts if entry.kind in ("decided", "appeal_decided", "reversed") else ""
    return Public(entry.number, entry.kind, entry.day, entry.decision, entry.rule, told, entry.automated, entry.about)


def _decide(item: Item, entry: Entry) -> Item:
    _require(entry.decision is not None and (entry.automated == (entry.by == "")))
    require_statement(entry)
    standing = Standing(entry, item.reports, item.appeal, item.revised)
    return item._replace(standing=(*item.standing, standing), reports=frozenset(), appeal=None, revised=False)


def _check_appeal(item: Item, entry: Entry) -> None:
    last = item.standing[-1].entry if item.standing else None
    if last is None or entry.about != last.number or last.kind != "decided" or item.appeal is not None:
        raise Refusal("entry_refused")
    if (entry.day - last.day).days > APPEAL_DAYS:
        raise Refusal("appeal_late")


def _reverse(item: Item, entry: Entry) -> Item:
    """Take the last decision away and give back what it settled. An appeal against it has no object any more."""
    _require(bool(item.standing) and entry.about == item.standing[-1].entry.number and bool(entry.by))
    require_statement(entry)
    _require_not_overruled(item, entry)
    last = item.standing[-1]
    return item._replace(
        standing=item.standing[:-1],
        reports=item.reports | last.reports,
        appeal=last.appeal,
        revised=last.revised,
    )


def _require_not_overruled(item: Item, entry: Entry) -> None:
    """Who decided first does not undo alone what somebody else decided on appeal; something new may be decided by all.
    Raises ``Refusal`` ``same_moderator``.
    """
    if item.standing and item.standing[-1].entry.kind == "appeal_decided":
        require_somebody_else(item.standing[-2].entry.by, entry.by)


def _has_rule(entry: Entry) -> bool:
    return bool(entry.rule) and not entry.by


def _require(allowed: bool) -> None:
    if not allowed:
        raise Refusal("entry_refused")
