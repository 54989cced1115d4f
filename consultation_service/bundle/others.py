"""The same data in the forms of other tools: Pol.is ``comments.csv``, and Popolo (https://www.popoloproject.com)."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from consultation_service.bundle.columns import batches
from consultation_service.bundle.facts import Facts
from consultation_service.release_tables import CONTRIBUTIONS, IMPORTED_TOTALS, VOTES
from contracts.safe_csv import line

Totals = Mapping[str, Mapping[str, int]]
"""Votes by item and choice."""

POLIS_COLUMNS: Final = (
    "timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body",
)  # fmt: skip
POPOLO_OPTIONS: Final = {"agree": "yes", "support": "yes", "disagree": "no", "mixed": "abstain", "pass": "abstain"}
"""Popolo's word for a choice; the others keep their own."""


def write(folder: Path, facts: Facts) -> None:
    """Both files."""
    cast, imported = _cast(folder), _imported(folder)
    with (folder / "polis-comments.csv").open("w", newline="") as file:
        file.write(line(POLIS_COLUMNS))
        for number, item in enumerate(_items(folder)):
            file.write(line(_comment(number, item, cast, imported)))
    with (folder / "popolo.json").open("w") as file:
        file.write('{"motions":[')
        separator = "\n"
        for item in _items(folder):
            file.write(separator + json.dumps(_motion(item, facts, cast, imported), ensure_ascii=False))
            separator = ",\n"
        file.write("\n]}\n")


def _comment(number: int, item: Mapping[str, Any], cast: Totals, imported: Totals) -> tuple[str | int, ...]:
    """A statement, without instant and without author. ``moderated`` is -1 for what was removed."""
    votes = Counter(cast.get(item["contribution"], {})) + Counter(imported.get(item["contribution"], {}))
    text = "\n".join(filter(None, (item["title"], item["body"])))
    moderated = 1 if item["state"] == "published" else -1
    return ("", "", number, "", votes["agree"] + votes["support"], votes["disagree"], moderated, text)


def _motion(item: Mapping[str, Any], facts: Facts, cast: Totals, imported: Totals) -> dict[str, Any]:
    events = [
        {
            "identifier": f"{item['contribution']}-{origin}",
            "motion_id": item["contribution"],
            "counts": [{"option": POPOLO_OPTIONS.get(name, name), "value": n} for name, n in sorted(votes.items())],
        }
        for origin, totals in (("cast", cast), ("imported", imported))
        if (votes := totals.get(item["contribution"]))
    ]
    return {
        "id": item["contribution"],
        "organization": {"name": facts.organiser},
        "legislative_session": {"identifier": facts.slug, "name": facts.title},
        "classification": item["kind"],
        "name": item["title"] or "",
        "text": item["body"] or "",
        "result": item["state"],
        "vote_events": events,
    }


def _items(folder: Path) -> Iterator[Mapping[str, Any]]:
    wanted = ("contribution", "kind", "title", "body", "state")
    for batch in batches(folder, CONTRIBUTIONS):
        yield from batch.select(wanted).to_pylist()


def _cast(folder: Path) -> Totals:
    """Votes are counted by columns, a piece at a time."""
    found: dict[str, Counter[str]] = {}
    votes = pq.ParquetFile(folder / f"{VOTES.name}.parquet")
    for batch in votes.iter_batches(columns=["contribution", "choice"]):
        counted = pa.table(batch).group_by(["contribution", "choice"])
        for row in counted.aggregate([([], "count_all")]).to_pylist():
            found.setdefault(row["contribution"], Counter())[row["choice"]] += row["count_all"]
    return found


def _imported(folder: Path) -> Totals:
    found: dict[str, Counter[str]] = {}
    for row in (row for batch in batches(folder, IMPORTED_TOTALS) for row in batch.to_pylist()):
        found.setdefault(row["contribution"], Counter())[row["choice"]] += int(row["votes"])
    return found
