"""Rules of contributions: what may be written, where, and how it is cleaned."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from consultation_service.rules.acts import Act
from consultation_service.rules.edits import Limits
from contracts.events import AddedKind, Id, Side
from contracts.http import Refusal

MAX_TITLE: Final = 200
MAX_CATEGORY: Final = 100
MAX_LINK: Final = 2_000
MAX_EXPLANATION: Final = 3_000
MAX_DEPTH: Final = 3
"""How many comments a comment may be below."""


class Kind(NamedTuple):
    """How a kind of contribution is made: what it may be about (a section when ``parents`` is empty), its texts, and
    what it is to the states and phases of a consultation.
    """

    act: Act
    parents: frozenset[str]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


def _kinds(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DISCUSSED: Final = _kinds("opinion proposal article amendment")
# fmt: off
KINDS: Final[Mapping[AddedKind, Kind]] = {
    "opinion":   Kind(Act.CONTRIBUTE, frozenset(), ("title", "body")),
    "proposal":  Kind(Act.CONTRIBUTE, frozenset(), ("title", "body")),
    "question":  Kind(Act.CONTRIBUTE, frozenset(), ("title", "body")),
    "amendment": Kind(Act.AMEND, _kinds("article proposal"), ("title", "body", "explanation")),
    "argument":  Kind(Act.DISCUSS, _DISCUSSED, ("body",), ("title",)),
    "source":    Kind(Act.DISCUSS, _DISCUSSED, ("title", "link"), ("category", "body")),
    "comment":   Kind(Act.DISCUSS, _DISCUSSED | _kinds("question option argument source comment"), ("body",)),
}
"""What participants may write and where; whether a section takes it is in its ``kinds``."""
# fmt: on

TEXTS: Final = ("title", "body", "explanation", "link", "category")


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a participant sends.

    An opinion, a proposal or a question to the organiser has a ``section``, the rest has a ``parent``. An argument has
    a ``side``; a source a ``link`` and perhaps a ``category``; the ``body`` of an amendment is the whole new text and
    ``explanation`` says why. ``base_version`` is the version of the parent that an amendment was written from, 0 when
    it does not say: if another one took its place since, the amendment is not accepted.
    """

    kind: AddedKind
    section: Id | None = None
    parent: Id | None = None
    side: Side | None = None
    title: str = ""
    body: str = ""
    explanation: str = ""
    link: str = ""
    category: str = ""
    base_version: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an author changes: the texts that are given, whole, take the place of the former ones."""

    title: str | None = None
    body: str | None = None
    explanation: str | None = None
    link: str | None = None
    category: str | None = None

    def over(self, former: Mapping[str, str]) -> dict[str, str]:
        """The texts as they would be, by name."""
        given = {name: getattr(self, name) for name in TEXTS}
        return {name: former[name] if text is None else text for name, text in given.items()}


class Text(NamedTuple):
    """The cleaned texts of a draft; what is HTML is rendered last."""

    title: str
    body: str
    explanation: str
    link: str
    category: str
    body_html: str = ""
    explanation_html: str = ""


class Place(NamedTuple):
    """What a draft is about to join, as the database has it."""

    section: str
    kinds: tuple[str, ...]
    section_scale: str
    scale: str
    review_first: bool
    limits: Limits
    parent_kind: str | None = None
    parent_state: str | None = None
    parent_depth: int = 0
    parent_body: str = ""
    parent_version: int = 0

    def scale_of(self, kind: AddedKind) -> str:
        """The scale of votes on a contribution of ``kind`` here: the consultation's for what is discussed, the
        section's for what it is made of and for its amendments.
        """
        return self.scale if KINDS[kind].act is Act.DISCUSS else self.section_scale

    def depth_of(self, kind: AddedKind) -> int:
        """How many comments a contribution of ``kind`` would be below."""
        return self.parent_depth + 1 if kind == "comment" and self.parent_kind == "comment" else 0


def require_shape(draft: Draft) -> None:
    """Raise ``Refusal``, naming the field, unless the draft has what its kind needs and nothing else."""
    kind = KINDS[draft.kind]
    if kind.parents and draft.parent is None:
        raise Refusal("parent_refused", field="parent")
    if not kind.parents and draft.section is None:
        raise Refusal("section_refused", field="section")
    if draft.kind == "argument" and draft.side is None:
        raise Refusal("side_missing", field="side")
    unused = {
        "parent": not kind.parents and draft.parent,
        "section": kind.parents and draft.section,
        "side": draft.kind != "argument" and draft.side,
        "base_version": draft.kind != "amendment" and draft.base_version,
    }
    for field, present in unused.items():
        if present:
            raise Refusal("text_unexpected", field=field)


def texts_of(draft: Draft) -> dict[str, str]:
    """The texts of a draft, by name."""
    return {name: getattr(draft, name) for name in TEXTS}


def clean(kind: AddedKind, texts: Mapping[str, str]) -> Text:
    """The texts (``TEXTS`` by name) as they will be kept. Raises ``Refusal``, naming the field."""
    needs = KINDS[kind]
    for field in TEXTS:
        if texts[field] and field not in (*needs.required, *needs.optional):
            raise Refusal("text_unexpected", field=field)
    text = Text(
        title=clean_line(texts["title"], "title"),
        body=clean_text(texts["body"], "body"),
        explanation=clean_text(texts["explanation"], "explanation"),
        link=clean_link(texts["link"]) if kind == "source" else "",
        category=clean_line(texts["category"], "category", MAX_CATEGORY),
    )
    for field in needs.required:
        if not getattr(text, field):
            raise Refusal("text_missing", field=field)
    if len(text.explanation) > MAX_EXPLANATION:
        raise Refusal("text_over_limit", field="explanation", limit=MAX_EXPLANATION)
    return text


def require_place(draft: Draft, place: Place | None) -> Place:
    """``place`` when the draft may join it. Raises ``Refusal``."""
    parents = KINDS[draft.kind].parents
    if place is None:
        raise Refusal("parent_refused", field="parent") if parents else Refusal("section_refused", field="section")
    if parents and place.parent_kind not in parents:
        raise Refusal("parent_refused", field="parent")
    if draft.kind not in place.kinds:
        raise Refusal("kind_refused", field="kind")
    if parents:
        require_published(place.parent_state)
        if place.depth_of(draft.kind) > MAX_DEPTH:
            raise Refusal("too_deep", field="parent")
        if draft.base_version not in (0, place.parent_version):
            raise Refusal("base_changed", field="body")
    return place


def require_published(state: str | None, field: str = "parent") -> None:
    """Raise ``Refusal`` unless a contribution in this state is there for everybody. One that waits for review is not
    known to anybody.
    """
    match state:
        case "published":
            return
        case "withdrawn":
            raise Refusal("withdrawn", field=field)
        case "hidden" | "sent_back":
            raise Refusal("withheld", field=field)
        case _:
            raise Refusal("parent_refused", field=field)


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


def require_length(limits: Limits, kind: AddedKind, text: Text) -> None:
    """Raise ``Refusal`` ``text_over_limit`` when a text is longer than the consultation wants for this kind."""
    most = limits.characters.get(kind)
    for field in ("body", "explanation"):
        if most is not None and len(getattr(text, field)) > most:
            raise Refusal("text_over_limit", field=field, limit=most)


def request_key(author: bytes, key: str | None, draft: Draft) -> bytes:
    """The 16 bytes under which a retry is recognised: of the Idempotency-Key when there is one, else of what is sent,
    so that a form sent twice is written once. Raises ``Refusal`` ``key_refused``.
    """
    if key is not None and not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise Refusal("key_refused")
    said = b"key\0" + key.encode() if key is not None else b"draft\0" + msgspec.json.encode(draft)
    return hashlib.sha256(author + said).digest()[:16]
