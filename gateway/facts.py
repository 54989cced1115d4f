"""From public events to rows of the projection: pure, so that what is kept of an event can be read here.

HTML was sanitised by consultation_service when it was written. It is sanitised once more here, once per event and never
per page: the pages must stay safe even if the service that signs the events is compromised. (The third barrier is the
Content-Security-Policy, which lets no script in a text run.)
"""

import html
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec
import nh3

from contracts.events import Event, PublicConsultation, PublicContribution, PublicTally
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


@dataclass(frozen=True, slots=True)
class Rows:
    """What one batch of events changes: at most one row per object, that of its highest version in the batch."""

    consultations: list[Row] = field(default_factory=list)
    contributions: list[Row] = field(default_factory=list)
    tallies: list[Row] = field(default_factory=list)


class NotPublic(Exception):
    """The event is genuine but is not one of those the projection is made of."""


def rows_of(events: Iterable[Event]) -> Rows:
    """The rows of ``events``, whatever their order and repeats. Raises ``NotPublic``."""
    latest: dict[tuple[type, str], PublicConsultation | PublicContribution | PublicTally] = {}
    for event in events:
        if not isinstance(event, PublicConsultation | PublicContribution | PublicTally):
            raise NotPublic
        key = (type(event), event.consultation if isinstance(event, PublicConsultation) else event.contribution)
        known = latest.get(key)
        if known is None or known.version < event.version:
            latest[key] = event
    rows = Rows()
    for event in latest.values():
        match event:
            case PublicConsultation():
                rows.consultations.append(consultation_row(event))
            case PublicContribution():
                rows.contributions.append(contribution_row(event))
            case PublicTally():
                rows.tallies.append(tally_row(event))
    return rows


def consultation_row(event: PublicConsultation) -> Row:
    """id, version, slug, document."""
    clean = msgspec.structs.replace(
        event,
        introduction_html=_cleaner.clean(event.introduction_html),
        sections=tuple(
            msgspec.structs.replace(section, introduction_html=_cleaner.clean(section.introduction_html))
            for section in event.sections
        ),
    )
    return uuid.UUID(event.consultation), event.version, event.slug, _json(clean)


def contribution_row(event: PublicContribution) -> Row:
    """id, version, consultation, section, parent, kind, side, day, state, excerpt, heading, plain, document."""
    body_html = _cleaner.clean(event.body_html)
    text = Text(
        id=event.contribution,
        consultation=event.consultation,
        section=event.section,
        kind=event.kind,
        parent=event.parent,
        side=event.side,
        title=event.title,
        body=event.body,
        body_html=body_html,
        link=event.link if event.link.startswith(("https://", "http://")) else "",
        category=event.category,
        day=event.day,
        state=event.state,
        scale=event.scale,
    )
    return (
        uuid.UUID(event.contribution), event.version, uuid.UUID(event.consultation), uuid.UUID(event.section),
        uuid.UUID(event.parent) if event.parent else None, event.kind, event.side, event.day, event.state,
        excerpt(body_html), plain_text.signs(event.title), plain_text.of_html(body_html), _json(text),
    )  # fmt: skip


def tally_row(event: PublicTally) -> Row:
    """contribution, version, consultation, against, support, votes cast, votes imported, document."""
    imported = None if event.imported is None else ordered(event.imported)
    tally = Tally(cast=ordered(event.cast), imported=imported)
    return (
        uuid.UUID(event.contribution), event.version, uuid.UUID(event.consultation),
        event.cast.get("disagree", 0) + (imported or {}).get("disagree", 0),
        in_favour(event.cast) + in_favour(imported or {}), sum(event.cast.values()), sum((imported or {}).values()),
        _json(tally),
    )  # fmt: skip


def in_favour(counts: dict[str, int]) -> int:
    """Votes in favour. An imported total without detail counts: where it is given, a vote is a mark of support."""
    return counts.get("agree", 0) + counts.get("support", 0) + counts.get("total", 0)


def excerpt(body_html: str) -> str:
    """The beginning of a text without its markup, cut between words."""
    plain = " ".join(html.unescape(_TAG.sub(" ", body_html[: EXCERPT_CHARS * 20])).split())
    if len(plain) <= EXCERPT_CHARS:
        return plain
    return plain[:EXCERPT_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _json(document: msgspec.Struct) -> str:
    return msgspec.json.encode(document).decode()
