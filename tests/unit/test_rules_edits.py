"""Edits: votes stay on their version, and everybody can read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules.edits import (
    MAX_VERSIONS,
    Limits,
    Votes,
    before_edit,
    next_version,
    require_edit_allowed,
    require_report_allowed,
    require_text_allowed,
    told_of_votes,
    told_to_voter,
    votes_on,
)
from contracts.http import Refusal


@pytest.mark.parametrize(
    ("version", "by_version", "expected"),
    [
        (1, {}, Votes(0, 0, ())),
        (1, {1: 3}, Votes(3, 0, ((1, 3),))),
        (2, {1: 3}, Votes(0, 3, ((1, 3),))),
        (3, {3: 2, 1: 5, 2: 0}, Votes(2, 5, ((1, 5), (3, 2)))),
    ],
)
def test_votes_on(version: int, by_version: dict[int, int], expected: Votes) -> None:
    assert votes_on(version, by_version) == expected


@pytest.mark.parametrize("version", [0, 2])
def test_votes_on_versions_that_do_not_exist(version: int) -> None:
    with pytest.raises(ValueError, match="versions"):
        votes_on(1, {version: 1})


@given(st.dictionaries(st.integers(1, 5), st.integers(0, 50)), st.integers(5, 9))
def test_an_edit_changes_no_total(by_version: dict[int, int], version: int) -> None:
    before, after = votes_on(version, by_version), votes_on(version + 1, by_version)
    assert before.total == after.total == sum(by_version.values())
    assert before.by_version == after.by_version
    assert after.present == 0


def test_sentences() -> None:
    assert told_of_votes(votes_on(1, {1: 4})) is None
    assert told_of_votes(votes_on(2, {1: 4, 2: 1})) == (
        "5 votes au total, dont 4 sur la version 1, 1 sur la version 2.",
        "5 votes in all: 4 on version 1, 1 on version 2.",
    )
    assert told_to_voter(2, 2) is None
    french, english = told_to_voter(1, 3) or ("", "")
    assert "version 1" in french
    assert "version 3" in french
    assert "You voted on version 1" in english
    assert "Personne n’a encore voté" in before_edit(0)[0]
    assert "1 vote." in before_edit(1)[0]
    assert "12 votes." in before_edit(12)[1]


def test_next_version() -> None:
    assert next_version(1, ("Titre", "Texte"), ("Titre", "Texte")) == 1
    assert next_version(1, ("Titre", "Texte"), ("Titre", "Autre")) == 2
    with pytest.raises(Refusal) as refused:
        next_version(MAX_VERSIONS, ("Titre", "Texte"), ("Titre", "Autre"))
    assert refused.value.code == "too_many_versions"


LIMITS = Limits(texts_a_day={"proposal": 2}, edits_a_day=3, reports_a_day=1)


@pytest.mark.parametrize(
    ("kind", "written", "allowed"),
    [("proposal", 0, True), ("proposal", 1, True), ("proposal", 2, False), ("other", 99, True)],
)
def test_texts_a_day(kind: str, written: int, allowed: bool) -> None:
    if allowed:
        require_text_allowed(LIMITS, kind, written)
        return
    with pytest.raises(Refusal) as refused:
        require_text_allowed(LIMITS, kind, written)
    assert (refused.value.code, refused.value.facts) == ("too_many_texts", {"most": 2})


def test_edits_and_reports_a_day() -> None:
    require_edit_allowed(LIMITS, 2)
    require_report_allowed(LIMITS, 0)
    with pytest.raises(Refusal) as refused:
        require_edit_allowed(LIMITS, 3)
    assert refused.value.code == "too_many_edits"
    with pytest.raises(Refusal) as refused:
        require_report_allowed(LIMITS, 1)
    assert refused.value.code == "too_many_reports"
