"""What the operator's inputs let the checker see: people behind rows, the order of arrival, texts that were read."""

import csv
import hashlib
import json
import random
from pathlib import Path

import pytest

from audit.command import main
from tests.unit.release_example import Tables, tables, write

Result = dict[str, object]


def inputs(
    folder: Path, found: Tables, authors: dict[str, str] | None = None, arrival: list[str] | None = None
) -> Path:
    folder.mkdir()
    people = [row["contribution"] for row in found["contributions"] if row["official"] == "false"]
    order = arrival or random.Random(4).sample(people, len(people))
    with (folder / "contributions.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("contribution", "live", "author", "arrival"))
        for row in found["contributions"]:
            item = row["contribution"]
            mine = "" if row["official"] == "true" else (authors or {}).get(item, f"author of {item}")
            out.writerow((item, f"live {item}", mine, order.index(item) if item in order else ""))
    (folder / "live.txt").write_text("3d7a5a4e-0000-4000-8000-000000000000\n")
    return folder


def verify(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Result]:
    main([*map(str, arguments), "--json"])
    return {result["check"]: result for result in json.loads(capsys.readouterr().out)["results"]}


def test_with_the_inputs_everything_is_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tables()
    folder = inputs(tmp_path / "inputs", found)
    results = verify(capsys, write(tmp_path / "one", found), "--private", folder)
    assert {check: result["status"] for check, result in results.items() if result["status"] != "pass"} == {}
    assert "correlation with arrival" in results["G5"]["figures"]  # type: ignore[operator]


def test_one_person_who_writes_a_lot_is_not_a_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tables()
    group = [row["contribution"] for row in found["contributions"] if row.get("department")]
    folder = inputs(tmp_path / "inputs", found, authors=dict.fromkeys(group[:15], "the same"))
    results = verify(capsys, write(tmp_path / "one", found), "--private", folder)
    assert [check for check, result in results.items() if result["status"] == "fail"] == ["G1"]
    assert "6 < 10" in str(results["G1"]["findings"])


def test_a_row_of_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tables()
    one = next(row["contribution"] for row in found["contributions"] if row.get("department"))
    folder = inputs(tmp_path / "inputs", found, authors={one: ""})
    assert verify(capsys, write(tmp_path / "one", found), "--private", folder)["G1"]["status"] == "fail"


def test_rows_in_the_order_in_which_they_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ids that grow with time would put rows in the order of arrival, although rows are sorted by their ids."""
    found = tables()
    people = [row["contribution"] for row in found["contributions"] if row["official"] == "false"]
    folder = inputs(tmp_path / "inputs", found, arrival=people)
    results = verify(capsys, write(tmp_path / "one", found), "--private", folder)
    assert [check for check, result in results.items() if result["status"] == "fail"] == ["G5"]


def test_an_id_of_the_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tables()
    folder = inputs(tmp_path / "inputs", found)
    (folder / "live.txt").write_text(found["sections"][0]["section"] + "\n")
    assert verify(capsys, write(tmp_path / "one", found), "--private", folder)["G3"]["status"] == "fail"


@pytest.mark.parametrize("read", [True, False])
def test_texts_that_were_read_by_a_moderator(read: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tables()
    text = "La mairie : accueil@brumeville.example"
    next(row for row in found["contributions"] if row["official"] == "false")["body"] = text
    folder = inputs(tmp_path / "inputs", found)
    (folder / "reviewed.txt").write_text(hashlib.sha256((text if read else "x").encode()).hexdigest() + "\n")
    results = verify(capsys, write(tmp_path / "one", found, reviewed=1), "--private", folder)
    assert results["G4"]["status"] == ("pass" if read else "fail")


def test_more_inputs_than_releases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path / "one", tables())
    assert main([str(one), "--private", str(tmp_path), "--private", str(tmp_path)]) == 2
    assert main([str(one), "--private", str(tmp_path / "nowhere")]) == 2
