"""Other people's tools read a release as we do, and find wrong what is wrong."""

import json
from collections import Counter
from pathlib import Path

import pytest

from consultation_service.release_tables import TABLES
from tests.oracles.conftest import Oracle
from tests.unit.release_example import Tables, contribution, ids, in_order, new_id, tables, write


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("oracles") / "one", tables())


def test_frictionless_finds_the_package_valid(release: Path, oracle: Oracle) -> None:
    found = json.loads(oracle("package.py", release))
    assert found["errors"] == []
    assert set(found["tables"]) == {table.name for table in TABLES}


def leads_nowhere(found: Tables) -> None:
    found["votes"][0]["contribution"] = new_id(ids(9))


def twice(found: Tables) -> None:
    found["sections"].append(dict(found["sections"][0]))


def without_a_kind(found: Tables) -> None:
    found["sections"][0]["kind"] = ""


@pytest.mark.parametrize(
    ("breaks", "error"),
    [(leads_nowhere, "foreign-key"), (twice, "primary-key"), (without_a_kind, "constraint-error")],
)
def test_frictionless_finds_what_is_wrong(breaks: object, error: str, tmp_path: Path, oracle: Oracle) -> None:
    found = tables()
    assert callable(breaks)
    breaks(found)
    errors = json.loads(oracle("package.py", write(tmp_path / "broken", found)))["errors"]
    assert {kind for _, kind in errors} == {error}


def test_pycanon_counts_the_same_groups(release: Path, tmp_path: Path, oracle: Oracle) -> None:
    assert json.loads(oracle("anonymity.py", release / "contributions.csv")) == {"k": 20, "l": 4}
    found = tables()
    alone = {"region": "11", "age": "75+", "week": "2026-W44", "side": "for", "kind": "argument"}
    found["contributions"].append(contribution(new_id(ids(9)), found["sections"][0]["section"], **alone))
    broken = write(tmp_path / "alone", in_order(found))
    assert json.loads(oracle("anonymity.py", broken / "contributions.csv")) == {"k": 1, "l": 1}


def test_pandas_and_duckdb_read_every_form(release: Path, oracle: Oracle) -> None:
    found = json.loads(oracle("readers.py", release))
    expected = Counter(row["choice"] for row in tables()["votes"])
    assert found["votes"] == [expected] * 6
    assert found["texts"] == [sorted(row["body"] for row in tables()["contributions"])] * 3
