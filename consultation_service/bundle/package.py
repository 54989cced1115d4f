"""``datapackage.json``: the release described for programs, as a Data Package v2 (https://datapackage.org)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from consultation_service.bundle.facts import LICENCE, LICENCE_ADDRESS, Facts
from consultation_service.release_tables import Column, Table

PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE: Final = "https://datapackage.org/profiles/2.0/dataresource.json"
SCHEMA: Final = "https://datapackage.org/profiles/2.0/tableschema.json"
DIALECT: Final = {
    "$schema": "https://datapackage.org/profiles/2.0/tabledialect.json",
    "delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True,
}  # fmt: skip
MEDIA: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "md": "text/markdown",
    "txt": "text/plain",
}


def write(folder: Path, facts: Facts, tables: Sequence[Table], digests: Mapping[str, str]) -> None:
    """Describe the files of ``folder``; ``digests`` has the SHA-256 of each of those that are described."""
    names = {table.name: table for table in tables}
    resources = [
        _resource(folder, file, names.get(file.rpartition(".")[0]), digest) for file, digest in digests.items()
    ]
    document = {
        "$schema": PROFILE,
        "name": facts.name,
        "title": facts.title,
        "description": _both(
            f"Données ouvertes de la consultation « {facts.title} », version {facts.number}. Voir README.fr.md.",
            f"Open data of the consultation “{facts.title}”, release {facts.number}. See README.en.md.",
        ),
        "homepage": facts.page,
        "version": f"{facts.number}.0.0",
        "keywords": ["consultation", "participation"],
        "licenses": [{"name": LICENCE, "path": LICENCE_ADDRESS, "title": "Licence Ouverte / Open Licence 2.0"}],
        "contributors": [{"title": facts.organiser, "roles": ["publisher"]}],
        **({"sources": [{"title": facts.source}]} if facts.source else {}),
        "resources": resources,
    }
    write_json(folder / "datapackage.json", document)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """A document that people also read."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def table_schema(table: Table) -> dict[str, Any]:
    """The Table Schema of a table, which can also be published by itself."""
    references = [
        {
            "fields": [column.name],
            "reference": {
                "resource": "" if column.refers.split(".")[0] == table.name else column.refers.split(".")[0],
                "fields": [column.refers.split(".")[1]],
            },
        }
        for column in table.columns
        if column.refers
    ]
    return {
        "$schema": SCHEMA,
        "fields": [_field(column) for column in table.columns],
        "missingValues": [""],
        **({"primaryKey": list(table.key)} if table.key else {}),
        **({"foreignKeys": references} if references else {}),
    }


def _field(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "title": column.words[0],
        "description": _both(*column.words),
        **({"trueValues": ["true"], "falseValues": ["false"]} if column.type == "boolean" else {}),
        **({"constraints": {"required": True}} if column.required else {}),
    }


def _resource(folder: Path, file: str, table: Table | None, digest: str) -> dict[str, Any]:
    name, _, ending = file.rpartition(".")
    common = {
        "$schema": RESOURCE,
        "name": file if ending != "csv" else name,
        "path": file,
        "format": ending,
        "mediatype": MEDIA[ending],
        "bytes": (folder / file).stat().st_size,
        "hash": f"sha256:{digest}",
    }
    if ending not in ("parquet",):
        common["encoding"] = "utf-8"
    if table:
        common |= {"title": table.words[0], "description": _both(*table.words)}
    if table and ending == "csv":
        common |= {"type": "table", "dialect": DIALECT, "schema": table_schema(table)}
    return common


def _both(fr: str, en: str) -> str:
    return f"fr : {fr}\nen: {en}"
