"""Rules of contributions: what may be written, where, and how it is cleaned."""

import datetime
import hashlib
import re
import unicodedata
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from contracts.events import ContributionKind, Id, Side
from contracts.http import Refusal

MAX_TITLE: Final = 200
MAX_CATEGORY: Final = 100
MAX_LINK: Final = 2_000
ABOUT: Final = ("argument", "source")
"""Kinds that are about an opinion or a proposal, rather than in a section."""


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a participant sends.

    An opinion or a proposal has a ``section``, a ``title`` and a ``body``; an argument has a ``parent``, a ``side``
    and a ``body``; a source has a ``parent``, a ``title`` and a ``link``, and may have a ``category`` and a ``body``.
    """

    kind: ContributionKind
    section: Id | None = None
    parent: Id | None = None
    side: Side | None = None
    title: str = ""
    body: str = ""
    link: str = ""
    category: str = ""


class Text(NamedTuple):
    """The cleaned texts of a draft; ``body_html`` is rendered last."""

    title: str
    body: str
    link: str
    category: str
    body_html: str = ""


class Place(NamedTuple):
    """What a draft is about to join, as the database has it."""

    section: str
    kinds: tuple[str, ...]
    section_scale: str
    scale: str
    opens_on: datetime.date
    closes_on: datetime.date
    parent_kind: str | None
    parent_state: str | None

    def scale_of(self, kind: str) -> str:
        """The scale of votes on a contribution of ``kind`` here: the consultation's for arguments and sources."""
        return self.scale if kind in ABOUT else self.section_scale


def require_shape(draft: Draft) -> None:
    """Raise ``Refusal``, naming the field, unless the draft has what its kind needs and nothing else."""
    about = draft.kind in ABOUT
    if about and draft.parent is None:
        raise Refusal("parent_refused", field="parent")
    if not about and draft.section is None:
        raise Refusal("section_refused", field="section")
    if draft.kind == "argument" and draft.side is None:
        raise Refusal("side_missing", field="side")
    unused = {
        "parent": not about and draft.parent,
        "section": about and draft.section,
        "side": draft.kind != "argument" and draft.side,
        "link": draft.kind != "source" and draft.link,
        "category": draft.kind != "source" and draft.category,
    }
    for field, present in unused.items():
        if present:
            raise Refusal("text_unexpected", field=field)


def clean(draft: Draft) -> Text:
    """The texts as they will be kept. Raises ``Refusal``, naming the field."""
    text = Text(
        title=clean_line(draft.title, "title"),
        body=clean_text(draft.body, "body"),
        link=clean_link(draft.link) if draft.kind == "source" else "",
        category=clean_line(draft.category, "category", MAX_CATEGORY),
    )
    required = {"argument": ("body",), "source": ("title",)}.get(draft.kind, ("title", "body"))
    for field in required:
        if not getattr(text, field):
            raise Refusal("text_missing", field=field)
    return text


def require_place(draft: Draft, place: Place | None) -> Place:
    """``place`` when the draft may join it. Raises ``Refusal``."""
    if place is None:
        raise Refusal("parent_refused", field="parent") if draft.parent else Refusal("section_refused", field="section")
    if draft.kind not in ABOUT:
        if draft.kind not in place.kinds:
            raise Refusal("kind_refused", field="kind")
        return place
    if place.parent_kind in ABOUT:
        raise Refusal("parent_refused", field="parent")
    if place.parent_state != "published":
        raise Refusal("withdrawn", field="parent")
    return place


_CONTROLS: Final = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_text(text: str, field: str) -> str:
    """Same text in NFC, with Unix line ends, without control characters (bidirectional overrides included).

    Raises ``Refusal`` ``text_refused`` for NUL and lone surrogates, which cannot be kept.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refusal("text_refused", field=field)
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", unicodedata.normalize("NFC", unix)).strip()


def clean_line(text: str, field: str, limit: int = MAX_TITLE) -> str:
    """As ``clean_text``, on one line of ``limit`` characters at most."""
    line = " ".join(clean_text(text, field).split())
    if len(line) > limit:
        raise Refusal("title_too_long", field=field, limit=limit)
    return line


def clean_link(text: str) -> str:
    """A whole http or https address, without credentials. Raises ``Refusal`` ``link_refused``."""
    link = text.strip()
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refusal("link_refused", field="link") from None
    visible = link.isprintable() and not re.search(r"[\s<>\"'`\\{}|^]", link)
    if not visible or len(link) > MAX_LINK or parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise Refusal("link_refused", field="link")
    return link


def request_key(author: bytes, key: str | None, draft: Draft) -> bytes:
    """The 16 bytes under which a retry is recognised: of the Idempotency-Key when there is one, else of what is sent,
    so that a form sent twice is written once. Raises ``Refusal`` ``key_refused``.
    """
    if key is not None and not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise Refusal("key_refused")
    said = b"key\0" + key.encode() if key is not None else b"draft\0" + msgspec.json.encode(draft)
    return hashlib.sha256(author + said).digest()[:16]
