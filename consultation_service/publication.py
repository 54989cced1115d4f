"""Rows to public events. Pure: nothing here knows an author."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from consultation_service.states import state_of
from contracts.events import (
    Change,
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


_changes: Final = msgspec.json.Decoder(tuple[Change, ...]).decode


def contribution_event(row: Row) -> PublicContribution:
    """A contribution as everybody sees it, from the columns of ``store.contributions.COLUMNS``: without its texts
    unless it is published. Raises ``ValueError`` for one that waits for review, which is not public at all.
    """
    if row["state"] == "pending":
        raise ValueError("what waits for review is not published")
    told = row["state"] == "published"
    return PublicContribution(
        id=new_id(),
        contribution=row["id"],
        consultation=row["consultation_id"],
        section=row["section_id"],
        version=row["version"],
        kind=row["kind"],
        parent=row["parent_id"],
        side=row["side"],
        title=row["title"] if told else "",
        body=row["body"] if told else "",
        body_html=row["body_html"] if told else "",
        link=row["link"] if told else "",
        category=row["category"] if told else "",
        day=row["day"],
        state=row["state"],
        scale=row["scale"],
        text_version=row["text_version"],
        number=row["number"],
        position=row["position"],
        before_html=row["before_html"] if told else "",
        explanation_html=row["explanation_html"] if told else "",
        base_version=row["base_version"],
        changes=_changes(row["changes"]) if told else (),
        appendix=row["appendix"],
        rule=row["rule"],
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
