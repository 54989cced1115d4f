"""Everything of a release that is made from its tables, in the order in which it is made."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from consultation_service.bundle import catalogue, others, package, words
from consultation_service.bundle import guarantee as guarantees
from consultation_service.bundle.facts import Facts
from consultation_service.bundle.guarantee import Guarantee
from consultation_service.release_tables import TABLES


def complete(folder: Path, facts: Facts, guarantee: Guarantee, rows: Mapping[str, int]) -> None:
    """Beside the files that ``forms`` wrote of each of ``TABLES``, write all the others, ``SHA256SUMS`` last, and see
    them safely on the disk. ``rows`` has the number of rows of each table.

    The same tables and facts always make the same bytes. Nothing here decides what may be released.
    """
    others.write(folder, facts)
    guarantees.write(folder, guarantee)
    words.write(folder, facts, TABLES, rows)
    digests = {file.name: _digest(file) for file in sorted(folder.iterdir())}
    catalogue.write(folder, facts, TABLES, digests)
    digests["dcat.jsonld"] = _digest(folder / "dcat.jsonld")
    package.write(folder, facts, TABLES, digests)
    digests["datapackage.json"] = _digest(folder / "datapackage.json")
    sums = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    (folder / "SHA256SUMS").write_text(sums)
    for file in folder.iterdir():
        _to_disk(file)
    _to_disk(folder)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
