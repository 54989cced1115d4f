"""What an import tells when it has ended: for a person, or in JSON."""

import datetime
from collections import Counter
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from consultation_service.importers.batch import Report
from consultation_service.importers.errors import Refusal

SHOWN: Final = 20
"""Refused rows that a person is shown; JSON has all of them."""

NAMES: Final = {
    "sections": "parties / sections",
    "opinions": "avis / opinions",
    "articles": "articles",
    "articles_that_change_a_law": "  qui modifient une loi / that change a law",
    "proposals": "propositions / proposals",
    "amendments": "amendements / amendments",
    "explanations": "explications / explanations",
    "debates": "débats / debates",
    "comments": "commentaires / comments",
    "answers": "réponses officielles / official answers",
    "withdrawn": "retirés / withdrawn",
    "hidden": "masqués par la source / hidden by the source",
    "arguments": "arguments",
    "arguments_for": "  pour / for",
    "arguments_against": "  contre / against",
    "sources": "sources",
    "imported_support": "votes importés, soutiens / imported votes, support",
    "imported_agree": "votes importés, d’accord / imported votes, agree",
    "imported_mixed": "votes importés, mitigé / imported votes, mixed",
    "imported_disagree": "votes importés, pas d’accord / imported votes, disagree",
    "imported_votes_on_arguments": "votes importés sur les arguments / imported votes on arguments",
    "imported_votes_on_sources": "votes importés sur les sources / imported votes on sources",
    "statements": "énoncés / statements",
    "vote_events": "votes émis / vote events",
    "votes_replaced_later": "  changés ensuite / replaced later",
    "votes": "votes",
    "votes_agree": "  d’accord / agree",
    "votes_mixed": "  mitigé / mixed",
    "votes_disagree": "  pas d’accord / disagree",
    "votes_pass": "  sans avis / pass",
}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What was imported."""

    consultation: str
    slug: str
    opens_on: datetime.date
    closes_on: datetime.date
    taken: dict[str, int]
    seconds: float


def show(summary: Summary, report: Report, *, as_json: bool) -> None:
    """Print on standard output."""
    if as_json:
        document = {
            **msgspec.structs.asdict(summary),
            "refused": [
                {"file": r.file, "line": r.line, "code": r.code, "fr": r.fr, "en": r.en} for r in report.refused
            ],
            "remarks": [{"fr": fr, "en": en} for fr, en in report.remarks],
        }
        print(msgspec.json.encode(document).decode())
        return
    console = Console(highlight=False, markup=False)
    console.print(_taken(summary))
    for fr, en in report.remarks:
        console.print(f"• {fr}\n  {en}")
    _show_refused(console, report.refused)
    console.print(f"Consultation : {summary.slug} ({summary.consultation}), {summary.seconds} s")


def _taken(summary: Summary) -> Table:
    table = Table(title=f"Pris / taken — {summary.opens_on} → {summary.closes_on}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in summary.taken.items():
        table.add_row(NAMES.get(name, name), f"{count:,}".replace(",", "\u202f"))
    return table


def _show_refused(console: Console, refused: list[Refusal]) -> None:
    if not refused:
        console.print("Aucune ligne refusée. / No row was refused.")
        return
    table = Table(title=f"Refusées / refused — {len(refused)}")
    for heading in ("fichier / file", "ligne / line", "raison / reason"):
        table.add_column(heading)
    for refusal in refused[:SHOWN]:
        table.add_row(refusal.file, str(refusal.line), f"{refusal.fr}\n{refusal.en}")
    console.print(table)
    if len(refused) > SHOWN:
        by_file = Counter(refusal.file for refusal in refused)
        rest = ", ".join(f"{name} {count}" for name, count in by_file.items())
        console.print(f"Toutes avec --json. / All of them with --json. {rest}")
