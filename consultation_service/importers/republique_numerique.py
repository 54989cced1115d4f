"""The consultation on the bill "pour une République numérique" (2015), as its Cap collectif snapshot tells it.

Opinions, arguments for and against, and sources, with totals of votes and never a vote: they become imported tallies,
shown apart from votes cast here. Opinions that the source had put in its public bin stay, marked, with their votes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import RowRefused
from consultation_service.importers.intake import Advance, Authors, Intake, found, require_some
from consultation_service.importers.reading import Row
from consultation_service.importers.texts import render_long
from consultation_service.markdown import render
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.imports import NewContribution
from contracts.events import ContributionKind, Id, Side, new_id
from contracts.scales import ScaleName

NAME: Final = "republique-numerique"
SCALE: Final[ScaleName] = "agree_mixed_disagree"
SIDES: Final[dict[str, Side]] = {"FOR": "for", "AGAINST": "against"}
TOTALS: Final = {"agree": "votes_ok", "mixed": "votes_mitige", "disagree": "votes_nok"}
BINNED: Final = "Mis à la corbeille par la plateforme d’origine"

SECTION_COLUMNS: Final = ("section_id", "title", "subtitle", "votes_help_text")
OPINION_COLUMNS: Final = (
    "opinion_id", "author_token", "section_id", "title", "body", "created_at", *TOTALS.values(), "is_trashed",
)  # fmt: skip
ARGUMENT_COLUMNS: Final = (
    "argument_id", "opinion_id", "author_token", "side", "body", "created_at", "votes_count", "is_trashed",
)  # fmt: skip
SOURCE_COLUMNS: Final = (
    "source_id", "opinion_id", "author_token", "category", "title", "link", "body", "created_at", "votes_count",
)  # fmt: skip

TITLE: Final = "Projet de loi pour une République numérique"
ORGANISER: Final = "Secrétariat d’État chargé du Numérique (2015)"
INTRODUCTION: Final = """\
Consultation publique sur l’avant-projet de loi, tenue à l’automne 2015 : chacun pouvait donner son avis sur les \
articles, en proposer, argumenter et citer des sources.

Ceci est une reprise des données publiques de l’époque. Les votes y sont des totaux : rien ne dit qui a voté quoi.
"""
SOURCE: Final = (
    "République numérique (2015), plateforme Cap collectif ; données publiées par Etalab sur data.gouv.fr, "
    "Licence Ouverte. Relevé du 18 octobre 2015 : github.com/Lucas-C/republique-numerique-stats. "
    "Textes de leurs auteurs, selon les conditions de la consultation."
)
READ_LATER: Final = ("appendices.csv", "article_diffs.csv", "official_final_tallies.csv")


class Item(NamedTuple):
    """A contribution and the totals it came with."""

    contribution: NewContribution
    totals: dict[str, int]


class Reader:
    """Makes ours of each row of the source; keeps what rows refer to."""

    def __init__(self, consultation: Id) -> None:
        self.consultation = consultation
        self.authors = Authors()
        self.sections: Mapping[str, NewSection] = {}
        self.opinions: Mapping[str, Item] = {}

    def section(self, row: Row) -> NewSection:
        """``title`` repeats ("Section 1"), as the snapshot has no level above: the subtitle tells them apart."""
        help_text = row.text("votes_help_text", required=False)
        titles = (row.one_line("title"), row.one_line("subtitle", required=False))
        return NewSection(
            id=new_id(),
            position=row.line,
            title=" – ".join(title for title in titles if title),
            introduction=help_text,
            introduction_html=render_long(help_text, "votes_help_text"),
            kinds=("opinion",),
            scale=SCALE,
        )

    def opinion(self, row: Row) -> Item:
        """An opinion with its three totals."""
        section = found(self.sections, row, "section_id")
        totals = {choice: row.count(column) for choice, column in TOTALS.items()}
        mark = BINNED if row.choice("is_trashed", ("True", "False")) == "True" else ""
        title = row.one_line("title")
        return Item(self._contribution(row, "opinion", section.id, title=title, category=mark), totals)

    def argument(self, row: Row) -> Item:
        """An argument for or against an opinion, with one total."""
        about = found(self.opinions, row, "opinion_id").contribution
        side = SIDES[row.choice("side", tuple(SIDES))]
        total = row.count("votes_count")
        mark = BINNED if row.choice("is_trashed", ("True", "False", "")) == "True" else ""
        contribution = self._contribution(row, "argument", about.section_id, parent=about.id, side=side, category=mark)
        return Item(contribution, {"total": total})

    def source(self, row: Row) -> Item:
        """A source about an opinion, with one total."""
        about = found(self.opinions, row, "opinion_id").contribution
        total = row.count("votes_count")
        contribution = self._contribution(
            row,
            "source",
            about.section_id,
            parent=about.id,
            title=row.one_line("title"),
            link=row.link("link"),
            category=row.one_line("category", required=False),
        )
        return Item(contribution, {"total": total})

    def _contribution(
        self,
        row: Row,
        kind: ContributionKind,
        section: Id,
        *,
        parent: Id | None = None,
        side: Side | None = None,
        title: str = "",
        link: str = "",
        category: str = "",
    ) -> NewContribution:
        body = row.text("body", required=kind != "source")
        contribution = NewContribution(
            id=new_id(),
            consultation_id=self.consultation,
            section_id=section,
            parent_id=parent,
            kind=kind,
            side=side,
            author=self.authors.of(row.key("author_token")),
            title=title,
            body=body,
            body_html=render_long(body, "body"),
            link=link,
            category=category,
            scale=SCALE,
            day=row.day_of_text("created_at"),
        )
        if not contribution.fits():
            raise RowRefused("long", column="body")
        return contribution


def read(folder: Path, options: Options, report: Report, advance: Advance) -> Batch:
    """The whole consultation. Raises ``SourceUnusable``."""
    intake = Intake(folder, report, advance)
    reader = Reader(new_id())
    reader.sections = intake.take("sections.csv", SECTION_COLUMNS, "section_id", reader.section)
    reader.opinions = intake.take("opinions.csv", OPINION_COLUMNS, "opinion_id", reader.opinion)
    require_some(reader.opinions, "opinions.csv")
    arguments = intake.take("arguments.csv", ARGUMENT_COLUMNS, "argument_id", reader.argument)
    sources = intake.take("sources.csv", SOURCE_COLUMNS, "source_id", reader.source)
    items = [*reader.opinions.values(), *arguments.values(), *sources.values()]
    _report(report, folder, reader, arguments, sources)
    days = [item.contribution.day for item in items]
    consultation = NewConsultation(
        id=reader.consultation,
        slug=options.slug or NAME,
        title=options.title or TITLE,
        introduction=INTRODUCTION,
        introduction_html=render(INTRODUCTION),
        organiser=options.organiser or ORGANISER,
        language=options.language or "fr",
        scale=SCALE,
        terms_version="import",
        opens_on=min(days),
        closes_on=max(days),
        source=SOURCE,
        sections=tuple(reader.sections.values()),
    )
    return Batch(
        consultation=consultation,
        contributions=[item.contribution for item in items],
        tallies={item.contribution.id: item.totals for item in items},
    )


def _report(
    report: Report, folder: Path, reader: Reader, arguments: Mapping[str, Item], sources: Mapping[str, Item]
) -> None:
    sides = [item.contribution.side for item in arguments.values()]
    opinions = reader.opinions.values()
    report.taken = {
        "sections": len(reader.sections),
        "opinions": len(opinions),
        "arguments": len(arguments),
        "arguments_for": sides.count("for"),
        "arguments_against": sides.count("against"),
        "sources": len(sources),
        **{f"imported_{choice}": sum(item.totals[choice] for item in opinions) for choice in TOTALS},
        "imported_votes_on_arguments": sum(item.totals["total"] for item in arguments.values()),
        "imported_votes_on_sources": sum(item.totals["total"] for item in sources.values()),
    }
    binned = sum(item.contribution.category == BINNED for item in [*opinions, *arguments.values()])
    if binned:
        report.remark(
            f"{binned} contributions que la source avait mises à la corbeille sont reprises, avec cette mention.",
            f"{binned} contributions that the source had put in its bin are taken, and say so.",
        )
    left = [name for name in READ_LATER if (folder / name).exists()]
    if left:
        names = ", ".join(left)
        report.remark(f"Fichiers qui ne sont pas lus : {names}.", f"Files that are not read: {names}.")
