"""Rows to public events. Pure: nothing here knows an author."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from consultation_service.questionnaire_words import questionnaire_steps
from consultation_service.rules.edits import votes_on
from consultation_service.rules.questionnaires import Questionnaire
from contracts.events import (
    Change,
    ConsultationAnnounced,
    ConsultationState,
    Language,
    PublicAttribute,
    PublicConsultation,
    PublicContribution,
    PublicLegal,
    PublicPhase,
    PublicRankingRules,
    PublicRelease,
    PublicSection,
    PublicTally,
    VersionVotes,
    new_id,
)
from contracts.scales import CHOICE_CODES, SCALES


class Row(Protocol):
    """A row of the database, by column name."""

    def __getitem__(self, name: str, /) -> Any: ...


def consultation_events(
    row: Row, sections: Sequence[Row], phases: tuple[PublicPhase, ...], policy_digest: str, state: ConsultationState
) -> tuple[PublicConsultation, ConsultationAnnounced]:
    """A consultation as everybody sees it in ``state``, and what identity needs to know of it."""
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
        sections=tuple(_section(section, row["language"]) for section in sections),
        source=row["source"],
        organiser_number=row["organiser_number"],
        organiser_contact=row["organiser_contact"],
        languages=tuple(row["languages"]),
        commitment_html=row["commitment_html"],
        legal=_legal(row["legal"]),
        purposes=tuple(row["purposes"]),
        retention_days=row["retention_days"],
        attributes=_attributes(row["attributes"]),
        release=_release(row["release"]),
        policy_digest=policy_digest,
        phases=phases,
        closed_early_on=row["closed_on"],
        closed_early_reason=row["closed_reason"],
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
        purposes=tuple(row["purposes"]),
        retention_days=row["retention_days"],
    )
    return public, announced


def _section(row: Row, language: Language) -> PublicSection:
    questionnaire = None if row["questionnaire"] is None else _questionnaire(row["questionnaire"])
    return PublicSection(
        id=row["id"],
        parent=row["parent_id"],
        position=row["position"],
        title=row["title"],
        introduction_html=row["introduction_html"],
        kinds=tuple(row["kinds"]),
        scale=row["scale"],
        kind=row["kind"],
        review_first=row["review_first"],
        steps=() if questionnaire is None else questionnaire_steps(questionnaire, language),
        editable=questionnaire is not None and questionnaire.editable,
        ranking=None if row["ranking"] is None else _ranking(row["ranking"]),
    )


_legal: Final = msgspec.json.Decoder(PublicLegal).decode
_attributes: Final = msgspec.json.Decoder(tuple[PublicAttribute, ...]).decode
_questionnaire: Final = msgspec.json.Decoder(Questionnaire).decode
_ranking: Final = msgspec.json.Decoder(PublicRankingRules).decode
_release: Final = msgspec.json.Decoder(PublicRelease).decode
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


def tally_event(
    row: Row, counts: Mapping[int, int], imported: Mapping[str, int] | None, versions: Mapping[int, int]
) -> PublicTally:
    """The totals of an item; ``counts`` maps choice codes, ``versions`` versions of its text, to numbers of votes."""
    votes = votes_on(row["text_version"], versions)
    return PublicTally(
        id=new_id(),
        contribution=row["contribution_id"],
        consultation=row["consultation_id"],
        version=row["version"],
        cast={name: counts.get(CHOICE_CODES[name], 0) for name in SCALES[row["scale"]]},
        imported=None if imported is None else dict(imported),
        by_version=tuple(VersionVotes(text_version=n, votes=count) for n, count in votes.by_version)
        if votes.former
        else (),
    )
