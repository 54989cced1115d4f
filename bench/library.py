"""The consultations that the bench of pages reads: the real ones when they are beside the project, or one as large."""

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from deploy.environment import ROOT

DATA: Final = ROOT.parent / "shared" / "data"
LAW: Final = DATA / "republique-numerique"
STATEMENTS: Final = DATA / "polis" / "conversations" / "american-assembly.bowling-green"
OPINIONS: Final = 696
ARGUMENTS: Final = 4000
SECTIONS: Final = 18
DAY: Final = "2015-10-0{}T12:00:00+0200"
PHRASES: Final = (
    "la commune propose", "aux habitants", "une place plus verte", "où chacun peut lire", "écrire et marcher",
    "avec les autres", "des données publiques", "ouvertes par défaut", "pour tous les services", "de transport",
)  # fmt: skip


def law(folder: Path) -> tuple[Path, str]:
    """The folder of a République numérique, and ``real`` or ``made``: in ``folder``, as many texts, as long."""
    if LAW.is_dir():
        return LAW, "real"
    made = folder / "made"
    made.mkdir()
    chance = random.Random(2015)
    _write(made / "sections.csv", SECTION_COLUMNS, (_section(n) for n in range(SECTIONS)))
    _write(made / "opinions.csv", OPINION_COLUMNS, (_opinion(n, chance) for n in range(OPINIONS)))
    _write(made / "arguments.csv", ARGUMENT_COLUMNS, (_argument(n, chance) for n in range(ARGUMENTS)))
    _write(made / "sources.csv", SOURCE_COLUMNS, ())
    return made, "made"


SECTION_COLUMNS: Final = (
    "section_id", "title", "subtitle", "vote_widget_type", "comment_system", "color", "versionable", "sourceable",
    "votes_help_text",
)  # fmt: skip
OPINION_COLUMNS: Final = (
    "opinion_id", "author_token", "author_kind", "section_id", "section_title", "section_subtitle", "title", "body",
    "created_at", "updated_at", "votes_total", "votes_ok", "votes_mitige", "votes_nok", "arguments_count",
    "arguments_yes_count", "arguments_no_count", "sources_count", "versions_count", "ranking", "is_trashed",
)  # fmt: skip
ARGUMENT_COLUMNS: Final = (
    "argument_id", "opinion_id", "author_token", "side", "body", "created_at", "updated_at", "votes_count",
    "is_trashed", "is_enabled",
)  # fmt: skip
SOURCE_COLUMNS: Final = (
    "source_id", "opinion_id", "author_token", "category", "title", "link", "body", "created_at", "updated_at",
    "votes_count", "is_trashed",
)  # fmt: skip


def _section(number: int) -> Sequence[object]:
    return number, f"Partie {number + 1}", "", 2, 2, "blue", True, True, ""


def _opinion(number: int, chance: random.Random) -> Sequence[object]:
    day, section = DAY.format(1 + number % 9), number % SECTIONS
    yes, mixed, no = (chance.randrange(100) for _ in range(3))
    return (
        number, f"a-{number}", "user", section, f"Partie {section + 1}", "", _text(chance, 3), _text(chance, 50),
        day, day, yes + mixed + no, yes, mixed, no, 0, 0, 0, 0, 0, number, False,
    )  # fmt: skip


def _argument(number: int, chance: random.Random) -> Sequence[object]:
    # Half of the opinions hold most of the arguments, as in real life.
    opinion = int(OPINIONS * chance.random() ** 2)
    day = DAY.format(1 + number % 9)
    return (
        number,
        opinion,
        f"a-{number}",
        "FOR" if number % 2 else "AGAINST",
        _text(chance, 60),
        day,
        day,
        3,
        False,
        True,
    )


def _text(chance: random.Random, phrases: int) -> str:
    return " ".join(chance.choices(PHRASES, k=phrases)).capitalize()


def _write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows(rows)
