"""Two real consultations go in and come out whole: counted in the source's files, and counted again in the export."""

import collections
import csv
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest

from deploy.local import Stack

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
BOWLING_GREEN = DATA / "polis" / "conversations" / "american-assembly.bowling-green"
UBERX = DATA / "polis" / "conversations" / "vtaiwan.uberx"
REPUBLIQUE = DATA / "republique-numerique"
SECONDS_TO_IMPORT = 60

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the public data sets are not at {DATA}")
Row = dict[str, Any]
Statement = tuple[str, int, int, int]
"""A text, and its votes for, against and passed."""
CHOICES = ("agree", "disagree", "pass")
EVENTS = ("1", "-1", "0")


def command(stack: Stack, *arguments: str) -> str:
    """What ``./cloison`` prints for a command, beside the stack that is running."""
    place = ["--home", str(stack.home.folder), "--port-base", str(stack.addresses.port_base)]
    line = [sys.executable, "-m", "deploy", *arguments, *place]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(stack: Stack, slug: str, folder: pathlib.Path) -> tuple[Row, dict[str, list[Row]]]:
    """The summary of the export, and the rows of each JSON Lines file."""
    summary = json.loads(command(stack, "export", slug, "--out", str(folder), "--json"))
    names = ("contributions", "arguments", "sources", "tallies")
    return summary, {name: _lines(folder / f"{name}.jsonl") for name in names}


def _lines(file: pathlib.Path) -> list[Row]:
    # Only a line feed ends a line of JSON Lines: texts have other separators in them.
    return [json.loads(line) for line in file.read_text().split("\n") if line]


def source(folder: pathlib.Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def totals(rows: list[Row], origin: str, kind: str) -> dict[str, int]:
    """The votes on items of one kind, by choice."""
    found: collections.Counter[str] = collections.Counter()
    for row in rows:
        if row["origin"] == origin and row["kind"] == kind:
            found[row["choice"]] += row["votes"]
    return {choice: votes for choice, votes in found.items() if votes}


def by_statement(tables: dict[str, list[Row]]) -> collections.Counter[Statement]:
    """Each statement of the export, with its votes."""
    votes: dict[str, dict[str, int]] = collections.defaultdict(dict)
    for row in tables["tallies"]:
        if row["origin"] == "cast":
            votes[row["contribution_id"]][row["choice"]] = row["votes"]
    return collections.Counter(_statement(row["body"], votes[row["id"]], CHOICES) for row in tables["contributions"])


def _statement(text: str, votes: Mapping[str, int], names: tuple[str, str, str]) -> Statement:
    agree, disagree, passed = (votes.get(name, 0) for name in names)
    return " ".join(text.split()), agree, disagree, passed


def expected(folder: pathlib.Path, last: dict[tuple[str, str], str]) -> collections.Counter[Statement]:
    """The same from the files of the source, where ``last`` maps a person and a statement to the vote that counts."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for (_, statement), vote in last.items():
        counts[statement][vote] += 1
    comments = source(folder, "comments.csv")
    return collections.Counter(_statement(r["comment-body"], counts[r["comment-id"]], EVENTS) for r in comments)


def test_republique_numerique(stack: Stack, tmp_path: pathlib.Path) -> None:
    command(stack, "import", "republique-numerique", str(REPUBLIQUE))
    summary, tables = exported(stack, "republique-numerique", tmp_path)
    sides = collections.Counter(row["side"] for row in tables["arguments"])
    assert len(tables["contributions"]) == len(source(REPUBLIQUE, "opinions.csv")) == 696
    assert len(tables["arguments"]) == len(source(REPUBLIQUE, "arguments.csv")) == 3_994
    assert sides == {"for": 1_960, "against": 2_034}
    assert len(tables["sources"]) == len(source(REPUBLIQUE, "sources.csv")) == 326
    imported = [totals(tables["tallies"], "imported", kind) for kind in ("article", "proposal")]
    assert {choice: sum(found[choice] for found in imported) for choice in imported[0]} == {
        "agree": 71_940, "mixed": 5_947, "disagree": 10_735,
    }  # fmt: skip
    for kind in ("article", "proposal"):
        assert totals(tables["tallies"], "cast", kind) == {}, "what a source counted is not what was cast here"
    assert (summary["articles"], summary["proposals"]) == (30, 666)
    assert (summary["arguments"], summary["sources"]) == (3_994, 326)
    _no_trace_of(tables, {row["author_token"] for row in source(REPUBLIQUE, "opinions.csv")})
    assert len(source(tmp_path, "contributions.csv")) == 696


def test_a_conversation_of_polis(stack: Stack, tmp_path: pathlib.Path) -> None:
    began = time.monotonic()
    command(stack, "import", "polis", str(BOWLING_GREEN))
    assert time.monotonic() - began < SECONDS_TO_IMPORT
    _, tables = exported(stack, "american-assembly-bowling-green", tmp_path)
    rows = source(BOWLING_GREEN, "participants-votes.csv")
    known = {row["comment-id"] for row in source(BOWLING_GREEN, "comments.csv")}
    last = {(row["participant"], name): vote for row in rows for name, vote in row.items() if name in known and vote}
    assert len(last) == 225_524
    assert len(tables["contributions"]) == 896
    assert sum(totals(tables["tallies"], "cast", "opinion").values()) == 225_524
    assert by_statement(tables) == expected(BOWLING_GREEN, last)


def test_a_log_of_votes_gives_the_last_votes(stack: Stack, tmp_path: pathlib.Path) -> None:
    command(stack, "import", "polis", str(UBERX))
    _, tables = exported(stack, "vtaiwan-uberx", tmp_path)
    events = source(UBERX, "votes.csv")
    ordered = sorted(enumerate(events), key=lambda numbered: (int(numbered[1]["timestamp"]), numbered[0]))
    last = {(row["voter-id"], row["comment-id"]): row["vote"] for _, row in ordered}
    assert len(events) > len(last), "the log holds changes of mind, or this test shows nothing"
    assert len(tables["contributions"]) == 197
    assert by_statement(tables) == expected(UBERX, last)


def _no_trace_of(tables: dict[str, list[Row]], ids: set[str]) -> None:
    text = json.dumps(tables)
    assert ids
    assert not [one for one in ids if one in text]
