"""Rows to public events. Pure: nothing here knows an author."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from consultation_service.states import state_of
from contracts.events import (
    ConsultationAnnounced,
    PublicConsultation,
    PublicContribution,
    PublicSection,
    PublicTally,
    new_id,
)
from contracts.scales import CHOICE_CODES, SCALES


class Row(Protocol):
    """A row of the database, by column name."""

    def __getitem__(self, name: str, /) -> Any: ...


def consultation_events(
    row: Row, sections: Sequence[Row], day: datetime.date
) -> tuple[PublicConsultation, ConsultationAnnounced]:
    """A consultation as everybody sees it on ``day``, and what identity needs to know of it."""
    state = state_of(row["opens_on"], row["closes_on"], day)
    public = PublicConsultation(
        id=new_id(),
        consultation=row["id"],
        version=row["version"],
        slug=row["slug"],
        title=row["title"],
        introduction_html=row["introduction_html"],
        organiser=row["organiser"],
        language=row["language"],
        state=state,
        opens_on=row["opens_on"],
        closes_on=row["closes_on"],
        scale=row["scale"],
        terms_version=row["terms_version"],
        level=row["level"],
        sections=tuple(
            PublicSection(
                id=section["id"],
                parent=section["parent_id"],
                position=section["position"],
                title=section["title"],
                introduction_html=section["introduction_html"],
                kinds=tuple(section["kinds"]),
                scale=section["scale"],
            )
            for section in sections
        ),
        source=row["source"],
    )
    announced = ConsultationAnnounced(
        id=new_id(),
        consultation=row["id"],
        version=row["version"],
        slug=row["slug"],
        title=row["title"],
        organiser=row["organiser"],
        language=row["language"],
        terms_version=row["terms_version"],
        opens_on=row["opens_on"],
        closes_on=row["closes_on"],
        state=state,
    )
    return public, announced


def contribution_event(row: Row) -> PublicContribution:
    """A contribution as everybody sees it, from the columns of ``store.contributions.COLUMNS``."""
    return PublicContribution(
        id=new_id(),
        contribution=row["id"],
        consultation=row["consultation_id"],
        section=row["section_id"],
        version=row["version"],
        kind=row["kind"],
        parent=row["parent_id"],
        side=row["side"],
        title=row["title"],
        body=row["body"],
        body_html=row["body_html"],
        link=row["link"],
        category=row["category"],
        day=row["day"],
        state=row["state"],
        scale=row["scale"],
    )


def tally_event(row: Row, counts: Mapping[int, int], imported: Mapping[str, int] | None) -> PublicTally:
    """The totals of an item; ``counts`` maps choice codes to numbers of votes."""
    return PublicTally(
        id=new_id(),
        contribution=row["contribution_id"],
        consultation=row["consultation_id"],
        version=row["version"],
        cast={name: counts.get(CHOICE_CODES[name], 0) for name in SCALES[row["scale"]]},
        imported=None if imported is None else dict(imported),
    )
