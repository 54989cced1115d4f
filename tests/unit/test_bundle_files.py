"""The files of a release: the same rows in each form, described, the same bytes every time."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service.bundle import archive, package
from consultation_service.bundle.columns import batches
from consultation_service.bundle.forms import Forms
from consultation_service.bundle.guarantee import REASONS
from consultation_service.release_tables import ANSWER_TEXTS, CONTRIBUTIONS, TABLES, VOTES
from contracts.safe_csv import original
from tests.unit.release_example import facts, guarantee, tables, write


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("bundle") / "one", tables())


def test_every_table_in_every_form(release: Path) -> None:
    for table in TABLES:
        with (release / f"{table.name}.csv").open(newline="") as file:
            count = sum(1 for _ in csv.reader(file)) - 1
        lines = [json.loads(text) for text in (release / f"{table.name}.jsonl").read_text().splitlines()]
        parquet = pq.read_table(release / f"{table.name}.parquet")
        assert count == len(lines) == parquet.num_rows == len(tables()[table.name])
        names = [column.name for column in table.columns]
        assert all(list(record) == names for record in lines)
        assert parquet.schema.names == names


def test_values_have_their_types(release: Path) -> None:
    record = json.loads((release / "contributions.jsonl").read_text().splitlines()[0])
    assert isinstance(record["official"], bool)
    assert isinstance(record["position"], int)
    types = {field.name: str(field.type) for field in pq.read_schema(release / "contributions.parquet")}
    assert (types["official"], types["position"], types["body"]) == ("bool", "int64", "string")
    assert str(pq.read_schema(release / "consultation.parquet").field("opens_on").type) == "date32[day]"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), max_size=8))
def test_any_text_is_the_same_in_every_form(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("texts")
    with Forms(folder, ANSWER_TEXTS) as forms:
        for text in texts:
            forms.write(("s", "q", text))
    with (folder / "answer_texts.csv").open(newline="") as file:
        expected = [original(row["text"]) or None for row in csv.DictReader(file)]
    lines = (folder / "answer_texts.jsonl").read_bytes().splitlines()
    assert [json.loads(text)["text"] for text in lines] == expected
    assert pq.read_table(folder / "answer_texts.parquet").column("text").to_pylist() == expected
    assert [value for batch in batches(folder, ANSWER_TEXTS) for value in batch["text"].to_pylist()] == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "-1"]), st.integers(1, 200)), max_size=6))
def test_rows_that_are_alike(tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[str, int]]) -> None:
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("consultation_service.bundle.forms.ROW_GROUP", 64)
        with Forms(folder, VOTES) as forms:
            for choice, times in runs:
                forms.write(("item", choice, "", 3), times)
    expected = [
        {"contribution": "item", "choice": choice, "week": None, "since": 3}
        for choice, times in runs
        for _ in range(times)
    ]
    assert forms.rows == len(expected)
    assert pq.read_table(folder / "votes.parquet").to_pylist() == expected
    assert [json.loads(text) for text in (folder / "votes.jsonl").read_text().splitlines()] == expected
    with (folder / "votes.csv").open(newline="") as file:
        assert [original(row["choice"]) for row in csv.DictReader(file)] == [row["choice"] for row in expected]


def test_a_table_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consultation_service.bundle.columns.PIECE_BYTES", 4_000)
    texts = [f"text {n}\n=1+{n}" for n in range(1_000)]
    with Forms(tmp_path, ANSWER_TEXTS) as forms:
        for text in texts:
            forms.write(("s", "q", text))
    found = [batch["text"].to_pylist() for batch in batches(tmp_path, ANSWER_TEXTS)]
    assert len(found) > 3
    assert [text for piece in found for text in piece] == texts


def test_columns_in_another_order_are_refused(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text('"choice","contribution","week","since"\r\n"agree","x","","1"\r\n')
    with pytest.raises(ValueError, match="columns"):
        list(batches(tmp_path, VOTES))


def test_the_description(release: Path) -> None:
    document = json.loads((release / "datapackage.json").read_text())
    assert document["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert document["licenses"][0]["name"] == "etalab-2.0"
    resources = {resource["path"]: resource for resource in document["resources"]}
    described = set(resources) | {"datapackage.json", "SHA256SUMS"}
    assert described == {file.name for file in release.iterdir()}
    for path, resource in resources.items():
        content = (release / path).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
    schema = resources["contributions.csv"]["schema"]
    assert schema["primaryKey"] == ["contribution"]
    assert {"fields": ["section"], "reference": {"resource": "sections", "fields": ["section"]}} in schema[
        "foreignKeys"
    ]
    assert {"fields": ["parent"], "reference": {"resource": "", "fields": ["contribution"]}} in schema["foreignKeys"]
    for field in schema["fields"]:
        assert field["description"].startswith("fr : ")
        assert "\nen: " in field["description"]


def test_schemas_stand_by_themselves() -> None:
    schema = package.table_schema(CONTRIBUTIONS)
    assert schema["$schema"].endswith("tableschema.json")
    assert [field["name"] for field in schema["fields"]] == [column.name for column in CONTRIBUTIONS.columns]


def test_the_catalogue_record(release: Path) -> None:
    record = json.loads((release / "dcat.jsonld").read_text())
    assert record["@type"] == "dcat:Dataset"
    assert record["dct:publisher"]["foaf:name"] == "Ville de Brumeville"
    assert len(record["dcat:distribution"]) == 3 * len(TABLES)
    for distribution in record["dcat:distribution"]:
        file = distribution["@id"].removeprefix(facts().address + "/")
        assert distribution["spdx:checksum"]["spdx:checksumValue"]["@value"] == _sum(release / file)
        assert distribution["dct:license"]["@id"].startswith("https://www.etalab.gouv.fr/")


def test_every_prefix_of_the_catalogue_is_declared(release: Path) -> None:
    record = json.loads((release / "dcat.jsonld").read_text())
    known = set(record["@context"])

    def names(value: object) -> set[str]:
        match value:
            case dict():
                keys = {key for key in value if not key.startswith("@")}
                types = {value[key] for key in ("@type",) if isinstance(value.get(key), str)}
                return (keys | types).union(*map(names, value.values()))
            case list():
                return set().union(*map(names, value))
        return set()

    del record["@context"]
    assert {name.partition(":")[0] for name in names(record)} <= known


def test_the_words(release: Path) -> None:
    for language, word in (("fr", "Données ouvertes".lower()), ("en", "open data")):
        text = (release / f"README.{language}.md").read_text()
        assert word in text.lower()
        assert "{" not in text
        assert all(f"| `{table.name}` |" in text for table in TABLES)
        report = (release / f"guarantee.{language}.md").read_text()
        assert "{" not in report
        assert "| `votes` | 7 |" in report
    assert "etalab-2.0" in (release / "LICENCE.txt").read_text()
    assert json.loads((release / "guarantee.json").read_text())["k"] == guarantee().k
    assert all(all(words) for words in REASONS.values())


def test_pol_is(release: Path) -> None:
    with (release / "polis-comments.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(tables()["contributions"])
    assert {(row["timestamp"], row["datetime"], row["author-id"]) for row in rows} == {("", "", "")}
    voted = [row for row in rows if original(row["comment-body"]).startswith("=SOMME")]
    # Thirteen agree in votes.csv, and four more on the item that has imported totals.
    assert sorted(int(row["agrees"]) for row in voted) == [13] * 5 + [17]


def test_popolo(release: Path) -> None:
    motions = json.loads((release / "popolo.json").read_text())["motions"]
    assert len(motions) == len(tables()["contributions"])
    counted = [event for motion in motions for event in motion["vote_events"] if event["identifier"].endswith("cast")]
    assert {json.dumps(event["counts"]) for event in counted} == {
        '[{"option": "yes", "value": 13}, {"option": "no", "value": 6}, {"option": "abstain", "value": 7}]'
    }


def test_the_same_rows_make_the_same_bytes(release: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again", tables())
    assert {f.name: _sum(f) for f in again.iterdir()} == {f.name: _sum(f) for f in release.iterdir()}
    assert b"".join(archive(again)) == b"".join(archive(release))


def test_the_archive(release: Path) -> None:
    pieces = list(archive(release))
    assert len(pieces) > 20
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as made:
        assert made.testzip() is None
        assert made.namelist() == sorted(file.name for file in release.iterdir())
        assert {entry.date_time for entry in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(made.read(file.name) == file.read_bytes() for file in release.iterdir())


def test_no_file_says_when_it_was_made(release: Path) -> None:
    for file in release.glob("*.parquet"):
        metadata = pq.ParquetFile(file).metadata
        assert metadata.metadata is None
        assert metadata.created_by.startswith("parquet-cpp-arrow")


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
