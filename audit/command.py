"""``verify PATH…``: checks releases from their files alone, and with what an operator adds.

Exit codes: 0 no promise is contradicted, 1 one is, 2 not understood or not a release.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations

from rich.console import Console

from audit.bundle import Bundle, Unreadable
from audit.checks import classes, differences, files, identifiers, time, words
from audit.options import add_options
from audit.private import Private
from audit.report import Result, as_json, show


def main(arguments: Sequence[str]) -> int:
    """Read the command line and check."""
    return run(_parser().parse_args(list(arguments)))


def run(options: argparse.Namespace) -> int:
    """Check the releases and print the report."""
    if len(options.private or ()) > len(options.paths):
        print("--private : plus de dossiers que de versions / more folders than releases", file=sys.stderr)
        return 2
    bundles: list[Bundle] = []
    try:
        bundles.extend(Bundle(path) for path in options.paths)
        private = {place: Private(folder) for place, folder in enumerate(options.private or ())}
        live = frozenset(options.live_ids.read_text().split()) if options.live_ids else frozenset()
        canaries = set(options.canaries.read_text().splitlines()) - {""} if options.canaries else set()
        results = list(verify(bundles, private, live, canaries))
    except (Unreadable, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    finally:
        for bundle in bundles:
            bundle.close()
    report = as_json(results)
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        show(results, Console())
    return 0 if report["verdict"] == "accepted" else 1


def verify(
    bundles: Sequence[Bundle],
    private: dict[int, Private],
    live: frozenset[str] = frozenset(),
    canaries: set[str] | None = None,
) -> Iterator[Result]:
    """Everything that is checked, one release after the other, then between them."""
    for place, bundle in enumerate(bundles):
        inputs = private.get(place)
        yield files.sums(bundle)
        yield files.package(bundle)
        yield files.values(bundle)
        yield files.formats(bundle)
        yield files.other_forms(bundle)
        yield classes.group_sizes(bundle, inputs)
        yield words.written(bundle, inputs)
        yield words.canaries(bundle, (canaries or set()) | (inputs.lines("canaries.txt") if inputs else set()))
        yield time.precision(bundle, inputs)
        yield classes.diversity(bundle)
    yield identifiers.shared(bundles, private, live)
    for (a, first), (b, second) in combinations(enumerate(bundles), 2):
        if first.consultation["slug"] == second.consultation["slug"]:
            one, other = sorted(((first, a), (second, b)), key=lambda pair: int(pair[0].consultation["release"]))
            yield differences.between(one[0], other[0], private.get(one[1]), private.get(other[1]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./cloison verify",
        description="Vérifie des données ouvertes publiées, sans rien savoir de qui les a faites.\n"
        "Checks open data that were released, knowing nothing of who made them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    return parser
