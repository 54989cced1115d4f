"""A participatory process of Decidim, from the CSV files that its administration exports.

Proposals go by category, with their number of votes as an imported total and the official answer they got; debates are
the organiser's questions, and stay as opinions without an author; comments keep their thread, and those that Decidim
calls for or against what they are about are arguments.
"""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import nh3

from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import RowRefused, SourceUnusable
from consultation_service.importers.intake import Advance, Authors, Intake
from consultation_service.importers.reading import Row
from consultation_service.importers.texts import render_long
from consultation_service.markdown import render
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.imports import NewAnswer, NewContribution
from contracts.events import AnswerStatus, Id, Side, new_id
from contracts.scales import ScaleName

NAME: Final = "decidim"
SCALE: Final[ScaleName] = "support"
ON_COMMENTS: Final[ScaleName] = "agree_disagree_pass"
PROPOSALS: Final = "proposals.csv"
DEBATES: Final = "debates.csv"
COMMENTS: Final = "comments*.csv"
PROPOSAL_COLUMNS: Final = ("id", "created_at", "url")
DEBATE_COLUMNS: Final = ("id", "created_at", "url")
COMMENT_COLUMNS: Final = (
    "id", "created_at", "body", "author/id", "alignment", "depth", "commentable_id", "commentable_type",
    "root_commentable_url",
)  # fmt: skip
STATES: Final[Mapping[str, AnswerStatus]] = {
    "accepted": "taken_up",
    "rejected": "not_taken_up",
    "evaluating": "under_study",
}
"""What an organiser decided of a proposal; the other states are no answer."""
COMMENT: Final = "Decidim::Comments::Comment"
KINDS: Final = ("Decidim::Proposals::Proposal", "Decidim::Debates::Debate", COMMENT)
SIDES: Final[Mapping[str, Side]] = {"1": "for", "-1": "against"}
MAX_DEPTH: Final = 3
"""How many comments a comment may be below."""
OTHERS: Final = "Sans catégorie"
DEBATE_SECTION: Final = "Débats"
TITLE: Final = "Consultation reprise de Decidim"
ORGANISER: Final = "Organisateur de la consultation d’origine"
SOURCE: Final = "Export d’une plateforme Decidim. Textes de leurs auteurs, selon les conditions de la consultation."
INTRODUCTION: Final = """\
Ceci est une reprise des données d’une consultation tenue sur une plateforme Decidim. Les votes y sont des totaux : \
rien ne dit qui a voté quoi.
"""


class Item(NamedTuple):
    """A contribution and its number of votes, when it can have any."""

    contribution: NewContribution
    votes: int | None = None


class Reader:
    """Makes ours of each row; keeps what rows refer to. Proposals and debates are known by their web address: ids
    repeat from one kind, and from one platform, to the next.
    """

    def __init__(self, consultation: Id) -> None:
        self.consultation = consultation
        self.authors = Authors()
        self.sections: dict[str, NewSection] = {}
        self.by_address: dict[str, NewContribution] = {}
        self.comments: dict[tuple[str, str], NewContribution] = {}
        self.answers: list[NewAnswer] = []

    def section(self, title: str, kinds: tuple[str, ...]) -> Id:
        """The section called ``title``, made when it is first needed."""
        if title not in self.sections:
            self.sections[title] = NewSection(
                id=new_id(), position=len(self.sections), title=title, kinds=kinds, scale=SCALE
            )
        return self.sections[title].id

    def proposal(self, row: Row) -> Item:
        """A proposal with its votes, its answer, and without its text when it was withdrawn."""
        category = line(row, "category/name", required=False) or OTHERS
        section = self.section(category, ("proposal", "argument", "comment"))
        withdrawn = optional(row, "withdrawn").lower() in ("true", "1") or optional(row, "state") == "withdrawn"
        votes = count(row, ("votes", "endorsements/total_count", "endorsements_count"))
        title, body = line(row, "title"), plain(row, "body", required=False)
        author = optional(row, "author/id")
        made = NewContribution(
            id=new_id(), consultation_id=self.consultation, section_id=section, parent_id=None, kind="proposal",
            side=None, author=self.authors.of(author) if author and not withdrawn else None,
            title="" if withdrawn else title, body="" if withdrawn else body,
            body_html="" if withdrawn else render_long(body, "body"), link="", category="", scale=SCALE,
            day=row.day_of_text("created_at"), state="withdrawn" if withdrawn else "published",
        )  # fmt: skip
        self._know(row, made)
        self._answer(row, made)
        return Item(made, votes)

    def debate(self, row: Row) -> Item:
        """A question of the organiser."""
        section = self.section(DEBATE_SECTION, ("argument", "comment"))
        body = plain(row, "description", required=False)
        made = NewContribution(
            id=new_id(), consultation_id=self.consultation, section_id=section, parent_id=None, kind="opinion",
            side=None, author=None, title=line(row, "title"), body=body, body_html=render_long(body, "description"),
            link="", category="", scale=SCALE, day=row.day_of_text("created_at"),
        )  # fmt: skip
        self._know(row, made)
        return Item(made)

    def comment(self, row: Row, file: str) -> Item:
        """A comment under what it answers to; an argument when it takes a side on a proposal or a debate."""
        alignment = row.choice("alignment", ("-1", "0", "1"))
        nested = row.choice("commentable_type", KINDS) == COMMENT
        key = (file, row.key("commentable_id"))
        parent = self.comments.get(key) if nested else self.by_address.get(row.key("root_commentable_url"))
        if parent is None:
            raise RowRefused("unknown", column="commentable_id" if nested else "root_commentable_url")
        body = plain(row, "body")
        argues = not nested and alignment != "0"
        # Decidim lets people answer further down than here; those answers stay in the thread, at its last level.
        if nested and parent.kind == "comment" and parent.depth >= MAX_DEPTH:
            parent = next(c for c in self.comments.values() if c.id == parent.parent_id)
        depth = 0 if argues or parent.kind != "comment" else parent.depth + 1
        made = NewContribution(
            id=new_id(), consultation_id=self.consultation, section_id=parent.section_id, parent_id=parent.id,
            kind="argument" if argues else "comment", side=SIDES[alignment] if argues else None,
            author=self.authors.of(row.key("author/id")), title="", body=body, body_html=render_long(body, "body"),
            link="", category="", scale=ON_COMMENTS, day=row.day_of_text("created_at"), depth=depth,
        )  # fmt: skip
        self.comments[file, row.key("id")] = made
        return Item(made)

    def _know(self, row: Row, made: NewContribution) -> None:
        address = row.key("url")
        if address in self.by_address:
            raise RowRefused("duplicate", column="url")
        if not made.fits():
            raise RowRefused("long", column="body")
        self.by_address[address] = made

    def _answer(self, row: Row, made: NewContribution) -> None:
        status = STATES.get(optional(row, "state"))
        if status is None:
            return
        body = plain(row, "answer", required=False)
        answered = "answered_at" if row.has("answered_at") and optional(row, "answered_at") else "created_at"
        self.answers.append(
            NewAnswer(made.id, 1, status, "", body, render_long(body, "answer"), row.day_of_text(answered))
        )


def read(folder: Path, options: Options, report: Report, advance: Advance) -> Batch:
    """The whole process. Raises ``SourceUnusable``."""
    intake = Intake(folder, report, advance, delimiter=";")
    reader = Reader(new_id())
    present = [name for name in (PROPOSALS, DEBATES) if (folder / name).exists()]
    if not present:
        raise SourceUnusable(
            f"Ni {PROPOSALS} ni {DEBATES} dans le dossier {folder}.",
            f"Neither {PROPOSALS} nor {DEBATES} in the folder {folder}.",
        )
    proposals = intake.take(PROPOSALS, PROPOSAL_COLUMNS, "id", reader.proposal) if PROPOSALS in present else {}
    debates = intake.take(DEBATES, DEBATE_COLUMNS, "id", reader.debate) if DEBATES in present else {}
    comments = _comments(intake, reader)
    items = [*proposals.values(), *debates.values(), *comments]
    if not items:
        raise SourceUnusable("Aucune ligne n’a pu être prise.", "No row could be taken.")
    _report(report, proposals, debates, comments, reader)
    days = [item.contribution.day for item in items]
    title = options.title or TITLE
    consultation = NewConsultation(
        id=reader.consultation, slug=options.slug or NAME, title=title, introduction=INTRODUCTION,
        introduction_html=render(INTRODUCTION), organiser=options.organiser or ORGANISER,
        language=options.language or "fr", scale=ON_COMMENTS, terms_version="import", opens_on=min(days),
        closes_on=max(days), source=SOURCE, sections=tuple(reader.sections.values()),
    )  # fmt: skip
    return Batch(
        consultation=consultation,
        contributions=[item.contribution for item in items],
        tallies={i.contribution.id: {"total": i.votes} for i in items if i.votes is not None},
        answers=reader.answers,
    )


def _comments(intake: Intake, reader: Reader) -> list[Item]:
    """Comments of every file, those that are answered to before their answers, whatever their order there."""
    taken = []
    for path in sorted(intake.folder.glob(COMMENTS)):
        rows = list(intake.rows(path.name, COMMENT_COLUMNS))
        for row in sorted(rows, key=_depth):
            with intake.refusing(path.name, row):
                if (path.name, row.key("id")) in reader.comments:
                    raise RowRefused("duplicate", column="id")
                taken.append(reader.comment(row, path.name))
    return taken


def _depth(row: Row) -> int:
    try:
        return row.count("depth")
    except RowRefused:
        return 0  # refused, with its reason, when it is read


def column_of(row: Row, column: str) -> str:
    """The name under which this file has ``column``: older exports give one per language."""
    for name in (column, f"{column}/fr", f"{column}/en"):
        if row.has(name):
            return name
    return column


def optional(row: Row, column: str) -> str:
    """A field that not all versions of Decidim export; empty when this one does not."""
    name = column_of(row, column)
    return row.field(name).strip() if row.has(name) else ""


def line(row: Row, column: str, *, required: bool = True) -> str:
    """A text on one line."""
    name = column_of(row, column)
    if not row.has(name):
        raise RowRefused("missing", column=column)
    return row.one_line(name, required=required)


def plain(row: Row, column: str, *, required: bool = True) -> str:
    """A text without the markup that Decidim's editor leaves: paragraphs and line ends stay."""
    name = column_of(row, column)
    if not row.has(name):
        if required:
            raise RowRefused("missing", column=column)
        return ""
    text = row.text(name, required=required)
    if "<" not in text:
        return text
    broken = re.sub(r"(?i)<br\s*/?>|</(?:p|li|h[1-6]|div)>", "\n\n", text)
    return re.sub(r"\n{3,}", "\n\n", html.unescape(nh3.clean(broken, tags=set()))).replace("\u00a0", " ").strip()


def count(row: Row, columns: tuple[str, ...]) -> int:
    """The number in the first of ``columns`` that this file has; 0 when it has none of them."""
    return next((row.count(column) for column in columns if row.has(column)), 0)


def _report(
    report: Report, proposals: Mapping[str, Item], debates: Mapping[str, Item], comments: list[Item], reader: Reader
) -> None:
    sides = [item.contribution.side for item in comments]
    report.taken = {
        "sections": len(reader.sections),
        "proposals": len(proposals),
        "withdrawn": sum(item.contribution.state == "withdrawn" for item in proposals.values()),
        "imported_support": sum(item.votes or 0 for item in proposals.values()),
        "debates": len(debates),
        "comments": sides.count(None),
        "arguments": len(sides) - sides.count(None),
        "arguments_for": sides.count("for"),
        "arguments_against": sides.count("against"),
        "answers": len(reader.answers),
    }
