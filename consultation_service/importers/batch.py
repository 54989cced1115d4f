"""A consultation ready to be written, and what to tell the person who imports it."""

from dataclasses import dataclass, field

from consultation_service.importers.errors import Refusal, RowRefused
from consultation_service.store.consultations import NewConsultation
from consultation_service.store.imports import NewAnswer, NewContribution, NewVote
from contracts.events import Language


@dataclass
class Batch:
    """Everything that one import writes. Parents come before their children among ``contributions``."""

    consultation: NewConsultation
    contributions: list[NewContribution]
    votes: list[NewVote] = field(default_factory=list)
    tallies: dict[str, dict[str, int]] = field(default_factory=dict)
    """Contribution id to the totals that the source came with."""
    answers: list[NewAnswer] = field(default_factory=list)


@dataclass
class Report:
    """What was taken and what was not."""

    taken: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    """What else is worth knowing, in French and in English."""

    def refuse(self, file: str, line: int, reason: RowRefused) -> None:
        """Note a row that is not taken."""
        self.refused.append(Refusal(file, line, reason.code, reason.facts))

    def remark(self, fr: str, en: str) -> None:
        """Note a fact."""
        self.remarks.append((fr, en))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person who imports may decide; None leaves it to the source."""

    slug: str | None = None
    title: str | None = None
    organiser: str | None = None
    language: Language | None = None
