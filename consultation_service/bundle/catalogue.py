"""``dcat.jsonld``: the release as a record of a data catalogue (DCAT-AP 3, https://semiceu.github.io/DCAT-AP), as
data.gouv.fr harvests them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from consultation_service.bundle.facts import LICENCE_ADDRESS, Facts
from consultation_service.bundle.package import MEDIA, write_json
from consultation_service.release_tables import Table

EUROPA: Final = "http://publications.europa.eu/resource/authority"
CONTEXT: Final[Mapping[str, Any]] = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
    "adms": "http://www.w3.org/ns/adms#",
}  # fmt: skip
LANGUAGES: Final = {"fr": f"{EUROPA}/language/FRA", "en": f"{EUROPA}/language/ENG"}
FILE_TYPES: Final = {"csv": "CSV", "jsonl": "JSON", "parquet": "PARQUET", "zip": "ZIP"}


def dataset(facts: Facts, tables: tuple[Table, ...], digests: Mapping[str, str]) -> dict[str, Any]:
    """The data set, without the context."""
    files = [(table, f"{table.name}.{ending}") for table in tables for ending in ("csv", "jsonl", "parquet")]
    publisher = {"@type": "foaf:Agent", "foaf:name": facts.organiser}
    if facts.organiser_number:
        publisher["dct:identifier"] = facts.organiser_number
    return {
        "@id": f"{facts.address}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": facts.name,
        "dct:title": {"@value": facts.title, "@language": facts.language},
        "dct:description": [
            {"@value": f"Contributions, votes et réponses de la consultation « {facts.title} » ({facts.organiser}), "
                       f"version {facts.number}, anonymisées avec une garantie vérifiable.", "@language": "fr"},
            {"@value": f"Contributions, votes and answers of the consultation “{facts.title}” ({facts.organiser}), "
                       f"release {facts.number}, anonymised with a guarantee that can be checked.", "@language": "en"},
        ],
        "dct:publisher": publisher,
        "dct:issued": {"@value": facts.released_on.isoformat(), "@type": "xsd:date"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": facts.opens_on.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": facts.closes_on.isoformat(), "@type": "xsd:date"},
        },
        "dct:language": {"@id": LANGUAGES[facts.language]},
        "dct:accessRights": {"@id": f"{EUROPA}/access-right/PUBLIC"},
        "dcat:theme": {"@id": f"{EUROPA}/data-theme/GOVE"},
        "dcat:keyword": [{"@value": "consultation", "@language": "fr"}, {"@value": "participation", "@language": "fr"}],
        "dcat:landingPage": {"@id": facts.page, "@type": "foaf:Document"},
        "dcat:version": str(facts.number),
        **({"dct:source": facts.source} if facts.source else {}),
        "dcat:distribution": [_distribution(facts, table, file, digests[file]) for table, file in files],
    }  # fmt: skip


def write(folder: Path, facts: Facts, tables: tuple[Table, ...], digests: Mapping[str, str]) -> None:
    """The record, by itself."""
    write_json(folder / "dcat.jsonld", {"@context": CONTEXT, **dataset(facts, tables, digests)})


def _distribution(facts: Facts, table: Table, file: str, digest: str) -> dict[str, Any]:
    ending = file.rpartition(".")[2]
    return {
        "@id": f"{facts.address}/{file}",
        "@type": "dcat:Distribution",
        "dct:title": [
            {"@value": f"{table.words[0]} ({ending})", "@language": "fr"},
            {"@value": f"{table.words[1]} ({ending})", "@language": "en"},
        ],
        "dcat:accessURL": {"@id": facts.page},
        "dcat:downloadURL": {"@id": f"{facts.address}/{file}"},
        "dct:format": {"@id": f"{EUROPA}/file-type/{FILE_TYPES[ending]}"},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{MEDIA[ending]}"},
        "dct:license": {"@id": LICENCE_ADDRESS},
        "dct:conformsTo": {"@id": f"{facts.address}/datapackage.json"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": digest, "@type": "xsd:hexBinary"},
        },
    }
