"""Releases made by hand for tests of the bundle and of the checker: invented people, no database."""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from consultation_service.bundle import Described, Facts, Guarantee, Withheld, complete
from consultation_service.bundle.forms import Forms
from consultation_service.release_tables import TABLES, Column

Record = dict[str, str]
Tables = dict[str, list[Record]]

SECTIONS = 2
ITEMS = 6
"""Proposals of the organiser, on which people vote."""


def facts(number: int = 1) -> Facts:
    return Facts(
        slug="mobilites", title="Mobilités : « = demain »", organiser="Ville de Brumeville", organiser_number="",
        organiser_contact="https://brumeville.example", language="fr", number=number, released_on=date(2026, 11, 23),
        opens_on=date(2026, 10, 1), closes_on=date(2026, 12, 1), source="", policy_digest="ab" * 32,
        address=f"https://donnees.example/open-data/releases/mobilites-{number}", page="https://donnees.example/mobilites",
    )  # fmt: skip


def guarantee(number: int = 1, reviewed: int = 0) -> Guarantee:
    return Guarantee(
        release=number, level=1, k=10, most_percent=90, delay_days=3, authors=60,
        smallest={"contributions": 10, "votes": 10}, described=(Described(attributes=("region",), people=40),),
        withheld=(Withheld(table="votes", act="withheld", reason="waiting", rows=7),), reviewed=reviewed,
    )  # fmt: skip


def ids(number: int, seed: str = "") -> random.Random:
    return random.Random(f"release {number} {seed}")


def new_id(source: random.Random) -> str:
    return str(uuid.UUID(int=source.getrandbits(128), version=4))


def tables(number: int = 1) -> Tables:
    """A release that keeps every promise. Its people and what they say do not depend on ``number``; its ids do."""
    source = ids(number)
    sections = [new_id(source) for _ in range(SECTIONS)]
    found: Tables = {table.name: [] for table in TABLES}
    found["consultation"] = [
        {
            "slug": "mobilites", "title": "Mobilités : « = demain »", "organiser": "Ville de Brumeville",
            "organiser_number": "", "language": "fr", "level": "1", "opens_on": "2026-10-01",
            "closes_on": "2026-12-01", "policy_digest": "ab" * 32, "release": str(number),
            "released_on": "2026-11-23", "source": "",
        }
    ]  # fmt: skip
    for position, section in enumerate(sections):
        found["sections"].append(
            {"section": section, "position": str(position), "kind": "proposals", "title": f"Partie {position}",
             "scale": "agree_mixed_disagree"}
        )  # fmt: skip
    items = []
    for item in range(ITEMS):
        items.append(new_id(source))
        found["contributions"].append(
            contribution(items[-1], sections[item % 2], official="true", kind="article", number=f"Article {item}",
                         body=f"=SOMME({item})\n- un point", position=str(item))
        )  # fmt: skip
        for since, week, choice, votes in [("1", "2026-W45", "agree", 8), ("1", "2026-W45", "disagree", 6),
                                           ("1", "", "agree", 5), ("1", "", "mixed", 7)]:  # fmt: skip
            vote = {"contribution": items[-1], "choice": choice, "week": week, "since": since}
            found["votes"] += [dict(vote) for _ in range(votes)]
    for person in range(60):
        group = person // 20
        given = {"region": "53", "age": "25-34", "week": "2026-W44"} if group == 0 else {}
        given = {"department": "35", "region": "53", "age": "35-49", "status": "citizen"} if group == 1 else given
        found["contributions"].append(
            contribution(new_id(source), sections[person % 2], title=f"Idée {person}", parent=items[person % ITEMS],
                         kind="argument", side="for" if person % 3 else "against", body=f"L’idée « {person} »", **given)
        )  # fmt: skip
    for text in range(12):
        found["answer_texts"].append({"section": sections[0], "question": "why", "text": f"Parce que {text}"})
    found["questions"].append({"section": sections[0], "question": "why", "kind": "long_text", "label": "Pourquoi ?"})
    for answer in ("yes", "no"):
        row = {"section": sections[0], "question": "often", "part": "", "answer": answer, "since": "1"}
        found["answers"] += [dict(row) for _ in range(9)]
    for choice, count in (("agree", "9"), ("disagree", "6")):
        found["totals_by_attribute"].append(
            {"section": sections[0], "region": "53", "choice": choice, "votes": count, "people": "12"}
        )
    found["imported_totals"].append({"contribution": items[0], "choice": "agree", "votes": "4"})
    return in_order(found)


def contribution(identifier: str, section: str, **more: str) -> Record:
    return {"contribution": identifier, "section": section, "official": "false", "position": "0", "text_version": "1",
            "state": "published", "kind": "proposal", **more}  # fmt: skip


def in_order(found: Tables) -> Tables:
    """Every table sorted by its key, or by all its columns; numbers in the order of numbers."""
    for table in TABLES:
        names = table.key or tuple(column.name for column in table.columns)
        found[table.name].sort(
            key=lambda row: [(len(v) if v.isdigit() else 0, v) for v in (row.get(n, "") for n in names)]
        )
    return found


def write(folder: Path, found: Mapping[str, Sequence[Record]], number: int = 1, reviewed: int = 0) -> Path:
    folder.mkdir()
    for table in TABLES:
        with Forms(folder, table) as forms:
            for row in found[table.name]:
                forms.write([_typed(column, row.get(column.name, "")) for column in table.columns])
    complete(folder, facts(number), guarantee(number, reviewed), {name: len(rows) for name, rows in found.items()})
    return folder


def _typed(column: Column, value: str) -> str | int | bool | None:
    if not value or column.type in ("string", "date"):
        return value or None
    return value == "true" if column.type == "boolean" else int(value)
