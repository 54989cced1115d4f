"""Two releases of a consultation: what may differ, what may not, and what only the operator's inputs can tell."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.bundle import Bundle
from audit.checks import differences, identifiers
from audit.private import Private
from audit.report import Result
from tests.unit.release_example import Record, Tables, contribution, ids, in_order, new_id, tables, write

Change = Callable[[Tables], None]
NEWCOMER = {"department": "35", "region": "53", "age": "35-49", "status": "citizen"}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return Bundle(write(tmp_path_factory.mktemp("first") / "one", tables(1)))


def second(folder: Path, change: Change) -> Bundle:
    found = tables(2)
    change(found)
    return Bundle(write(folder / "two", in_order(found), 2))


def nothing(found: Tables) -> None:
    pass


def fewer_votes(count: int) -> Change:
    def change(found: Tables) -> None:
        item = found["votes"][0]["contribution"]
        rows = [row for row in found["votes"] if row["contribution"] == item and not row["week"]]
        for row in rows[:count]:
            found["votes"].remove(row)

    change.__name__ = f"{count} votes fewer"
    return change


def more_votes(count: int, since: str) -> Change:
    def change(found: Tables) -> None:
        row = {"contribution": found["votes"][0]["contribution"], "choice": "agree", "week": "", "since": since}
        found["votes"] += [dict(row) for _ in range(count)]

    change.__name__ = f"{count} votes more since {since}"
    return change


def newcomers(count: int, **given: str) -> Change:
    def change(found: Tables) -> None:
        source, section = ids(2, "new"), found["sections"][0]["section"]
        for number in range(count):
            more = {"title": f"Nouvelle {number}", "side": "for" if number % 2 else "against", "kind": "argument"}
            found["contributions"].append(contribution(new_id(source), section, **more, **given))

    change.__name__ = f"{count} newcomers {'·'.join(given.values())}"
    return change


def said_more_precisely(found: Tables) -> None:
    for row in found["contributions"]:
        if row.get("week"):
            row["department"] = "35"


def said_no_more(found: Tables) -> None:
    for row in found["contributions"]:
        if row.get("week"):
            row["week"] = row["region"] = row["age"] = ""


def edited(found: Tables) -> None:
    row = next(row for row in found["contributions"] if row.get("department"))
    found["versions"].append(
        {"contribution": row["contribution"], "text_version": "1", "title": row["title"], "body": row["body"]}
    )
    row |= {"body": "Un texte corrigé", "text_version": "2"}


def fewer_free_answers(found: Tables) -> None:
    del found["answer_texts"][:3]


def fewer_answers(found: Tables) -> None:
    del found["answers"][:4]


def other_totals(found: Tables) -> None:
    for row in found["totals_by_attribute"]:
        row |= {"people": "14", "votes": str(int(row["votes"]) + 1)}


@pytest.mark.parametrize(
    "change",
    [nothing, fewer_votes(12), more_votes(10, "2"), newcomers(10, **NEWCOMER), said_no_more, edited, newcomers(3)],
    ids=lambda change: change.__name__,
)
def test_differences_about_nobody_or_enough_people(change: Change, first: Bundle, tmp_path: Path) -> None:
    found = differences.between(first, second(tmp_path, change))
    assert (found.status, found.findings) == ("unproven", [])


@pytest.mark.parametrize(
    "change",
    [fewer_votes(1), fewer_votes(9), more_votes(9, "2"), more_votes(10, "1"), newcomers(3, **NEWCOMER),
     said_more_precisely, fewer_free_answers, fewer_answers, other_totals],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_differences_about_too_few_people(change: Change, first: Bundle, tmp_path: Path) -> None:
    assert differences.between(first, second(tmp_path, change)).status == "fail"


def test_newcomers_without_a_class_beside_some_with_one(first: Bundle, tmp_path: Path) -> None:
    def change(found: Tables) -> None:
        newcomers(10, **NEWCOMER)(found)
        newcomers(3)(found)

    found = differences.between(first, second(tmp_path, change))
    assert any("without a class" in finding for finding in found.findings)


# With the operator's inputs: people are counted, not rows.


def inputs(folder: Path, found: Tables, votes: list[tuple[str, str, str, str, str]]) -> Private:
    folder.mkdir()
    with (folder / "contributions.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("contribution", "live", "author", "arrival"))
        for row in found["contributions"]:
            name = row.get("title") or row.get("number", "")
            out.writerow((row["contribution"], name, name if row["official"] == "false" else "", ""))
    with (folder / "votes.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("live", "author", "choice", "week", "since"))
        out.writerows(sorted(votes))
    return Private(folder)


def ballots(count: int, choice: str = "agree", start: int = 0) -> list[tuple[str, str, str, str, str]]:
    return [("Article 0", f"voter {start + n}", choice, "", "1") for n in range(count)]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (ballots(20), ballots(20), "pass"),
        (ballots(20), ballots(10), "pass"),
        (ballots(20), ballots(20, start=1), "fail"),  # one left and one came: as many rows as before
        (ballots(20), ballots(1, "disagree") + ballots(19, start=1), "fail"),
        (ballots(20), ballots(20, start=10), "pass"),
        (ballots(20), [], "pass"),
        (ballots(20), ballots(15), "fail"),
    ],
)
def test_people_are_counted_when_they_are_known(
    before: list[Any], after: list[Any], status: str, first: Bundle, tmp_path: Path
) -> None:
    later = second(tmp_path, nothing)
    one = inputs(tmp_path / "inputs 1", tables(1), before)
    two = inputs(tmp_path / "inputs 2", tables(2), after)
    assert differences.between(first, later, one, two).status == status


votes_of_people = st.dictionaries(st.integers(0, 25), st.sampled_from(["agree", "disagree"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=votes_of_people, after=votes_of_people)
def test_voters_as_counted_by_hand(before: dict[int, str], after: dict[int, str], tmp_path_factory: Any) -> None:
    """An independent reading of the rule: who is not there in the same way in both is 0 or at least k people."""
    folder = tmp_path_factory.mktemp("voters")

    def given(name: str, votes: dict[int, str]) -> Private:
        rows = [("item", str(person), choice, "", "1") for person, choice in votes.items()]
        return inputs(folder / name, {"contributions": []}, rows)

    result = Result("G2", "", "")
    differences._voters(given("1", before), given("2", after), 10, result)
    changed = sum(before.get(person) != after.get(person) for person in before.keys() | after.keys())
    assert (result.found > 0) == (0 < changed < 10)


def test_ids_of_another_release_or_of_the_site(first: Bundle, tmp_path: Path) -> None:
    other = second(tmp_path, nothing)
    assert identifiers.shared([first, other], {}).status == "unproven"
    some = next(row["contribution"] for row in tables(1)["contributions"])
    assert identifiers.shared([first, other], {}, frozenset({"elsewhere"})).status == "pass"
    assert identifiers.shared([first, other], {}, frozenset({some})).status == "fail"
    again = Bundle(write(tmp_path / "same ids", tables(1)))
    assert identifiers.shared([first, again], {}).status == "fail"


def test_author_references_of_another_consultation(tmp_path: Path) -> None:
    def with_reference(number: int, slug: str) -> Bundle:
        found = tables(number)
        found["consultation"][0]["slug"] = slug
        rows: list[Record] = [row for row in found["contributions"] if row["official"] == "false"]
        rows[0]["author_ref"] = "abcdefghij"
        return Bundle(write(tmp_path / f"{slug}-{number}", found, number))

    one, two, other = with_reference(1, "a"), with_reference(2, "a"), with_reference(3, "b")
    assert identifiers.shared([one, two], {}).found == 0
    assert identifiers.shared([one, other], {}).found == 1
