"""Reasons: each refusal of the rules has its sentences, each sentence its refusal; rules keep to themselves."""

import ast
import pathlib
import string

import pytest

from consultation_service import rules
from consultation_service.errors import REASONS as SERVICE_REASONS
from consultation_service.rules.reasons import PARTICIPANT, REASONS, STAFF
from contracts.http import COMMON_REASONS, Refusal, problem

FILES = sorted(pathlib.Path(rules.__path__[0]).glob("*.py"))
MODULES = {path.stem: ast.parse(path.read_text()) for path in FILES}
KNOWN = {**COMMON_REASONS, **SERVICE_REASONS, **REASONS}
PURE = {
    "ast", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "fractions", "functools", "hashlib",
    "itertools", "math", "msgspec", "re", "statistics", "struct", "typing", "unicodedata",
    "consultation_service", "contracts",
}  # fmt: skip
NEIGHBOURS = {
    "consultation_service.contributions",
    "consultation_service.states",
    "contracts.http",
    "contracts.motives",
}


def refusals() -> list[tuple[str, set[str]]]:
    """Code and names of facts of each ``Refusal(…)``; codes of each ``Mistake(…)`` and of each ``yield "code"``."""
    found = []
    for module in MODULES.values():
        for node in ast.walk(module):
            match node:
                case ast.Call(func=ast.Name(id="Refusal"), args=[ast.Constant(value=str(code))], keywords=facts):
                    found.append((code, {fact.arg or "" for fact in facts} - {"field"}))
                case ast.Call(func=ast.Name(id="Mistake"), args=[_, ast.Constant(value=str(code))]):
                    found.append((code, set()))
                case ast.Yield(value=ast.Constant(value=str(code))):
                    found.append((code, set()))
    return found


@pytest.mark.parametrize(("code", "facts"), refusals())
def test_each_refusal_has_its_sentences(code: str, facts: set[str]) -> None:
    reason = KNOWN[code]
    for sentence in (reason.fr, reason.en):
        assert {name for _, name, _, _ in string.Formatter().parse(sentence) if name} <= facts


def test_each_sentence_has_its_refusal() -> None:
    assert REASONS.keys() <= {code for code, _ in refusals()}


def test_no_code_is_told_twice() -> None:
    assert SERVICE_REASONS.items() >= REASONS.items()
    assert not SERVICE_REASONS.keys() & COMMON_REASONS.keys()
    assert not PARTICIPANT.keys() & STAFF.keys()


def test_sentences_are_sentences() -> None:
    for reason in REASONS.values():
        assert 400 <= reason.status < 500
        assert reason.fr != reason.en
        for sentence in (reason.fr, reason.en):
            assert sentence.endswith(".")
            assert sentence[0].isupper()


def test_a_problem_document() -> None:
    told = problem(Refusal("ranking_too_long", field="ranking", most=3), REASONS)
    assert (told.status, told.fr) == (422, "Classez au plus 3 options.")


@pytest.mark.parametrize("name", MODULES)
def test_rules_are_pure(name: str) -> None:
    """No clock, no file, no network: only these modules are imported, and of ours only rules and what they need."""
    for node in ast.walk(MODULES[name]):
        imported = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module or ""]
        for module in imported:
            top = module.split(".", maxsplit=1)[0]
            assert top in PURE, module
            if top in ("consultation_service", "contracts"):
                assert module in NEIGHBOURS or module.startswith("consultation_service.rules."), module


@pytest.mark.parametrize("name", MODULES)
def test_files_are_short(name: str) -> None:
    assert len((FILES[0].parent / f"{name}.py").read_text().splitlines()) < 300
