"""Settings files: read strictly, and what is wrong is told by its line or its place, never by its words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from consultation_service.errors import REASONS
from consultation_service.settings_file import MAX_BYTES, SettingsFile, decode, encode, placed
from contracts.http import COMMON_REASONS, Refusal, problem

SECRET = "Ariane Delorme"


def document() -> dict[str, Any]:
    """The least file there is, with one section in another."""
    inside = {"key": "1.1", "settings": {"title": "Idées"}}
    return {
        "format": "cloison-consultation",
        "version": 1,
        "presentation": {"slug": "essai", "title": "Essai"},
        "organiser": {},
        "policy": {},
        "limits": {},
        "schedule": {"opens_on": "2026-12-01", "closes_on": "2027-01-31"},
        "sections": [{"key": "1", "settings": {"title": "Texte", "kind": "articles"}, "sections": [inside]}],
    }


def written(change: Callable[[dict[str, Any]], None] = lambda _: None) -> bytes:
    found = document()
    change(found)
    return json.dumps(found).encode()


def test_what_is_left_out_has_its_default() -> None:
    file = decode(written())
    assert isinstance(file, SettingsFile)
    assert [(each.path, each.parent, each.position) for each in placed(file)] == [
        ("sections.0", None, 0),
        ("sections.0.sections.0", "1", 0),
    ]


def test_written_and_read_again_it_is_the_same() -> None:
    file = decode(written())
    assert decode(encode(file)) == file
    assert encode(file).startswith(b'{\n  "format": "cloison-consultation",\n  "version": 1,')


def deep(found: dict[str, Any]) -> None:
    section = found["sections"][0]
    for depth in range(6):
        section["sections"] = [{"key": f"d{depth}", "settings": {"title": "Plus bas"}}]
        section = section["sections"][0]


def section(found: dict[str, Any]) -> Any:
    return found["sections"][0]["sections"][0]


RULES = {"method": "borda"}
WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "another format": (lambda d: d.update(format=SECRET), "settings_version", ""),
    "a later version": (lambda d: d.update(version=2), "settings_version", ""),
    "a version in words": (lambda d: d.update(version=SECRET), "settings_version", ""),
    "an unknown field": (lambda d: d["presentation"].update({SECRET: 1}), "settings_field", "presentation"),
    "a missing field": (lambda d: d["presentation"].pop("title"), "settings_field", "presentation.title"),
    "another form": (lambda d: d["policy"].update(level=SECRET), "settings_field", "policy.level"),
    "a bound": (lambda d: d["policy"].update(retention_days=-1), "settings_field", "policy.retention_days"),
    "an unknown kind": (
        lambda d: section(d)["settings"].update(kind=SECRET),
        "settings_field",
        "sections.0.sections.0.settings.kind",
    ),
    "a repeated key": (lambda d: section(d).update(key="1"), "settings_field", "sections.0.sections.0.key"),
    "rules elsewhere": (lambda d: section(d).update(ranking=RULES), "settings_field", "sections.0.sections.0.ranking"),
    "questions elsewhere": (
        lambda d: section(d).update(questionnaire={"sections": []}),
        "settings_field",
        "sections.0.sections.0.questionnaire",
    ),
    "articles elsewhere": (
        lambda d: section(d).update(texts=[{"title": "Un"}]),
        "settings_field",
        "sections.0.sections.0.texts",
    ),
    "an unknown section": (
        lambda d: d["schedule"].update(
            phases=[{"kind": "vote", "first": "2026-12-01", "last": "2026-12-02", "sections": ["2"]}]
        ),
        "settings_field",
        "schedule.phases.0.sections",
    ),
    "too deep": (deep, "nested_too_deep", "sections.0.sections.0.sections.0.sections.0.sections.0.sections"),
    "NUL": (lambda d: section(d)["settings"].update(title="a\0b"), "text_refused", ""),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_by_its_place(wrong: str) -> None:
    change, code, field = WRONG[wrong]
    with pytest.raises(Refusal) as refused:
        decode(written(change))
    assert (refused.value.code, refused.value.field) == (code, field)
    told = problem(refused.value, {**COMMON_REASONS, **REASONS})
    assert SECRET not in told.fr + told.en + told.field
    assert field in told.fr or code != "settings_field"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'{\n  "format": "cloison-consultation",\n  "version": 1,,\n}', 3),
        (b'{\n\n"format": "\xff"}', 3),
        (b"", 1),
        (b'{"a":' + b"[" * 100_000, 1),
    ],
)
def test_what_is_not_json_is_told_by_its_line(data: bytes, line: int) -> None:
    with pytest.raises(Refusal, match="settings_syntax") as refused:
        decode(data)
    assert refused.value.facts == {"line": line}


def test_half_a_character_is_refused() -> None:
    with pytest.raises(Refusal):
        decode(written().replace(b"Essai", b"\\ud800"))


def test_a_large_file_is_refused() -> None:
    with pytest.raises(Refusal, match="too_large"):
        decode(b" " * (MAX_BYTES + 1))
