"""From public events to rows of the projection: pure, so that what is kept of an event can be read here.

The id of a fact says nothing that lasts, so the documents kept here have that of the thing it is about: a stream that
is published anew from the database of consultation_service makes the same projection.

HTML was sanitised by consultation_service when it was written. It is sanitised once more here, once per event and never
per page: the pages must stay safe even if the service that signs the events is compromised. (The third barrier is the
Content-Security-Policy, which lets no script in a text run.)
"""

import datetime
import html
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec
import nh3

from contracts.events import (
    Event,
    PublicAnswers,
    PublicConsultation,
    PublicContribution,
    PublicJournal,
    PublicOfficialAnswer,
    PublicRankingResult,
    PublicStatement,
    PublicTally,
    PublicVersion,
    subject_of,
)
from gateway import plain_text
from gateway.documents import Tally, Text, ordered

EXCERPT_CHARS: Final = 240
_cleaner: Final = nh3.Cleaner(
    tags={"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "a", "h4", "h5", "h6"},
    clean_content_tags={"script", "style", "svg", "math"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"https", "http", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    strip_comments=True,
)
_TAG: Final = re.compile(r"<[^>]*>")

Row = tuple[object, ...]
Public = (
    PublicConsultation
    | PublicContribution
    | PublicTally
    | PublicVersion
    | PublicRankingResult
    | PublicAnswers
    | PublicOfficialAnswer
    | PublicStatement
    | PublicJournal
)
S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Rows:
    """What one batch of events changes: at most one row per object, that of its highest version in the batch."""

    consultations: list[Row] = field(default_factory=list)
    contributions: list[Row] = field(default_factory=list)
    tallies: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    rankings: list[Row] = field(default_factory=list)
    questionnaires: list[Row] = field(default_factory=list)
    official_answers: list[Row] = field(default_factory=list)
    statements: list[Row] = field(default_factory=list)
    journals: list[Row] = field(default_factory=list)


class NotPublic(Exception):
    """The event is genuine but is not one of those the projection is made of."""


def rows_of(events: Iterable[Event]) -> Rows:
    """The rows of ``events``, whatever their order and repeats. Raises ``NotPublic``."""
    latest: dict[str, Public] = {}
    for event in events:
        if not isinstance(event, Public):
            raise NotPublic
        subject = subject_of(event)
        known = latest.get(subject)
        if known is None or _rank(known) < _rank(event):
            latest[subject] = event
    rows = Rows()
    for event in latest.values():
        _add(rows, event)
    return rows


def _rank(event: Public) -> int:
    return event.revision if isinstance(event, PublicVersion) else event.version


def _add(rows: Rows, event: Public) -> None:
    match event:
        case PublicConsultation():
            rows.consultations.append(consultation_row(event))
        case PublicContribution():
            rows.contributions.append(contribution_row(event))
        case PublicTally():
            rows.tallies.append(tally_row(event))
        case PublicVersion():
            rows.versions.append(version_row(event))
        case PublicRankingResult():
            rows.rankings.append(ranking_row(event))
        case PublicAnswers():
            rows.questionnaires.append(questionnaire_row(event))
        case PublicOfficialAnswer():
            rows.official_answers.append(official_answer_row(event))
        case PublicStatement():
            rows.statements.append(statement_row(event))
        case PublicJournal():
            rows.journals.append(journal_row(event))


def consultation_row(event: PublicConsultation) -> Row:
    """id, version, slug, document."""
    sections = tuple(
        msgspec.structs.replace(_cleaned(section), steps=tuple(_cleaned(step) for step in section.steps))
        for section in event.sections
    )
    document = msgspec.structs.replace(
        _cleaned(event), id=event.consultation, sections=sections,
        organiser_contact=_web_address(event.organiser_contact),
    )  # fmt: skip
    return uuid.UUID(event.consultation), event.version, event.slug, _json(document)


def contribution_row(event: PublicContribution) -> Row:
    """id, version, consultation, section, parent, kind, side, day, state, excerpt, heading, plain, position, JSON."""
    clean = _cleaned(event)
    text = Text(
        id=event.contribution,
        consultation=event.consultation,
        section=event.section,
        kind=event.kind,
        parent=event.parent,
        side=event.side,
        title=event.title,
        body=event.body,
        body_html=clean.body_html,
        link=_web_address(event.link),
        category=event.category,
        day=event.day,
        state=event.state,
        scale=event.scale,
        text_version=event.text_version,
        number=event.number,
        position=event.position,
        before_html=clean.before_html,
        explanation_html=clean.explanation_html,
        base_version=event.base_version,
        changes=event.changes,
        appendix=event.appendix,
        rule=event.rule,
    )
    return (
        uuid.UUID(event.contribution), event.version, uuid.UUID(event.consultation), uuid.UUID(event.section),
        uuid.UUID(event.parent) if event.parent else None, event.kind, event.side, event.day, event.state,
        excerpt(clean.body_html), plain_text.signs(f"{event.number} {event.title}"),
        plain_text.of_html(f"{clean.body_html} {clean.explanation_html}"), event.position, _json(text),
    )  # fmt: skip


def tally_row(event: PublicTally) -> Row:
    """contribution, version, consultation, against, support, votes cast, votes imported, document."""
    imported = None if event.imported is None else ordered(event.imported)
    tally = Tally(cast=ordered(event.cast), imported=imported, by_version=event.by_version)
    return (
        uuid.UUID(event.contribution), event.version, uuid.UUID(event.consultation),
        _sum(event.cast, AGAINST) + _sum(imported or {}, AGAINST),
        _sum(event.cast, IN_FAVOUR) + _sum(imported or {}, IN_FAVOUR),
        sum(event.cast.values()), sum((imported or {}).values()), _json(tally),
    )  # fmt: skip


def version_row(event: PublicVersion) -> Row:
    """id, revision, consultation, contribution, number, document."""
    return (
        uuid.UUID(event.version), event.revision, uuid.UUID(event.consultation), uuid.UUID(event.contribution),
        event.number, _json(msgspec.structs.replace(_cleaned(event), id=event.version)),
    )  # fmt: skip


def ranking_row(event: PublicRankingResult) -> Row:
    """section, version, consultation, ballots, document."""
    document = msgspec.structs.replace(event, id=event.section)
    return uuid.UUID(event.section), event.version, uuid.UUID(event.consultation), event.ballots, _json(document)


def questionnaire_row(event: PublicAnswers) -> Row:
    """section, version, consultation, number of answers sent, document."""
    document = msgspec.structs.replace(event, id=event.section)
    return uuid.UUID(event.section), event.version, uuid.UUID(event.consultation), event.sent, _json(document)


def official_answer_row(event: PublicOfficialAnswer) -> Row:
    """contribution, version, consultation, present status, document."""
    texts = tuple(_cleaned(text) for text in event.texts)
    document = msgspec.structs.replace(event, id=event.contribution, texts=texts)
    status = event.texts[-1].status if event.texts else ""
    return uuid.UUID(event.contribution), event.version, uuid.UUID(event.consultation), status, _json(document)


def statement_row(event: PublicStatement) -> Row:
    """id, version, consultation, document."""
    texts = tuple(_cleaned(text) for text in event.texts)
    document = msgspec.structs.replace(event, id=event.statement, texts=texts)
    return uuid.UUID(event.statement), event.version, uuid.UUID(event.consultation), _json(document)


def journal_row(event: PublicJournal) -> Row:
    """contribution, version, consultation, day of the last entry, document."""
    day = event.entries[-1].day if event.entries else datetime.date.min
    document = msgspec.structs.replace(event, id=event.contribution)
    return uuid.UUID(event.contribution), event.version, uuid.UUID(event.consultation), day, _json(document)


def _cleaned(part: S) -> S:
    """The same with its HTML, in fields whose name ends in ``_html``, sanitised."""
    fields = [name for name in part.__struct_fields__ if name.endswith("_html")]
    return msgspec.structs.replace(part, **{name: _cleaner.clean(getattr(part, name)) for name in fields})


def _web_address(address: str) -> str:
    """``address`` when it is one of the web, or nothing."""
    return address if address.startswith(("https://", "http://")) else ""


IN_FAVOUR: Final = frozenset(("agree", "support", "total", "4", "5", "excellent", "very_good", "good"))
"""Choices that count in favour of an item when a list is sorted. An imported total without detail counts: where it is
given, a vote is a mark of support."""

AGAINST: Final = frozenset(("disagree", "1", "2", "insufficient", "reject"))
"""Choices that count against; what is between the two counts for neither."""


def _sum(counts: dict[str, int], choices: frozenset[str]) -> int:
    return sum(votes for choice, votes in counts.items() if choice in choices)


def excerpt(body_html: str, chars: int = EXCERPT_CHARS) -> str:
    """The beginning of a text without its markup, cut between words."""
    plain = " ".join(html.unescape(_TAG.sub(" ", body_html[: chars * 20])).split())
    if len(plain) <= chars:
        return plain
    return plain[:chars].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _json(document: msgspec.Struct) -> str:
    return msgspec.json.encode(document).decode()
