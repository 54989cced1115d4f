"""Attributes: the catalogue is complete, and only what it has is kept."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.rules.attributes import CATALOGUE, check_attributes, coarser
from consultation_service.rules.territories import DEPARTMENTS, REGION_OF, REGIONS
from contracts.http import Refusal


def test_departments_are_all_there() -> None:
    mainland = {f"{n:02}" for n in range(1, 96)} - {"20"} | {"2A", "2B"}
    overseas = {"971", "972", "973", "974", "976"}
    assert len(mainland | overseas) == 101
    assert DEPARTMENTS.keys() == mainland | overseas | {"975", "977", "978", "986", "987", "988", "99"}
    assert len(set(DEPARTMENTS.values())) == len(DEPARTMENTS)


def test_regions_are_all_there() -> None:
    assert len(REGIONS) == 13 + 5 + 2
    assert set(REGION_OF.values()) == REGIONS.keys()
    counts = {region: list(REGION_OF.values()).count(region) for region in REGIONS}
    assert counts == {
        "84": 12, "27": 8, "53": 4, "24": 6, "94": 2, "44": 10, "32": 5, "11": 8, "28": 5, "75": 12, "76": 13, "52": 5,
        "93": 6, "01": 1, "02": 1, "03": 1, "04": 1, "06": 1, "COM": 6, "99": 1,
    }  # fmt: skip


def test_every_value_has_words_in_both_languages() -> None:
    for attribute in CATALOGUE.values():
        for label in (attribute.label, *attribute.values.values()):
            assert all(words.strip() for words in label)
        if attribute.coarser:
            assert attribute.coarser_value.keys() == attribute.values.keys()
            assert set(attribute.coarser_value.values()) <= CATALOGUE[attribute.coarser].values.keys()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("department", "2A", ("region", "94")),
        ("department", "974", ("region", "04")),
        ("region", "94", None),
        ("age", "75+", None),
    ],
)
def test_coarser(name: str, value: str, expected: tuple[str, str] | None) -> None:
    assert coarser(name, value) == expected


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({}, {}),
        ({"department": "", "age": None}, {}),
        ({"department": "75", "region": "11", "age": "18-24"}, {"department": "75", "region": "11", "age": "18-24"}),
        ({"department": "75", "region": "75"}, "attributes_disagree"),
        ({"department": "20"}, "attribute_refused"),
        ({"department": 75}, "attribute_refused"),
        ({"age": ["18-24"]}, "attribute_refused"),
        ({"status": "citizen"}, "attribute_unknown"),
        ({"name": "Camille Exemple"}, "attribute_unknown"),
    ],
)
def test_check_attributes(given_: dict[str, Any], expected: dict[str, str] | str) -> None:
    declared = ("department", "region", "age", "name")
    if isinstance(expected, dict):
        assert check_attributes(given_, declared) == expected
        return
    with pytest.raises(Refusal) as refused:
        check_attributes(given_, declared)
    assert refused.value.code == expected


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from([*a.values, ""]) for name, a in CATALOGUE.items()}))
def test_what_is_kept_is_kept_again(values: dict[str, str]) -> None:
    try:
        kept = check_attributes(values, CATALOGUE)
    except Refusal:
        assert values["region"] != REGION_OF[values["department"]]
        return
    assert kept == {name: value for name, value in values.items() if value}
    assert check_attributes(kept, CATALOGUE) == kept
