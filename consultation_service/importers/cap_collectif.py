"""The CSV export of a consultation held on Cap collectif: one file where six kinds of rows are mixed.

Two generations of the export are read (69 columns in 2019, 78 in 2026); what the later one adds is optional. Real files
have rows that stop early, rows shifted by a column, duplicates: a row is taken when every column of its kind is there
and has the form it should, refused with its line otherwise. What moderators had hidden there stays hidden here.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import RowRefused, SourceUnusable
from consultation_service.importers.intake import Advance, Authors
from consultation_service.importers.reading import Row, records, require_header
from consultation_service.importers.texts import render_long
from consultation_service.markdown import render
from consultation_service.rules.differences import compare
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.imports import NewContribution, NewVote, changes_of
from contracts.events import ContributionKind, Id, Side, new_id
from contracts.scales import CHOICE_CODES, ChoiceName, ScaleName

NAME: Final = "cap-collectif"
SCALE: Final[ScaleName] = "agree_mixed_disagree"
VALUES: Final[Mapping[str, ChoiceName]] = {"YES": "agree", "MITIGE": "mixed", "NO": "disagree"}
SIDES: Final[Mapping[str, Side]] = {"FOR": "for", "AGAINST": "against"}
TRUE: Final = ("1", "true", "yes", "oui")
FALSE: Final = ("0", "false", "no", "non", "")
BINNED: Final = "Mis à la corbeille par la plateforme d’origine"
KINDS: Final = ("opinion", "version", "argument", "source", "vote", "reportings")
"""In the order in which rows are taken: what others refer to comes first, wherever it is in the file."""

ORGANISER: Final = "Organisateur de la consultation d’origine"
SOURCE: Final = (
    "Export d’une plateforme Cap collectif. Textes de leurs auteurs, selon les conditions de la consultation."
)

INTRODUCTION: Final = "Ceci est une reprise des données d’une consultation tenue sur une plateforme Cap collectif.\n"

PREFIX: Final = {
    "opinion": "contributions_",
    "vote": "contributions_votes_",
    "argument": "contributions_arguments_",
    "source": "contributions_sources_",
    "version": "contribution_versions_",
    "reportings": "contributions_reportings_",
}
NEEDED: Final = {
    "opinion": ("id", "author_id", "section_title", "title", "bodyText", "createdAt", "published", "trashed",
                "trashedStatus", "votesCountOk", "votesCountMitige", "votesCountNok"),
    "vote": ("id", "related_id", "author_id", "value", "createdAt"),
    "argument": ("related_id", "id", "author_id", "type", "body", "createdAt", "published", "trashed", "trashedStatus",
                 "votesCount"),
    "source": ("id", "related_id", "author_id", "trashed", "trashedStatus", "body", "createdAt", "published",
               "votesCount"),
    "version": ("id", "title", "bodyText", "createdAt"),
    "reportings": (),
}  # fmt: skip
"""The columns of a kind of row, without its prefix, that must be there and right."""

_DAY: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4}) \d{2}:\d{2}")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'()]*[^\s<>\"'().,;:!?]")


class Item(NamedTuple):
    """A contribution and the totals it came with."""

    contribution: NewContribution
    totals: dict[str, int]


class Reader:
    """Makes ours of each row; keeps what rows refer to by the source's ids."""

    def __init__(self) -> None:
        self.consultation = new_id()
        self.authors = Authors()
        self.sections: dict[tuple[str, str], NewSection] = {}
        self.items: dict[str, Item] = {}
        self.votes: dict[tuple[Id, bytes], NewVote] = {}
        self.reports = 0

    def take(self, kind: str, row: Row) -> None:
        """Take one row. Raises ``RowRefused``."""
        makers: dict[str, Callable[[Field], None]] = {
            "opinion": self.opinion, "version": self.version, "argument": self.argument, "source": self.source,
            "vote": self.vote, "reportings": self.reporting,
        }  # fmt: skip
        makers[kind](Field(row, kind))

    def opinion(self, field: "Field") -> None:
        """A proposal, with totals by choice."""
        totals = {
            choice: field.count(f"votesCount{column}")
            for choice, column in (("agree", "Ok"), ("mixed", "Mitige"), ("disagree", "Nok"))
        }
        section = self._section(field)
        self._add(field, "proposal", section.id, totals, title=field.line("title"), body=field.text("bodyText"))

    def version(self, field: "Field") -> None:
        """An amendment of the contribution that its row is about."""
        about = self._found(field.row.key("contributions_id"), "contributions_id")
        body = field.text("bodyText")
        totals = {"total": field.count("votesCount")} if field.has("votesCount") else {}
        self._add(
            field, "amendment", about.section_id, totals, parent=about, title=field.line("title"), body=body,
            explanation=field.text("explanation", required=False) if field.has("explanation") else "",
            base_version=1, changes=changes_of(compare(about.body, body)),
        )  # fmt: skip

    def argument(self, field: "Field") -> None:
        """An argument for or against, with one total."""
        about = self._found(field.key("related_id"), field.name("related_id"))
        side = SIDES[field.choice("type", tuple(SIDES))]
        totals = {"total": field.count("votesCount")}
        self._add(field, "argument", about.section_id, totals, parent=about, side=side, body=field.text("body"))

    def source(self, field: "Field") -> None:
        """A source: the export has its text only, in which the address is looked for."""
        about = self._found(field.key("related_id"), field.name("related_id"))
        body = field.text("body")
        address = _ADDRESS.search(body)
        if address is None:
            raise RowRefused("link", column=field.name("body"))
        title = urlsplit(address[0]).hostname or ""
        self._add(
            field, "source", about.section_id, {"total": field.count("votesCount")}, parent=about, title=title,
            body=body, link=address[0][:2_000],
        )  # fmt: skip

    def vote(self, field: "Field") -> None:
        """A vote, once for each person and item."""
        about = self._found(field.key("related_id"), field.name("related_id"))
        person = self.authors.of(field.key("author_id"))
        choice = VALUES[field.choice("value", tuple(VALUES))]
        day = field.day("createdAt")
        if (about.id, person) in self.votes:
            raise RowRefused("duplicate", column=field.name("related_id"))
        self.votes[about.id, person] = NewVote(about.id, person, CHOICE_CODES[choice], day)

    def reporting(self, field: "Field") -> None:
        """A report tells of a person who reported: it is counted, not taken."""
        self.reports += 1

    def _section(self, field: "Field") -> NewSection:
        consultation = field.line("consultation_title", required=False) if field.has("consultation_title") else ""
        key = (consultation, field.line("section_title", required=False) or "Contributions")
        if key not in self.sections:
            self.sections[key] = NewSection(
                id=new_id(), position=len(self.sections), title=key[1],
                kinds=("proposal", "amendment", "argument", "source"), scale=SCALE,
            )  # fmt: skip
        return self.sections[key]

    def _found(self, identifier: str, column: str) -> NewContribution:
        if identifier not in self.items:
            raise RowRefused("unknown", column=column)
        return self.items[identifier].contribution

    def _add(
        self,
        field: "Field",
        kind: ContributionKind,
        section: Id,
        totals: dict[str, int],
        *,
        body: str,
        parent: NewContribution | None = None,
        side: Side | None = None,
        title: str = "",
        link: str = "",
        explanation: str = "",
        base_version: int = 0,
        changes: str = "[]",
    ) -> None:
        identifier = field.key("id")
        if identifier in self.items:
            raise RowRefused("duplicate", column=field.name("id"))
        if field.has("published") and not field.truth("published"):
            raise RowRefused("unpublished", column=field.name("published"))
        binned = field.has("trashed") and field.truth("trashed")
        hidden = binned and field.line("trashedStatus", required=False).upper() != "VISIBLE"
        author = field.key("author_id") if field.has("author_id") else ""
        made = NewContribution(
            id=new_id(), consultation_id=self.consultation, section_id=section, kind=kind, side=side,
            parent_id=parent.id if parent else None, author=self.authors.of(author) if author else None, title=title,
            body=body, body_html=render_long(body, field.name("body")), link=link,
            category=BINNED if binned and not hidden else "", scale=SCALE, day=field.day("createdAt"),
            state="hidden" if hidden else "published", explanation=explanation,
            explanation_html=render_long(explanation, field.name("explanation")), base_version=base_version,
            changes=changes,
        )  # fmt: skip
        if not made.fits():
            raise RowRefused("long", column=field.name("body"))
        self.items[identifier] = Item(made, totals)


class Field:
    """The fields of a row under the prefix of its kind, which errors name in full."""

    def __init__(self, row: Row, kind: str) -> None:
        self.row = row
        self.kind = kind

    def name(self, column: str) -> str:
        """The whole name of ``column``."""
        return PREFIX[self.kind] + column

    def has(self, column: str) -> bool:
        """Whether this generation of the export has ``column``."""
        return self.row.has(self.name(column))

    def key(self, column: str) -> str:
        return self.row.key(self.name(column))

    def line(self, column: str, *, required: bool = True) -> str:
        return self.row.one_line(self.name(column), required=required)

    def text(self, column: str, *, required: bool = True) -> str:
        return self.row.text(self.name(column), required=required)

    def count(self, column: str) -> int:
        return self.row.count(self.name(column))

    def choice(self, column: str, choices: tuple[str, ...]) -> str:
        return self.row.choice(self.name(column), choices)

    def truth(self, column: str) -> bool:
        """A yes or a no, as the export has written them over the years."""
        said = self.row.field(self.name(column)).strip().lower()
        if said not in (*TRUE, *FALSE):
            raise RowRefused("choice", column=self.name(column))
        return said in TRUE

    def day(self, column: str) -> datetime.date:
        """The day of ``dd/mm/yyyy HH:MM``; the time is forgotten."""
        found = _DAY.fullmatch(self.row.field(self.name(column)).strip())
        try:
            if found is None:
                raise ValueError
            return datetime.date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            raise RowRefused("date", column=self.name(column)) from None


def read(path: Path, options: Options, report: Report, advance: Advance) -> Batch:
    """The whole consultation in the file ``path``. Raises ``SourceUnusable``."""
    reader = Reader()
    shorter = 0
    for kind, row, complete in _rows(path, report, advance):
        try:
            reader.take(kind, row)
            shorter += not complete
        except RowRefused as reason:
            report.refuse(path.name, row.line, reason)
    report.refused.sort(key=lambda refused: refused.line)
    if not reader.items:
        raise SourceUnusable(
            f"Aucune contribution de {path.name} n’a pu être prise.", f"No contribution of {path.name} could be taken."
        )
    _report(report, reader, shorter)
    days = [item.contribution.day for item in reader.items.values()] + [vote.day for vote in reader.votes.values()]
    consultation = NewConsultation(
        id=reader.consultation, slug=options.slug or NAME,
        title=options.title or next((title for title, _ in reader.sections if title), "Consultation"),
        introduction=INTRODUCTION, introduction_html=render(INTRODUCTION), organiser=options.organiser or ORGANISER,
        language=options.language or "fr", scale=SCALE, terms_version="import", opens_on=min(days),
        closes_on=max(days), source=SOURCE, sections=tuple(reader.sections.values()),
    )  # fmt: skip
    voted = {item for item, _ in reader.votes}
    return Batch(
        consultation=consultation,
        contributions=[item.contribution for item in reader.items.values()],
        votes=list(reader.votes.values()),
        # Where the votes themselves are there, their number is counted from them, not told twice.
        tallies={
            item.contribution.id: item.totals
            for item in reader.items.values()
            if item.totals and item.contribution.id not in voted
        },
    )


def _rows(path: Path, report: Report, advance: Advance) -> list[tuple[str, Row, bool]]:
    """The rows that have every column of their kind, in the order of ``KINDS``, and whether they are as long as the
    header.
    """
    lines = records(path.parent, path.name, ";")
    header = require_header(next(lines, (1, []))[1], path.name, ["type", *_columns("opinion")])
    found: list[tuple[str, Row, bool]] = []
    for line, fields in lines:
        advance()
        kind = fields[0].strip() if header[0] == "type" else ""
        try:
            if kind not in KINDS:
                raise RowRefused("choice", column="type")
            last = max((header.index(column) for column in _columns(kind) if column in header), default=0)
            if len(fields) > len(header) or len(fields) <= last:
                raise RowRefused("fields", found=len(fields), expected=len(header))
            missing = [column for column in _columns(kind) if column not in header]
            if missing:
                raise RowRefused("missing", column=missing[0])
        except RowRefused as reason:
            report.refuse(path.name, line, reason)
            continue
        whole = fields + [""] * (len(header) - len(fields))
        found.append((kind, Row(line, header, whole), len(fields) == len(header)))
    return sorted(found, key=lambda row: KINDS.index(row[0]))


def _columns(kind: str) -> list[str]:
    return [PREFIX[kind] + column for column in NEEDED[kind]]


def _report(report: Report, reader: Reader, shorter: int) -> None:
    items = [item.contribution for item in reader.items.values()]
    kinds, sides = [item.kind for item in items], [item.side for item in items]
    choices = [vote.choice for vote in reader.votes.values()]
    report.taken = {
        "sections": len(reader.sections),
        "proposals": kinds.count("proposal"),
        "amendments": kinds.count("amendment"),
        "arguments": kinds.count("argument"),
        "arguments_for": sides.count("for"),
        "arguments_against": sides.count("against"),
        "sources": kinds.count("source"),
        "hidden": sum(item.state == "hidden" for item in items),
        "votes": len(choices),
        "votes_agree": choices.count(CHOICE_CODES["agree"]),
        "votes_mixed": choices.count(CHOICE_CODES["mixed"]),
        "votes_disagree": choices.count(CHOICE_CODES["disagree"]),
    }
    if shorter:
        report.remark(
            f"{shorter} lignes plus courtes que l’en-tête ont toutes les colonnes de leur genre : elles sont prises.",
            f"{shorter} rows shorter than the header have all the columns of their kind: they are taken.",
        )
    if reader.reports:
        report.remark(
            f"{reader.reports} signalements ne sont pas repris : ils parlent de personnes.",
            f"{reader.reports} reports are not taken in: they are about people.",
        )
