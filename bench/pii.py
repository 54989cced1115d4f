"""Recall and false alarms of the detector of personal data: ``./cloison bench pii [--json FILE]``.

Two halves of sentences written for the purpose (``tests/data/personal_data``): ``development`` was read while writing
the patterns, ``measuring`` was not. *Recall*: share of the items of which a finding of the same kind holds at least
half of the letters and digits. *Whole*: share of which findings hold every letter and digit. *False alarms*: share of
the sentences without personal data in which something is found (of level ``sure``: in which something is sure).
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from consultation_service.personal_data import KINDS, Found, Kind, find
from deploy.environment import ROOT

CORPUS: Final = ROOT / "tests" / "data" / "personal_data"
HALVES: Final = ("development", "measuring")
ADVERSARY: Final = ("M. Aa ", "a - ", "FR76 ", "1 91 02 ", "12 rue de de de de ", "06 ", "@", "née ", " ")
"""Fragments that cost the most when repeated."""
LONG: Final = 50_000


class Measure:
    """What the detector found in one half."""

    def __init__(self, half: str) -> None:
        lines = (CORPUS / f"{half}.jsonl").read_text("utf-8").splitlines()
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.items: Counter[Kind] = Counter()
        self.found: Counter[Kind] = Counter()
        self.whole: Counter[Kind] = Counter()
        self.wrong: Counter[Kind] = Counter()
        self.clean = self.alarms = self.sure_alarms = 0
        for row in self.rows:
            self._add(row["text"], row["items"], find(row["text"]))

    def _add(self, text: str, items: list[dict[str, Any]], findings: Sequence[Found]) -> None:
        everywhere = {place for found in findings for place in range(found.start, found.end)}
        expected: set[int] = set()
        for item in items:
            start = text.index(item["text"])
            places = {place for place in range(start, start + len(item["text"])) if text[place].isalnum()}
            expected |= places
            of_kind = {place for one in findings if one.kind == item["kind"] for place in range(one.start, one.end)}
            self.items[item["kind"]] += 1
            self.found[item["kind"]] += 2 * len(places & of_kind) >= len(places)
            self.whole[item["kind"]] += places <= everywhere
        for found in findings:
            self.wrong[found.kind] += expected.isdisjoint(range(found.start, found.end))
        if not items:
            self.clean += 1
            self.alarms += bool(findings)
            self.sure_alarms += any(found.level == "sure" for found in findings)

    @property
    def recall(self) -> float:
        """Share of all items that were found."""
        return self.found.total() / self.items.total()


def texts_per_second(texts: Sequence[str], rounds: int) -> float:
    """Median over ``rounds`` of the corpus read in one process."""
    rates = []
    for _ in range(rounds):
        started = time.perf_counter()
        for text in texts:
            find(text)
        rates.append(len(texts) / (time.perf_counter() - started))
    return statistics.median(rates)


def slowest(length: int) -> float:
    """Milliseconds for the worst of texts made to be slow, of ``length`` characters."""
    worst = 0.0
    for fragment in ADVERSARY:
        text = (fragment * length)[:length]
        started = time.perf_counter()
        find(text)
        worst = max(worst, 1000 * (time.perf_counter() - started))
    return worst


def figures(measures: dict[str, Measure], rounds: int) -> dict[str, float | int]:
    """One flat object; shares between 0 and 1."""
    values: dict[str, float | int] = {}
    for half, measure in measures.items():
        values[f"recall_{half}"] = round(measure.recall, 4)
        values[f"whole_{half}"] = round(measure.whole.total() / measure.items.total(), 4)
        values[f"false_alarms_{half}"] = round(measure.alarms / measure.clean, 4)
        values[f"sure_false_alarms_{half}"] = round(measure.sure_alarms / measure.clean, 4)
        values[f"sentences_{half}"] = len(measure.rows)
        values[f"clean_{half}"] = measure.clean
        values |= {f"recall_{half}_{kind}": round(measure.found[kind] / measure.items[kind], 4) for kind in KINDS}
    texts = [row["text"] for measure in measures.values() for row in measure.rows]
    values["texts_per_s"] = round(texts_per_second(texts, rounds))
    values["adversary_10k_ms"] = round(slowest(LONG // 5), 1)
    values["adversary_50k_ms"] = round(slowest(LONG), 1)
    return values


def print_tables(measures: dict[str, Measure], values: dict[str, float | int], console: Console) -> None:
    """The counts by kind, then the figures of the whole."""
    caption = "whole: every letter and digit. wrong: findings that hold no part of any item."
    table = Table(title="Personal data found in free text, by kind", caption=caption)
    table.add_column("\nkind", no_wrap=True)
    for half in measures:
        for column in (f"{half}\nfound", "\nwhole", "\nwrong"):
            table.add_column(column, justify="right", no_wrap=True)
    for kind in KINDS:
        cells = [
            cell
            for measure in measures.values()
            for cell in (
                f"{measure.found[kind]} / {measure.items[kind]}",
                str(measure.whole[kind]),
                str(measure.wrong[kind]),
            )
        ]
        table.add_row(kind, *cells)
    console.print(table)
    summary = Table("figure", "value", title="Both halves")
    for name, value in values.items():
        if not any(name.endswith(f"_{kind}") for kind in KINDS):
            summary.add_row(name, f"{value:,}")
    console.print(summary)


def main(argv: Sequence[str]) -> int:
    """Run the measure; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="cloison bench pii", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, one flat object")
    parser.add_argument("--rounds", type=int, default=5, help="how many times the speed is measured (5)")
    options = parser.parse_args(argv)
    measures = {half: Measure(half) for half in HALVES}
    values = figures(measures, options.rounds)
    print_tables(measures, values, Console())
    if options.json:
        options.json.write_text(json.dumps(values) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
