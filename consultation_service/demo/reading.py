"""``villebrume.toml`` as a consultation to write, with days relative to today."""

import datetime
import secrets
import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

from consultation_service.importers.batch import Batch
from consultation_service.markdown import render
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.imports import NewContribution, NewVote
from contracts.events import ContributionKind, Id, PublicLegal, new_id
from contracts.scales import CHOICE_CODES, SCALES, ScaleName

SCALE: Final[ScaleName] = "agree_mixed_disagree"
PEOPLE: Final = 60
"""How many participants are invented; each votes once on an item at most."""

Table = dict[str, Any]
_random: Final = secrets.SystemRandom()


def read(today: datetime.date) -> Batch:
    """The whole demonstration, open on ``today``."""
    text = resources.files("consultation_service").joinpath("demo", "villebrume.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    writer = Writer(today)
    sections = writer.sections(document["section"], None)
    introduction = document["introduction"].strip()
    return Batch(
        consultation=NewConsultation(
            id=writer.consultation,
            slug=document["slug"],
            title=document["title"],
            introduction=introduction,
            introduction_html=render(introduction),
            organiser=document["organiser"],
            language="fr",
            scale=SCALE,
            terms_version="1",
            opens_on=today - datetime.timedelta(document["opened_days_ago"]),
            closes_on=today + datetime.timedelta(document["open_for_days"]),
            sections=tuple(sections),
            languages=("fr", "en"),
            organiser_number=document["organiser_number"],
            organiser_contact=document["organiser_contact"],
            legal=PublicLegal(
                publication_director=document["publication_director"],
                host=document["host"],
                data_protection=document["data_protection"],
            ),
            purposes=tuple(document["purposes"]),
            retention_days=document["retention_days"],
            commitment=document["commitment"],
            commitment_html=render(document["commitment"]),
        ),
        contributions=writer.contributions,
        votes=writer.votes,
    )


class Writer:
    """Collects what the tables of the file say."""

    def __init__(self, today: datetime.date) -> None:
        self.today = today
        self.consultation = new_id()
        self.people = [secrets.token_bytes(32) for _ in range(PEOPLE)]
        self.contributions: list[NewContribution] = []
        self.votes: list[NewVote] = []

    def sections(self, tables: Sequence[Table], parent: Id | None) -> list[NewSection]:
        """The sections of ``tables`` and all that is in them, parents first."""
        made: list[NewSection] = []
        for position, table in enumerate(tables):
            introduction = table.get("introduction", "")
            section = NewSection(
                id=new_id(),
                parent=parent,
                position=position,
                title=table["title"],
                introduction=introduction,
                introduction_html=render(introduction),
                kinds=tuple(table.get("kinds", ())),
                scale=SCALE,
            )
            made.append(section)
            for kind in ("proposal", "opinion"):
                for item in table.get(kind, ()):
                    self._contribution(item, kind, section.id)
            made += self.sections(table.get("section", ()), section.id)
        return made

    def _contribution(self, table: Table, kind: ContributionKind, section: Id) -> None:
        item = self._add(table, kind, section, None, table["days"])
        for about in ("argument", "source"):
            for reply in table.get(about, ()):
                self._add(reply, about, section, item, _random.randint(0, table["days"]))

    def _add(self, table: Table, kind: ContributionKind, section: Id, parent: Id | None, days: int) -> Id:
        body = table.get("body", "").strip()
        contribution = NewContribution(
            id=new_id(),
            consultation_id=self.consultation,
            section_id=section,
            parent_id=parent,
            kind=kind,
            side=table.get("side"),
            author=_random.choice(self.people),
            title=table.get("title", ""),
            body=body,
            body_html=render(body),
            link=table.get("link", ""),
            category=table.get("category", ""),
            scale=SCALE,
            day=self.today - datetime.timedelta(days),
        )
        self.contributions.append(contribution)
        self._vote(contribution.id, table["votes"], days)
        return contribution.id

    def _vote(self, item: Id, counts: Sequence[int], days: int) -> None:
        choices = [choice for choice, count in zip(SCALES[SCALE], counts, strict=True) for _ in range(count)]
        for person, choice in zip(_random.sample(self.people, len(choices)), choices, strict=True):
            day = self.today - datetime.timedelta(_random.randint(0, days))
            self.votes.append(NewVote(item, person, CHOICE_CODES[choice], day))
