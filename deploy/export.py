"""``export``: the open data of one consultation, downloaded from the gateway's live API, checked, then put in place.

Everything is fetched under temporary names and renamed at the end: a folder holds a whole export, or what it had.
"""

import contextlib
import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from deploy.errors import Stopped

ITEMS: Final = ("contributions", "arguments", "sources")
TABLES: Final = (*ITEMS, "tallies")
FORMATS: Final = ("csv", "jsonl")
ATTEMPTS: Final = 3
"""A consultation that is open may change between a CSV file and its JSON Lines twin; then both are fetched again."""
SECONDS: Final = 60.0

Figures = dict[str, Any]


def run(gateway_origin: str, consultation: str, out: Path, as_json: bool) -> int:
    """Export ``consultation`` (its name in addresses, or its id) into the folder ``out``. Raises ``Stopped``."""
    with httpx.Client(base_url=gateway_origin, timeout=SECONDS) as client, _temporary(out) as parts:
        document = _consultation(client, consultation)
        with _progress(hidden=as_json) as progress:
            for table in TABLES:
                _fetch_table(client, document["id"], table, parts, progress)
        figures = {
            "consultation": document["id"],
            "slug": document["slug"],
            "folder": str(out),
            **_figures(parts),
        }
        for name, part in parts.items():
            part.replace(out / name)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        _show(figures)
    return 0


@contextlib.contextmanager
def _temporary(out: Path) -> Iterator[dict[str, Path]]:
    """The temporary path of each file; none is left at the end, whatever happens."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stopped(
            f"Le dossier {out} ne peut être créé ({error.strerror}).",
            f"The folder {out} cannot be made ({error.strerror}).",
        ) from None
    names = [f"{table}.{form}" for table in TABLES for form in FORMATS]
    parts = {name: out / f".{name}.part" for name in names}
    try:
        yield parts
    except OSError as error:
        raise Stopped(
            f"L’écriture dans {out} a échoué ({error.strerror}). Les fichiers qui s’y trouvaient sont intacts.",
            f"Writing into {out} failed ({error.strerror}). The files that were there are intact.",
        ) from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _consultation(client: httpx.Client, name: str) -> Figures:
    try:
        answer = client.get(f"/open-data/consultations/{quote(name, safe='')}")
    except httpx.HTTPError:
        raise _unreachable(client) from None
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise Stopped(
            f"Il n’y a pas de consultation « {name} » ici. La liste : {client.base_url}/open-data/consultations",
            f"There is no consultation “{name}” here. The list: {client.base_url}/open-data/consultations",
        )
    _require_success(answer)
    document: Figures = answer.json()
    return document


def _fetch_table(
    client: httpx.Client, consultation: str, table: str, parts: dict[str, Path], progress: Progress
) -> None:
    for _ in range(ATTEMPTS):
        for form in FORMATS:
            name = f"{table}.{form}"
            _fetch(client, f"/open-data/consultations/{consultation}/{name}", parts[name], progress)
        if _count_csv(parts[f"{table}.csv"]) == _count_lines(parts[f"{table}.jsonl"]):
            return
    raise Stopped(
        f"{table}.csv et {table}.jsonl n’ont pas autant de lignes. La consultation change peut-être : réessayez.",
        f"{table}.csv and {table}.jsonl differ in number of rows. The consultation may be changing: try again.",
    )


def _fetch(client: httpx.Client, path: str, part: Path, progress: Progress) -> None:
    task = progress.add_task(path.rpartition("/")[2], total=None)
    try:
        with client.stream("GET", path) as answer, part.open("wb") as file:
            _require_success(answer)
            for piece in answer.iter_bytes():
                file.write(piece)
                progress.advance(task, len(piece))
    except httpx.HTTPError:
        raise _unreachable(client) from None
    finally:
        progress.remove_task(task)


def _require_success(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK:
        raise Stopped(
            f"La passerelle a répondu {answer.status_code}. Réessayez dans un moment.",
            f"The gateway answered {answer.status_code}. Try again in a moment.",
        )


def _unreachable(client: httpx.Client) -> Stopped:
    return Stopped(
        f"La passerelle ne répond pas, ou pas jusqu’au bout, à {client.base_url}. Lancez ./cloison up.",
        f"The gateway does not answer, or not to the end, at {client.base_url}. Run ./cloison up.",
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _count_csv(path: Path) -> int:
    return sum(1 for _ in _rows(path))


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _figures(parts: dict[str, Path]) -> Figures:
    """What the CSV files hold, counted from the files themselves; a withdrawn item is still a row, without text."""
    kinds = Counter(row["kind"] for row in _rows(parts["contributions.csv"]))
    sides = Counter(row["side"] for row in _rows(parts["arguments.csv"]))
    votes: dict[str, Counter[str]] = {"cast": Counter(), "imported": Counter()}
    for row in _rows(parts["tallies.csv"]):
        votes[row["origin"]][row["choice"]] += int(row["votes"])
    return {
        "opinions": kinds["opinion"],
        "proposals": kinds["proposal"],
        "articles": kinds["article"],
        "arguments": sides.total(),
        "arguments_for": sides["for"],
        "arguments_against": sides["against"],
        "sources": _count_csv(parts["sources.csv"]),
        "withdrawn": sum(row["state"] == "withdrawn" for name in ITEMS for row in _rows(parts[f"{name}.csv"])),
        "votes_cast": dict(votes["cast"]),
        "votes_imported": dict(votes["imported"]),
    }


def _progress(*, hidden: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden)


NAMES: Final = {
    "opinions": "avis / opinions",
    "proposals": "propositions / proposals",
    "articles": "articles",
    "arguments": "arguments",
    "arguments_for": "  pour / for",
    "arguments_against": "  contre / against",
    "sources": "sources",
    "withdrawn": "dont retirés / withdrawn among these",
}
CHOICES: Final = {
    "agree": "d’accord / agree",
    "mixed": "mitigé / mixed",
    "disagree": "pas d’accord / disagree",
    "pass": "sans avis / pass",
    "support": "soutien / support",
    "total": "sans détail / no detail",
}


def _show(figures: Figures) -> None:
    table = Table(title=figures["slug"], show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, label in NAMES.items():
        table.add_row(label, _number(figures[name]))
    for origin, label in (
        ("votes_cast", "votes reçus ici / cast here"),
        ("votes_imported", "votes importés / imported"),
    ):
        if figures[origin]:
            table.add_section()
            table.add_row(label, _number(sum(figures[origin].values())))
            for choice, votes in figures[origin].items():
                table.add_row(f"  {CHOICES.get(choice, choice)}", _number(votes))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Dans / in {figures['folder']}", markup=False, soft_wrap=True)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")
