"""The consultation on the bill "pour une République numérique" (2015), as its Cap collectif snapshot tells it.

The articles of the bill with what they change in the law, the proposals of participants, arguments for and against, and
sources, with totals of votes and never a vote: they become imported tallies, shown apart from votes cast here. What the
source had put in its public bin stays, marked, with its votes.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import RowRefused
from consultation_service.importers.intake import Advance, Authors, Intake, found, require_some
from consultation_service.importers.reading import Row
from consultation_service.importers.texts import render_long
from consultation_service.markdown import render
from consultation_service.rules.differences import compare
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.imports import NewContribution, changes_of
from contracts.events import ContributionKind, Id, Side, new_id
from contracts.scales import ScaleName

NAME: Final = "republique-numerique"
SCALE: Final[ScaleName] = "agree_mixed_disagree"
SIDES: Final[dict[str, Side]] = {"FOR": "for", "AGAINST": "against"}
TOTALS: Final = {"agree": "votes_ok", "mixed": "votes_mitige", "disagree": "votes_nok"}
BINNED: Final = "Mis à la corbeille par la plateforme d’origine"

SECTION_COLUMNS: Final = ("section_id", "title", "subtitle", "votes_help_text")
OPINION_COLUMNS: Final = (
    "opinion_id", "author_token", "author_kind", "section_id", "title", "body", "created_at", *TOTALS.values(),
    "is_trashed",
)  # fmt: skip
ARGUMENT_COLUMNS: Final = (
    "argument_id", "opinion_id", "author_token", "side", "body", "created_at", "votes_count", "is_trashed",
)  # fmt: skip
SOURCE_COLUMNS: Final = (
    "source_id", "opinion_id", "author_token", "category", "title", "link", "body", "created_at", "votes_count",
)  # fmt: skip

APPENDIX_COLUMNS: Final = ("opinion_id", "kind", "body")
DIFFERENCE_COLUMNS: Final = ("opinion_id", "title", "before", "after")
ARTICLE: Final = re.compile(r"(Article \d+)(?:er)? [-–—] (.+)")
"""How the government titles its articles. Its account is the source's only ``vip``."""

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
NOT_READ: Final = ("official_final_tallies.csv",)


class Item(NamedTuple):
    """A contribution and the totals it came with."""

    contribution: NewContribution
    totals: dict[str, int]


class Difference(NamedTuple):
    """An article of a law before and after the bill, each under its title."""

    opinion: str
    before: str
    after: str


class Reader:
    """Makes ours of each row of the source; keeps what rows refer to."""

    def __init__(self, consultation: Id) -> None:
        self.consultation = consultation
        self.authors = Authors()
        self.explanations: Mapping[str, str] = {}
        self.differences: Mapping[str, list[Difference]] = {}
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
            kinds=("proposal", "amendment", "argument", "source"),
            scale=SCALE,
            kind="articles",
        )

    def opinion(self, row: Row) -> Item:
        """An article of the bill, or a participant's proposal, with its three totals and its explanation."""
        section = found(self.sections, row, "section_id")
        totals = {choice: row.count(column) for choice, column in TOTALS.items()}
        mark = BINNED if row.choice("is_trashed", ("True", "False")) == "True" else ""
        title = row.one_line("title")
        official = row.choice("author_kind", ("user", "vip")) == "vip"
        kind: ContributionKind = "article" if official else "proposal"
        made = self._contribution(row, kind, section.id, title=title, category=mark)
        explanation = self.explanations.get(row.key("opinion_id"), "")
        made = made._replace(explanation=explanation, explanation_html=render_long(explanation, "body"))
        return Item(require_fits(self._of_the_bill(row, made) if official else made), totals)

    def _of_the_bill(self, row: Row, made: NewContribution) -> NewContribution:
        """The organiser's own: numbered, with the law before and what changes in it."""
        named = ARTICLE.fullmatch(made.title)
        number, title = (named[1], named[2]) if named else ("", made.title)
        found_here = self.differences.get(row.key("opinion_id"), [])
        before = "\n\n".join(difference.before for difference in found_here if difference.before)
        after = "\n\n".join(difference.after for difference in found_here)
        return made._replace(
            author=None, number=number, title=title, position=row.line, before_text=before,
            before_html=render_long(before, "before"), changes=changes_of(compare(before, after)),
        )  # fmt: skip

    def difference(self, row: Row) -> Difference:
        """A law before and after; a new one has nothing before."""
        title = row.one_line("title")
        before, after = row.text("before", required=False), row.text("after", required=False)
        return Difference(row.key("opinion_id"), f"{title}\n\n{before}" if before else "", f"{title}\n\n{after}")

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
        return require_fits(contribution)


def require_fits(contribution: NewContribution) -> NewContribution:
    """``contribution`` when the bus takes its event. Raises ``RowRefused``."""
    if not contribution.fits():
        raise RowRefused("long", column="body")
    return contribution


def read(folder: Path, options: Options, report: Report, advance: Advance) -> Batch:
    """The whole consultation. Raises ``SourceUnusable``."""
    intake = Intake(folder, report, advance)
    reader = Reader(new_id())
    reader.sections = intake.take("sections.csv", SECTION_COLUMNS, "section_id", reader.section)
    _read_articles(intake, reader)
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


def _read_articles(intake: Intake, reader: Reader) -> None:
    """What explains opinions and what they change in the law; snapshots without these files are read all the same."""
    if (intake.folder / "appendices.csv").exists():
        reader.explanations = intake.take(
            "appendices.csv", APPENDIX_COLUMNS, "opinion_id", lambda row: row.text("body", required=False)
        )
    if (intake.folder / "article_diffs.csv").exists():
        by_opinion = defaultdict(list)
        for row in intake.rows("article_diffs.csv", DIFFERENCE_COLUMNS):
            with intake.refusing("article_diffs.csv", row):
                difference = reader.difference(row)
                by_opinion[difference.opinion].append(difference)
        reader.differences = by_opinion


def _report(
    report: Report, folder: Path, reader: Reader, arguments: Mapping[str, Item], sources: Mapping[str, Item]
) -> None:
    sides = [item.contribution.side for item in arguments.values()]
    opinions = reader.opinions.values()
    report.taken = {
        "sections": len(reader.sections),
        "articles": sum(item.contribution.kind == "article" for item in opinions),
        "articles_that_change_a_law": sum(item.contribution.changes != "[]" for item in opinions),
        "proposals": sum(item.contribution.kind == "proposal" for item in opinions),
        "explanations": sum(bool(item.contribution.explanation) for item in opinions),
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
    left = [name for name in NOT_READ if (folder / name).exists()]
    if left:
        names = ", ".join(left)
        report.remark(f"Fichiers qui ne sont pas lus : {names}.", f"Files that are not read: {names}.")
