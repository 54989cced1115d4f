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
    PublicAnswers,
    PublicAttribute,
    PublicJournal,
    PublicLegal,
    PublicOfficialAnswer,
    PublicPhase,
    PublicRankingResult,
    PublicRelease,
    PublicSection,
    PublicStatement,
    PublicVersion,
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
    """A contribution and what is about it: the first thousand items of each kind (the list with ``parent`` has all).

    ``comments`` are those on it, and on its arguments and sources, with their replies: ``parent`` tells which.
    """

    contribution: Contribution
    arguments: list[Contribution]
    sources: list[Contribution]
    amendments: list[Contribution]
    comments: list[Contribution]
    versions: list[PublicVersion]
    official_answer: PublicOfficialAnswer | None
    journal: PublicJournal | None


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Published items of a consultation, and votes on all of them."""

    opinions: int = 0
    proposals: int = 0
    questions: int = 0
    articles: int = 0
    options: int = 0
    amendments: int = 0
    arguments_for: int = 0
    arguments_against: int = 0
    sources: int = 0
    comments: int = 0
    votes_cast: int = 0
    votes_imported: int = 0
    ballots: int = 0
    """Rankings that participants made."""
    questionnaires: int = 0
    """Questionnaires that participants sent."""

    @property
    def contributions(self) -> int:
        """What participants wrote that stands by itself."""
        return self.opinions + self.proposals + self.questions

    @property
    def arguments(self) -> int:
        return self.arguments_for + self.arguments_against

    @property
    def votes(self) -> int:
        """Cast here and imported."""
        return self.votes_cast + self.votes_imported


class Consultation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A consultation and its figures. ``state`` is that of today in Paris; both days are included.

    ``contracts.events.PublicConsultation`` says what each field is.
    """

    id: Id
    slug: Slug
    title: str
    introduction_html: str
    commitment_html: str
    organiser: str
    organiser_number: str
    organiser_contact: str
    language: Language
    languages: tuple[Language, ...]
    state: ConsultationState
    opens_on: datetime.date
    closes_on: datetime.date
    closed_early_on: datetime.date | None
    closed_early_reason: str
    scale: ScaleName
    level: int
    terms_version: str
    purposes: tuple[str, ...]
    retention_days: int
    legal: PublicLegal
    attributes: tuple[PublicAttribute, ...]
    release: PublicRelease
    policy_digest: str
    source: str
    figures: Figures
    phases: tuple[PublicPhase, ...]
    sections: tuple[PublicSection, ...]


COMMON = tuple(name for name in Consultation.__struct_fields__ if name not in ("id", "state", "figures"))
"""The fields of a ``Consultation`` that are those of its event."""


class ConsultationList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every consultation: open ones first, then coming, closed and archived ones, the last closed first."""

    consultations: list[Consultation]


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of a list of former versions of texts, in the order of their ids; ``next`` as everywhere."""

    items: list[PublicVersion]
    next: str | None


class OfficialAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the list of what the organiser answered."""

    items: list[PublicOfficialAnswer]
    next: str | None


class Statements(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the list of syntheses and restitutions."""

    items: list[PublicStatement]
    next: str | None


class Journals(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the moderation journal, item by item."""

    items: list[PublicJournal]
    next: str | None


class Rankings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the list of totals of rankings."""

    items: list[PublicRankingResult]
    next: str | None


class QuestionnaireTotals(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the list of totals of questionnaires."""

    items: list[PublicAnswers]
    next: str | None


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
