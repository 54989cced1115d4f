"""The shapes of the live API, and how the projection stores them already encoded.

A contribution is stored as ``Text`` and its totals as ``Tally``, both as JSON; an answer is a concatenation of the two
with the derived counts. So a list of a hundred contributions is one query and no encoding.
"""

import datetime
from typing import Literal

import msgspec

from contracts.events import (
    AnswerStatus,
    Change,
    ConsultationState,
    ContributionKind,
    ContributionState,
    Id,
    Language,
    Side,
    Slug,
    VersionVotes,
)
from contracts.scales import CHOICE_CODES, SCALES, ScaleName


class Tally(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Totals of votes by choice: ``cast`` here, and ``imported`` with data from elsewhere (null when none).

    ``by_version`` says on which versions of the text the votes were cast here; empty when all are on the present one.
    """

    cast: dict[str, int]
    imported: dict[str, int] | None
    by_version: tuple[VersionVotes, ...] = ()


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a contribution says. Its texts are empty unless it is published; ``day`` is all that is kept of when.

    ``contracts.events.PublicContribution`` says what each field is.
    """

    id: Id
    consultation: Id
    section: Id
    kind: ContributionKind
    parent: Id | None
    side: Side | None
    title: str
    body: str
    body_html: str
    link: str
    category: str
    day: datetime.date
    state: ContributionState
    scale: ScaleName
    text_version: int
    number: str
    position: int
    before_html: str
    explanation_html: str
    base_version: int
    changes: tuple[Change, ...]
    appendix: bool
    rule: str


class ArgumentCounts(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"in_favour": "for"}
):
    """How many published arguments an item has."""

    in_favour: int
    against: int


class Contribution(Text, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A contribution with its counts and its totals. Nothing says, or allows one to find, who made it.

    ``status`` is what the organiser last said became of it, empty when nothing was said.
    """

    arguments: ArgumentCounts
    sources: int
    amendments: int
    comments: int
    status: AnswerStatus | Literal[""]
    tally: Tally


class ContributionPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of a list, ordered by day then id. ``next`` is the cursor of what follows, null at the end."""

    contributions: list[Contribution]
    next: str | None


class ContributionDetail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A contribution, and the first thousand arguments and sources about it (the list with ``parent`` has all)."""

    contribution: Contribution
    arguments: list[Contribution]
    sources: list[Contribution]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a consultation. ``kinds`` is what participants may add there; ``parent`` nests it."""

    id: Id
    parent: Id | None
    position: int
    title: str
    introduction_html: str
    kinds: list[str]
    scale: ScaleName


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Published items of a consultation, and votes on all of them."""

    opinions: int = 0
    proposals: int = 0
    arguments_for: int = 0
    arguments_against: int = 0
    sources: int = 0
    votes_cast: int = 0
    votes_imported: int = 0


class Consultation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A consultation and its figures. ``state`` is that of today in Paris; both days are included."""

    id: Id
    slug: Slug
    title: str
    introduction_html: str
    organiser: str
    language: Language
    state: ConsultationState
    opens_on: datetime.date
    closes_on: datetime.date
    scale: ScaleName
    level: int
    source: str
    figures: Figures
    sections: list[Section]


class ConsultationList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every consultation: open ones first, then coming ones, then closed ones, most recent first."""

    consultations: list[Consultation]


def ordered(counts: dict[str, int]) -> dict[str, int]:
    """``counts`` in the order of the scales, so that the same totals are always the same text."""
    rank: dict[str, int] = {str(choice): code for choice, code in CHOICE_CODES.items()}
    return dict(sorted(counts.items(), key=lambda pair: (rank.get(pair[0], len(rank) + 1), pair[0])))


def empty_tally(scale: ScaleName) -> Tally:
    """The totals of an item on which nobody voted."""
    return Tally(cast=dict.fromkeys(SCALES[scale], 0), imported=None)


EMPTY_TALLIES = {scale: msgspec.json.encode(empty_tally(scale)).decode() for scale in SCALES}


def joined(
    text: str, tally: str, arguments: tuple[int, int], sources: int, amendments: int, comments: int, status: str
) -> str:
    """The JSON of a ``Contribution`` from its stored parts. ``arguments``: for, against."""
    counts = (
        f'"arguments":{{"for":{arguments[0]},"against":{arguments[1]}}},"sources":{sources},'
        f'"amendments":{amendments},"comments":{comments},"status":"{status}"'
    )
    return f'{text[:-1]},{counts},"tally":{tally}}}'
