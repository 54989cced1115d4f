"""The tables of the exports: which file has which columns, and the records that each stored thing gives.

One table for each noun. What stands by itself is in ``contributions``; what is about something names it in
``contribution_id``. Columns never change with the data: scales, options and questions differ, so their totals have a
row for each choice.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contracts.events import (
    Change,
    PublicAnswers,
    PublicConsultation,
    PublicJournal,
    PublicOfficialAnswer,
    PublicRankingResult,
    PublicStatement,
    PublicVersion,
)
from gateway.documents import Contribution
from gateway.questionnaires import asked
from gateway.rankings import places
from gateway.store import documents, reading
from gateway.store.database import Pool
from gateway.store.documents import Document, Noun
from gateway.store.reading import STANDING, Item, Selection

Record = dict[str, Any]
_contribution_of: Final = msgspec.json.Decoder(Contribution).decode


@dataclass(frozen=True, slots=True)
class Table:
    """One file: where its rows come from (kinds of contributions, or a noun of ``store.documents``), its columns in
    order, and the records that one stored thing gives.
    """

    name: str
    source: tuple[str, ...] | Noun
    columns: tuple[str, ...]
    records: Callable[[Any, PublicConsultation], Iterator[Record]]

    def batches(self, pool: Pool, consultation: uuid.UUID) -> AsyncIterator[Sequence[Item | Document]]:
        """Everything that the file is made of, a batch at a time."""
        if isinstance(self.source, str):
            return documents.every_document(pool, self.source, consultation)
        return reading.every_item(pool, Selection(consultation=consultation, kinds=self.source, withdrawn=True))

    def rows(self, batch: Iterable[Item | Document], consultation: PublicConsultation) -> Iterator[Record]:
        """The records of a batch."""
        decode = getattr(documents, self.source) if isinstance(self.source, str) else _contribution_of
        for stored in batch:
            yield from self.records(decode(stored.json), consultation)


def _common(item: Contribution) -> Record:
    return {
        "id": item.id, "consultation_id": item.consultation, "section_id": item.section, "kind": item.kind,
        "day": item.day.isoformat(), "state": item.state, "rule": item.rule, "contribution_id": item.parent,
        "side": item.side, "title": item.title, "body": item.body, "category": item.category, "link": item.link,
        "scale": item.scale, "text_version": item.text_version, "number": item.number, "position": item.position,
        "appendix": int(item.appendix), "before_html": item.before_html, "explanation_html": item.explanation_html,
        "base_version": item.base_version, "changes": _changes(item.changes), "status": item.status,
        "arguments_for": item.arguments.in_favour, "arguments_against": item.arguments.against,
        "sources": item.sources, "amendments": item.amendments, "comments": item.comments,
    }  # fmt: skip


def _item(item: Contribution, _: PublicConsultation) -> Iterator[Record]:
    yield _common(item)


def _tallies(item: Contribution, _: PublicConsultation) -> Iterator[Record]:
    """One record for each origin and choice: scales differ between items, columns do not."""
    if item.kind in ("comment", "option") and not sum(item.tally.cast.values()):
        return  # nobody is invited to vote on these
    for origin, counts in (("cast", item.tally.cast), ("imported", item.tally.imported or {})):
        for choice, votes in counts.items():
            yield {
                "contribution_id": item.id, "kind": item.kind, "scale": item.scale, "origin": origin, "choice": choice,
                "votes": votes,
            }  # fmt: skip


def _version(version: PublicVersion, _: PublicConsultation) -> Iterator[Record]:
    yield {
        "id": version.version, "consultation_id": version.consultation, "contribution_id": version.contribution,
        "number": version.number, "day": version.day.isoformat(), "title": version.title,
        "body_html": version.body_html, "changes": _changes(version.changes),
    }  # fmt: skip


def _official_answer(answer: PublicOfficialAnswer, _: PublicConsultation) -> Iterator[Record]:
    for text in answer.texts:
        yield {
            "consultation_id": answer.consultation, "contribution_id": answer.contribution, "number": text.number,
            "day": text.day.isoformat(), "status": text.status, "reason": text.reason, "body_html": text.body_html,
        }  # fmt: skip


def _statement(statement: PublicStatement, _: PublicConsultation) -> Iterator[Record]:
    for text in statement.texts:
        yield {
            "id": statement.statement, "consultation_id": statement.consultation, "kind": statement.kind,
            "number": text.number, "day": text.day.isoformat(), "title": text.title, "body_html": text.body_html,
        }  # fmt: skip


def _moderation(journal: PublicJournal, _: PublicConsultation) -> Iterator[Record]:
    for entry in journal.entries:
        yield {
            "consultation_id": journal.consultation, "contribution_id": journal.contribution, "number": entry.number,
            "day": entry.day.isoformat(), "kind": entry.kind, "decision": entry.decision, "rule": entry.rule,
            "facts": entry.facts, "automated": int(entry.automated), "about": entry.about,
        }  # fmt: skip


def _ranking(result: PublicRankingResult, _: PublicConsultation) -> Iterator[Record]:
    for place in places(result):
        yield {
            "consultation_id": result.consultation, "section_id": result.section, "contribution_id": place.option,
            "ballots": result.ballots, "borda": str(place.borda), "borda_rank": place.borda_rank,
            "schulze_rank": place.schulze_rank, "condorcet": int(place.condorcet), "points": place.points,
        }  # fmt: skip


def _duels(result: PublicRankingResult, _: PublicConsultation) -> Iterator[Record]:
    for option, row in zip(result.options, result.matrix, strict=True):
        for other, ballots in zip(result.options, row, strict=True):
            if option != other:
                yield {
                    "consultation_id": result.consultation, "section_id": result.section, "contribution_id": option,
                    "over_id": other, "ballots": ballots,
                }  # fmt: skip


def _questionnaire(totals: PublicAnswers, consultation: PublicConsultation) -> Iterator[Record]:
    """One record for each option, and one for a question whose answers are free."""
    for section in consultation.sections:
        if section.id != totals.section:
            continue
        for question, answers, lines in asked(section, totals):
            common = {
                "consultation_id": totals.consultation, "section_id": totals.section, "sent": totals.sent,
                "question": question.key, "kind": question.kind, "label": question.label, "answers": answers,
            }  # fmt: skip
            for line in lines:
                yield {**common, "row": line.row, "option": line.option, "count": line.times, "points": line.points}
            if not lines:
                yield {**common, "row": "", "option": "", "count": None, "points": ""}


def _changes(changes: Sequence[Change]) -> list[Any]:
    return [msgspec.to_builtins(change) for change in changes]


_COMMON: Final = ("id", "consultation_id", "section_id", "kind", "day", "state", "rule")
TABLES: Final = (
    Table(
        "contributions", STANDING,
        (*_COMMON, "number", "position", "appendix", "title", "body", "before_html", "explanation_html", "changes",
         "category", "scale", "text_version", "status", "arguments_for", "arguments_against", "sources",
         "amendments", "comments"),
        _item,
    ),
    Table(
        "amendments", ("amendment",),
        (*_COMMON, "contribution_id", "base_version", "title", "body", "explanation_html", "changes", "scale",
         "text_version", "status", "arguments_for", "arguments_against", "sources", "comments"),
        _item,
    ),
    Table("arguments", ("argument",), (*_COMMON, "contribution_id", "side", "title", "body", "comments"), _item),
    Table(
        "sources", ("source",),
        (*_COMMON, "contribution_id", "title", "body", "link", "category", "comments"), _item,
    ),
    Table("comments", ("comment",), (*_COMMON, "contribution_id", "body", "comments"), _item),
    Table(
        "tallies", reading.KINDS, ("contribution_id", "kind", "scale", "origin", "choice", "votes"), _tallies,
    ),
    Table(
        "versions", "former_version",
        ("id", "consultation_id", "contribution_id", "number", "day", "title", "body_html", "changes"), _version,
    ),
    Table(
        "official_answers", "official_answer",
        ("consultation_id", "contribution_id", "number", "day", "status", "reason", "body_html"), _official_answer,
    ),
    Table(
        "statements", "statement",
        ("id", "consultation_id", "kind", "number", "day", "title", "body_html"), _statement,
    ),
    Table(
        "moderation", "journal",
        ("consultation_id", "contribution_id", "number", "day", "kind", "decision", "rule", "facts", "automated",
         "about"),
        _moderation,
    ),
    Table(
        "rankings", "ranking_result",
        ("consultation_id", "section_id", "contribution_id", "ballots", "borda", "borda_rank", "schulze_rank",
         "condorcet", "points"),
        _ranking,
    ),
    Table(
        "duels", "ranking_result", ("consultation_id", "section_id", "contribution_id", "over_id", "ballots"), _duels,
    ),
    Table(
        "questionnaire_totals", "questionnaire_total",
        ("consultation_id", "section_id", "sent", "question", "kind", "label", "answers", "row", "option", "count",
         "points"),
        _questionnaire,
    ),
)  # fmt: skip
"""Every file. A column is added at the end of a list or nowhere, and none is ever renamed."""
