"""The checker accepts a release that keeps its promises, and each promise broken is found under its own name."""

import base64
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.command import main
from consultation_service.bundle import archive
from tests.unit.release_example import Tables, ids, in_order, new_id, tables, write

Break = Callable[[Tables], None]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("releases") / "one", tables())


def verify(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, str]:
    """The status of each check, the worst of all releases; the exit code must agree."""
    code = main([*map(str, arguments), "--json"])
    report = json.loads(capsys.readouterr().out)
    order = ["pass", "unproven", "fail"]
    worst: dict[str, str] = {}
    for result in report["results"]:
        worst[result["check"]] = max(worst.get(result["check"], "pass"), result["status"], key=order.index)
        assert bool(result["findings"]) == (result["status"] == "fail"), result
    assert code == int("fail" in worst.values())
    assert report["verdict"] == ("refused" if code else "accepted")
    return worst


def failed(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> set[str]:
    return {check for check, status in verify(capsys, *arguments).items() if status == "fail"}


def test_a_release_that_keeps_its_promises(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(verify(capsys, good)) == {
        "SUMS", "PACKAGE", "VALUES", "FORMATS", "FORMS", "G1", "G3", "G4", "CANARY", "G5", "G7",
    }  # fmt: skip
    assert failed(capsys, good) == set()


def test_the_same_as_a_zip(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.zip").write_bytes(b"".join(archive(good)))
    assert failed(capsys, tmp_path / "one.zip") == set()


def test_the_report_for_people(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(good)]) == 0
    out = capsys.readouterr().out
    assert "G1" in out
    assert "unproven" in out


@pytest.mark.parametrize("what", ["nothing", "a folder", "a text", "a ZIP of something else"])
def test_what_is_not_a_release(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    if what == "a folder":
        path.mkdir()
    elif what == "a text":
        path.write_text("text")
    elif what == "a ZIP of something else":
        folder = tmp_path / "other"
        folder.mkdir()
        (folder / "a.txt").write_text("a")
        path.write_bytes(b"".join(archive(folder)))
    assert main([str(path)]) == 2
    assert "release" in capsys.readouterr().err or what in ("nothing", "a text")


# One broken promise each: what is broken, and the only checks that say so.


def people(found: Tables) -> list[dict[str, str]]:
    return [row for row in found["contributions"] if row["official"] == "false"]


def alone(found: Tables) -> None:
    people(found)[0]["age"] = "75+"


def alone_in_a_week(found: Tables) -> None:
    next(row for row in people(found) if row.get("department"))["week"] = "2026-W45"


def few_without_attributes(found: Tables) -> None:
    plain = [row for row in people(found) if not row.get("region")]
    for row in plain[4:]:
        row["region"] = "11"


def few_votes_of_a_week(found: Tables) -> None:
    rows = [row for row in found["votes"] if row["week"]]
    for number, row in enumerate(rows[:9]):
        row |= {"week": "2026-W46", "choice": "agree" if number % 2 else "disagree"}


def few_votes_left_without_week(found: Tables) -> None:
    item = found["votes"][0]["contribution"]
    rows = [row for row in found["votes"] if row["contribution"] == item and not row["week"]]
    for row in rows[3:]:
        row["week"] = "2026-W45"


def few_answers(found: Tables) -> None:
    del found["answers"][9:]


def few_people_in_totals(found: Tables) -> None:
    for row in found["totals_by_attribute"]:
        row["people"] = "9"


def unanimous_week(found: Tables) -> None:
    for row in found["votes"]:
        if row["week"]:
            row["choice"] = "agree"


def unanimous_totals(found: Tables) -> None:
    del found["totals_by_attribute"][1:]


def unanimous_group(found: Tables) -> None:
    rows = [row for row in people(found) if row.get("department")]
    for row in rows:
        row |= {"side": "for", "section": rows[0]["section"]}


def mail_in_a_text(found: Tables) -> None:
    people(found)[0]["body"] = "Écrivez à camille.durand@brumeville.example"


def telephone_in_an_answer(found: Tables) -> None:
    found["answer_texts"][0]["text"] = "Appelez le 06 39 98 12 34"


def social_security_number(found: Tables) -> None:
    people(found)[0]["title"] = "Mon numéro : 2 55 08 14 168 025 38"


def day_instead_of_week(found: Tables) -> None:
    for row in found["votes"]:
        row["week"] = row["week"] and "2026-11-03"


def instant_in_a_code(found: Tables) -> None:
    found["questions"][0]["question"] = "why"
    people(found)[0]["category"] = "2026-11-03 12:00"


def out_of_order(found: Tables) -> None:
    found["contributions"].reverse()


def votes_as_they_came(found: Tables) -> None:
    random.Random(1).shuffle(found["votes"])


def twice_the_same_id(found: Tables) -> None:
    found["contributions"].insert(1, dict(found["contributions"][0]))


def leads_nowhere(found: Tables) -> None:
    people(found)[0]["parent"] = new_id(ids(9))


def free_text_in_a_code(found: Tables) -> None:
    people(found)[0]["category"] = "deux\nlignes"


BREAKS: list[tuple[Break, set[str]]] = [
    (alone, {"G1", "G7"}),
    (alone_in_a_week, {"G1"}),
    (few_without_attributes, {"G1"}),
    (few_votes_of_a_week, {"G1", "G7"}),
    (few_votes_left_without_week, {"G1"}),
    (few_answers, {"G1"}),
    (few_people_in_totals, {"G1"}),
    (unanimous_week, {"G7"}),
    (unanimous_totals, {"G7"}),
    (unanimous_group, {"G7"}),
    (mail_in_a_text, {"G4"}),
    (telephone_in_an_answer, {"G4"}),
    (social_security_number, {"G4"}),
    (day_instead_of_week, {"G5", "VALUES"}),
    (instant_in_a_code, {"G5"}),
    (out_of_order, {"G5"}),
    (votes_as_they_came, {"G5"}),
    (twice_the_same_id, {"VALUES"}),
    (leads_nowhere, {"VALUES"}),
    (free_text_in_a_code, {"VALUES"}),
]


@pytest.mark.parametrize(("breaks", "found_by"), BREAKS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_promise(
    breaks: Break, found_by: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tables()
    breaks(found)
    if "G5" not in found_by:
        in_order(found)
    assert failed(capsys, write(tmp_path / "broken", found)) == found_by


def test_texts_that_a_moderator_let_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tables()
    mail_in_a_text(found)
    assert verify(capsys, write(tmp_path / "read", found, reviewed=1))["G4"] == "unproven"


# Files touched after they were made.


def changed(good: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes], *, summed: bool = False) -> Path:
    folder = tmp_path / "changed"
    shutil.copytree(good, folder)
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    if summed:
        lines = []
        for entry in (folder / "SHA256SUMS").read_text().splitlines():
            digest, file = entry.split("  ")
            lines.append(
                f"{hashlib.sha256((folder / file).read_bytes()).hexdigest() if file == name else digest}  {file}\n"
            )
        (folder / "SHA256SUMS").write_text("".join(lines))
    return folder


def test_a_file_that_changed(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = changed(good, tmp_path, "README.fr.md", lambda text: text + b" ")
    assert failed(capsys, folder) == {"SUMS", "PACKAGE"}


def test_a_file_too_many(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = changed(good, tmp_path, "README.fr.md", lambda text: text)
    (folder / "voters.csv").write_text("author\n")
    assert failed(capsys, folder) == {"SUMS", "PACKAGE"}


def test_a_column_too_many(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def more(text: bytes) -> bytes:
        return b"".join(row.rstrip(b"\r\n") + b',"x"\r\n' for row in text.splitlines(keepends=True))

    folder = changed(good, tmp_path, "votes.csv", more, summed=True)
    assert {"PACKAGE", "FORMATS"} <= failed(capsys, folder)


@pytest.mark.parametrize("name", ["votes.jsonl", "answers.jsonl"])
def test_a_format_that_says_something_else(
    name: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def swap(text: bytes) -> bytes:
        lines = text.splitlines(keepends=True)
        return b"".join([*lines[-1:], *lines[1:-1], *lines[:1]])

    folder = changed(good, tmp_path, name, swap, summed=True)
    assert failed(capsys, folder) == {"FORMATS", "PACKAGE"}


def test_pol_is_with_an_author(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def sign(text: bytes) -> bytes:
        return text.replace(b'"0","","', b'"0","someone","', 1)

    folder = changed(good, tmp_path, "polis-comments.csv", sign, summed=True)
    assert failed(capsys, folder) == {"FORMS", "PACKAGE"}


def test_popolo_with_a_voter(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def name(text: bytes) -> bytes:
        return text.replace(b'"counts":', b'"votes": [{"voter": "x"}], "counts":', 1)

    folder = changed(good, tmp_path, "popolo.json", name, summed=True)
    assert failed(capsys, folder) == {"FORMS", "PACKAGE"}


@pytest.mark.parametrize("written", ["CANARI-7f", "canari-7F"])
def test_a_canary(written: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forbidden = tmp_path / "canaries.txt"
    forbidden.write_text("Canari-7f\nLoin d’ici\n")
    assert failed(capsys, good, "--canaries", forbidden) == set()
    for number, hidden in enumerate(
        (written.encode(), written.encode("utf-16-le"), b"Canari-7f".hex().encode(),
         base64.b64encode(b"a" + b"Canari-7f" + b"bc"), base64.b64encode(b"abc" + b"Canari-7f"),
         base64.b64encode(b"ab" + b"Canari-7f"))
    ):  # fmt: skip
        folder = changed(good, tmp_path / str(number), "README.fr.md", lambda text, more=hidden: text + more)  # type: ignore[misc]
        assert "CANARY" in failed(capsys, folder, "--canaries", forbidden), hidden
