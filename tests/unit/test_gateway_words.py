"""Every sentence of the pages is translated, and no translation is left over."""

import ast
import datetime
from pathlib import Path

import pytest
from jinja2 import Environment

from gateway.site.votes import shares
from gateway.words import Words, english

SITE = Path("gateway/site")


def sentences() -> set[str]:
    """The sentences of the templates (plural forms by their singular) and of ``templating.py``."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, autoescape=True)
    found = set()
    for template in SITE.glob("templates/*.html"):
        for _, _, message in environment.extract_translations(template.read_text()):  # type: ignore[attr-defined]
            found.add(message if isinstance(message, str) else message[0])
    for node in ast.walk(ast.parse((SITE / "templating.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            assert isinstance(node.args[0], ast.Constant)
            found.add(str(node.args[0].value))
    return found


def test_every_sentence_has_its_english_and_no_other_is_kept() -> None:
    assert sentences() == english().keys()
    assert all(all(forms) for forms in english().values())


def test_the_placeholders_are_the_same() -> None:
    for french, forms in english().items():
        for form in forms:
            assert french.count("%(") == form.count("%(")


@pytest.mark.parametrize(
    ("number", "french", "other"), [(0, "vote", "votes"), (1, "vote", "vote"), (2, "votes", "votes")]
)
def test_plurals_differ_between_the_languages(number: int, french: str, other: str) -> None:
    assert Words("fr").count("%(number)s vote", "%(number)s votes", number) == f"%(number)s {french}"
    assert Words("en").count("%(number)s vote", "%(number)s votes", number) == f"%(number)s {other}"


def test_dates_and_numbers_have_the_form_of_the_language() -> None:
    first = datetime.date(2026, 12, 1)
    assert (Words("fr").date(first), Words("en").date(first)) == ("1er décembre 2026", "1 December 2026")
    assert (Words("fr").number(12345), Words("en").number(12345)) == ("12\u202f345", "12,345")
    assert (Words("fr").percent(33), Words("en").percent(33)) == ("33\xa0%", "33%")


@pytest.mark.parametrize(
    ("votes", "shown"),
    [([1, 1, 1], [34, 33, 33]), ([35, 6, 4], [78, 13, 9]), ([0, 0, 0], [0, 0, 0]), ([7], [100]), ([999, 1], [100, 0])],
)
def test_percentages_add_up_to_a_hundred(votes: list[int], shown: list[int]) -> None:
    assert shares(votes) == shown
