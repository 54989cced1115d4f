"""G3: no identifier of a release is found anywhere else."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from audit.bundle import Bundle
from audit.private import Private
from audit.report import Result
from audit.tables import MADE

NO_LIVE_IDS = "ids in use on the site were not given"


def shared(bundles: Sequence[Bundle], private: Mapping[int, Private], live: frozenset[str] = frozenset()) -> Result:
    """Ids are made for one release; author references for one consultation. ``live`` are ids in use on the site."""
    result = Result(
        "G3", ", ".join(bundle.label for bundle in bundles), "Identifiants jamais réutilisés / ids never reused"
    )
    ids = [_ids(bundle) for bundle in bundles]
    references = [{row[0] for row in bundle.select("contributions", "author_ref")} - {""} for bundle in bundles]
    in_use = live.union(*(inputs.lines("live.txt") for inputs in private.values()))
    for (a, first), (b, second) in combinations(enumerate(bundles), 2):
        if ids[a] & ids[b]:
            result.find(f"{first.label} and {second.label} share {len(ids[a] & ids[b])} ids")
        same = first.consultation["slug"] == second.consultation["slug"]
        if not same and references[a] & references[b]:
            result.find(f"{first.label} and {second.label} share author references")
    for bundle, own, authors in zip(bundles, ids, references, strict=True):
        if (own | authors) & in_use:
            result.find(f"{bundle.label} has {len((own | authors) & in_use)} ids that are in use on the site")
    result.figures |= {"ids": sum(map(len, ids)), "author references": sum(map(len, references))}
    if in_use:
        result.figures["ids of the site"] = len(in_use)
    else:
        result.missing = NO_LIVE_IDS
    return result


def _ids(bundle: Bundle) -> set[str]:
    return {row[0] for table, column in MADE.items() for row in bundle.select(table, column)}
