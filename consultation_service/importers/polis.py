"""A conversation exported by Pol.is: statements, and the last vote of each participant on each.

With ``votes.csv`` (the log of vote events) the last event of a participant on a statement counts, by its instant and,
for the same millisecond, by its line; the columns ``agrees`` and ``disagrees`` of ``comments.csv`` count events and are
not read. Without it, ``participants-votes.csv`` has the last votes but no date: they get the conversation's last day.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import Refusal, RowRefused, SourceUnusable
from consultation_service.importers.intake import Advance, Authors, Intake, require_some
from consultation_service.importers.polis_votes import EVENTS, MATRIX, Cast, differences, last_events, matrix
from consultation_service.importers.reading import Row, day_of_milliseconds, records
from consultation_service.importers.texts import render_long
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.store.imports import NewContribution, NewVote
from contracts.events import Id, Language, new_id
from contracts.scales import CHOICE_CODES, SCALES, ScaleName

SCALE: Final[ScaleName] = "agree_disagree_pass"
STATEMENT_COLUMNS: Final = ("timestamp", "comment-id", "author-id", "moderated", "comment-body")
LICENCE: Final = (
    "CC BY 4.0. Data was gathered using the Polis software (see: compdemocracy.org/polis and "
    "github.com/compdemocracy/polis) and is sub-licensed under CC BY 4.0 with Attribution to "
    "The Computational Democracy Project."
)
WORDS: Final[dict[Language, tuple[str, str]]] = {
    "fr": ("Énoncés", "Écarté par la modération de la source"),
    "en": ("Statements", "Set aside by the source’s moderators"),
}
"""Title of the only section; mark of a statement that the source moderated out."""


def read(folder: Path, options: Options, report: Report, advance: Advance) -> Batch:
    """The whole conversation. Raises ``SourceUnusable``."""
    language = options.language or "en"
    title, address, introduction, introduction_html = _summary(folder, options)
    consultation, section = new_id(), new_id()
    authors = Authors()

    def statement(row: Row) -> NewContribution:
        return _statement(row, consultation, section, authors, WORDS[language][1])

    statements = Intake(folder, report, advance).take("comments.csv", STATEMENT_COLUMNS, "comment-id", statement)
    require_some(statements, "comments.csv")
    cast = _votes(folder, statements, report, advance)
    days = [contribution.day for contribution in statements.values()]
    days += {vote.day for vote in cast.values() if vote.day is not None}
    last_day = max(days)
    votes = [
        NewVote(statements[item].id, authors.of(person), CHOICE_CODES[vote.choice], vote.day or last_day)
        for (person, item), vote in cast.items()
    ]
    _report(report, statements, votes)
    return Batch(
        consultation=NewConsultation(
            id=consultation,
            slug=options.slug or _slug(folder),
            title=title,
            introduction=introduction,
            introduction_html=introduction_html,
            organiser=options.organiser or "Pol.is",
            language=language,
            scale=SCALE,
            terms_version="import",
            opens_on=min(days),
            closes_on=last_day,
            source=" ".join(part for part in ("Pol.is", address, LICENCE) if part),
            sections=(NewSection(id=section, position=0, title=WORDS[language][0], kinds=("opinion",), scale=SCALE),),
        ),
        contributions=list(statements.values()),
        votes=votes,
    )


def _summary(folder: Path, options: Options) -> tuple[str, str, str, str]:
    """Title, address, introduction and its HTML. ``summary.csv`` has no header: a name and a value on each line."""
    names = ("topic", "url", "conversation-description")
    pairs = {fields[0]: fields[1] for _, fields in records(folder, "summary.csv") if len(fields) == 2}
    row = Row(1, names, [pairs.get(name, "") for name in names])
    try:
        title = options.title or row.one_line("topic")
        address = row.link("url") if row.field("url") else ""
        introduction = row.text("conversation-description", required=False)
        return title, address, introduction, render_long(introduction, "conversation-description")
    except RowRefused as reason:
        said = Refusal("summary.csv", 1, reason.code, reason.facts)
        raise SourceUnusable(f"summary.csv : {said.fr}", f"summary.csv: {said.en}") from None


def _statement(row: Row, consultation: Id, section: Id, authors: Authors, mark: str) -> NewContribution:
    body = row.text("comment-body")
    moderated_out = row.choice("moderated", ("-1", "0", "1")) == "-1"
    return NewContribution(
        id=new_id(),
        consultation_id=consultation,
        section_id=section,
        parent_id=None,
        kind="opinion",
        side=None,
        author=authors.of(row.key("author-id")),
        title="",
        body=body,
        body_html=render_long(body, "comment-body"),
        link="",
        category=mark if moderated_out else "",
        scale=SCALE,
        day=day_of_milliseconds(row.milliseconds("timestamp")),
    )


def _votes(
    folder: Path, statements: Mapping[str, NewContribution], report: Report, advance: Advance
) -> Mapping[tuple[str, str], Cast]:
    """The last vote of each participant on each statement."""
    if not (folder / EVENTS).exists():
        report.remark(
            f"Sans {EVENTS}, les votes n’ont pas de date : ils portent le dernier jour de la conversation.",
            f"Without {EVENTS}, votes have no date: they carry the last day of the conversation.",
        )
        return matrix(folder, statements, report, advance)
    events, cast = last_events(folder, statements, report, advance)
    report.taken["vote_events"] = events
    report.taken["votes_replaced_later"] = events - len(cast)
    if (folder / MATRIX).exists():
        differing = differences(cast, matrix(folder, statements, Report(), advance))
        report.remark(
            f"{EVENTS} et {MATRIX} diffèrent sur {differing} votes ; c’est {EVENTS} qui compte.",
            f"{EVENTS} and {MATRIX} differ on {differing} votes; {EVENTS} is what counts.",
        )
    return cast


def _slug(folder: Path) -> str:
    """A name for addresses, from that of the folder."""
    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-") or "polis"


def _report(report: Report, statements: Mapping[str, NewContribution], votes: Sequence[NewVote]) -> None:
    names = Counter(vote.choice for vote in votes)
    report.taken = {
        "statements": len(statements),
        **report.taken,
        "votes": len(votes),
        **{f"votes_{name}": names[CHOICE_CODES[name]] for name in SCALES[SCALE]},
    }
    marked = sum(bool(statement.category) for statement in statements.values())
    if marked:
        report.remark(
            f"{marked} énoncés que la source avait écartés sont repris, avec cette mention.",
            f"{marked} statements that the source had set aside are taken, and say so.",
        )
