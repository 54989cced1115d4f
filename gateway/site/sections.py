"""The tree of sections of a consultation."""

import uuid
from dataclasses import dataclass, field

from contracts.events import PublicConsultation, PublicSection


@dataclass(slots=True)
class Branch:
    """A section with those below it; ``count`` is of its contributions and theirs."""

    section: PublicSection
    count: int = 0
    branches: list["Branch"] = field(default_factory=list)


def tree(consultation: PublicConsultation, counts: dict[uuid.UUID, int]) -> list[Branch]:
    """The sections as they nest, in order. One whose parent is missing, or that contains itself, is at the top."""
    known = {section.id for section in consultation.sections}
    lost = {s.id for s in consultation.sections if s.parent not in known or _loops(consultation, s)}

    def grow(parent: str | None) -> list[Branch]:
        found = [s for s in consultation.sections if (None if s.id in lost else s.parent) == parent]
        branches = []
        for section in sorted(found, key=lambda s: (s.position, s.id)):
            below_it = grow(section.id)
            count = counts.get(uuid.UUID(section.id), 0) + sum(b.count for b in below_it)
            branches.append(Branch(section, count, below_it))
        return branches

    return grow(None)


def below(consultation: PublicConsultation, section: uuid.UUID) -> list[uuid.UUID]:
    """The ids of a section and of all those below it."""
    found = {str(section)}
    while more := {s.id for s in consultation.sections if s.parent in found} - found:
        found |= more
    return [uuid.UUID(name) for name in sorted(found)]


def _loops(consultation: PublicConsultation, section: PublicSection) -> bool:
    parents = {s.id: s.parent for s in consultation.sections}
    seen: set[str | None] = {section.id}
    above = section.parent
    while above is not None and above in parents:
        if above in seen:
            return above == section.id
        seen.add(above)
        above = parents[above]
    return False
