"""What an organiser writes inside a consultation: sections, articles of a bill, options to rank; and how it is cleaned.

Pure: nothing here knows the database. What participants may add to each kind of section is in one table.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from consultation_service.contributions import clean_line, clean_text
from consultation_service.importers.texts import pieces
from consultation_service.markdown import MAX_BODY_BYTES, MAX_HTML_CHARS, SHORT_BYTES, render
from consultation_service.rules.differences import compare
from contracts.events import AddedKind, Change, SectionKind
from contracts.http import Refusal
from contracts.scales import SCALES, ScaleName

MAX_TITLE: Final = 200
MAX_NUMBER: Final = 60
MAX_ARTICLE_BYTES: Final = 60_000
MAX_EXPLANATION_BYTES: Final = 20_000

ADDABLE: Final[Mapping[SectionKind, tuple[AddedKind, ...]]] = {
    "heading": (),
    "proposals": ("proposal", "opinion", "question", "amendment", "argument", "source", "comment"),
    "articles": ("proposal", "amendment", "argument", "source", "comment", "question"),
    "questionnaire": (),
    "ranking": ("comment",),
}
"""What participants may be allowed to add in each kind of section, in the order in which forms show it."""

PROPOSED: Final[Mapping[SectionKind, tuple[AddedKind, ...]]] = {
    "heading": (),
    "proposals": ("proposal", "argument", "source"),
    "articles": ("amendment", "argument", "source"),
    "questionnaire": (),
    "ranking": (),
}
"""What a new section of each kind starts with."""


class SectionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A section as its form has it; ``introduction`` is Markdown."""

    title: str
    introduction: str = ""
    kind: SectionKind = "proposals"
    kinds: tuple[AddedKind, ...] = ()
    scale: ScaleName = "agree_mixed_disagree"
    review_first: bool = False


class OfficialText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An article or an option as its form has it, in Markdown. ``before`` is the law as it stands."""

    number: str = ""
    title: str = ""
    before: str = ""
    body: str = ""
    explanation: str = ""
    appendix: bool = False


class Rendered(NamedTuple):
    """An official text as it is kept beside what was typed."""

    before_html: str
    body_html: str
    explanation_html: str
    changes: tuple[Change, ...]


def clean_section(given: SectionSettings) -> SectionSettings:
    """As it will be kept: only what its kind of section accepts, in one order. Raises ``Refusal``, naming the field."""
    title = clean_line(given.title, "title", MAX_TITLE)
    if not title:
        raise Refusal("text_missing", field="title")
    if given.kind not in ADDABLE:
        raise Refusal("invalid_field", field="kind")
    if given.scale not in SCALES:
        raise Refusal("scale_refused", field="scale")
    wanted = set(given.kinds)
    # What is said about a proposal needs a proposal to be about.
    if given.kind == "proposals" and wanted and not wanted & {"proposal", "opinion", "question"}:
        raise Refusal("kinds_missing", field="kinds")
    kinds = tuple(kind for kind in ADDABLE[given.kind] if kind in wanted)
    return msgspec.structs.replace(
        given,
        title=title,
        introduction=_text(given.introduction, "introduction", MAX_BODY_BYTES),
        kinds=kinds,
        review_first=given.review_first and bool(kinds),
    )


def clean_official(given: OfficialText, kind: Literal["article", "option"]) -> OfficialText:
    """As it will be kept. Raises ``Refusal``, naming the field: an article has a number or a title, and a text now or
    before; an option has a title.
    """
    kept = OfficialText(
        number=clean_line(given.number, "number", MAX_NUMBER),
        title=clean_line(given.title, "title", MAX_TITLE),
        before=_text(given.before, "before", MAX_ARTICLE_BYTES),
        body=_text(given.body, "body", MAX_ARTICLE_BYTES),
        explanation=_text(given.explanation, "explanation", MAX_EXPLANATION_BYTES),
        appendix=given.appendix,
    )
    if kind == "option":
        kept = OfficialText(title=kept.title, body=kept.body)
    if not (kept.title or kept.number):
        raise Refusal("text_missing", field="number" if kind == "article" else "title")
    if kind == "article" and not (kept.body or kept.before):
        raise Refusal("text_missing", field="body")
    return kept


def rendered(text: OfficialText) -> Rendered:
    """What is shown of ``text``; what changes is told word by word when there is a law as it stands. Raises
    ``Refusal`` ``text_too_long`` when the result is out of proportion.
    """
    changes = compare(text.before, text.body) if text.before else ()
    return Rendered(
        before_html=_html(text.before, "before"),
        body_html=_html(text.body, "body"),
        explanation_html=_html(text.explanation, "explanation"),
        changes=tuple(Change(kind=segment.kind, text=segment.text) for segment in changes),
    )


async def rendered_aside(texts: Sequence[OfficialText]) -> list[Rendered]:
    """``rendered`` of each, in another thread when they are long, so that a bill holds up nobody's vote."""
    if sum(len(text.before) + len(text.body) + len(text.explanation) for text in texts) <= SHORT_BYTES:
        return [rendered(text) for text in texts]
    return await asyncio.to_thread(lambda: [rendered(text) for text in texts])


def _html(text: str, field: str) -> str:
    # A text of any length, at the pace of short ones (importers/texts.py).
    html = "".join(render(piece) for piece in pieces(text, MAX_BODY_BYTES)) if text else ""
    if len(html) > MAX_HTML_CHARS:
        raise Refusal("text_too_long", field=field, limit=MAX_ARTICLE_BYTES)
    return html


def _text(text: str, field: str, most: int) -> str:
    kept = clean_text(text, field)
    if len(kept.encode()) > most:
        raise Refusal("text_too_long", field=field, limit=most)
    return kept
