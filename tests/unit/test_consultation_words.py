"""Every sentence of the pages is translated, and no translation is left over."""

from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir

from consultation_service import words
from consultation_service.errors import REASONS
from contracts.http import COMMON_REASONS, Refusal, problem

FACTS = ("limit", "minutes", "least", "most", "budget", "line", "version", "format", "path")
NUMBERS: dict[str, Any] = dict.fromkeys(FACTS, 1)
PACKAGE = Path(words.__file__).parent


def test_every_sentence_is_translated_and_every_translation_used() -> None:
    found = extract_from_dir(PACKAGE / "templates", method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")])
    assert {sentence for _, _, sentence, _, _ in found} == set(words.english())


def test_signs_stay_on_the_line_of_their_word() -> None:
    assert words.typeset("« Oui » : vraiment ? Oui !") == "«\u00a0Oui\u00a0»\u00a0: vraiment\u00a0? Oui\u00a0!"
    assert words.typeset("10 000 octets, 2 par ligne") == "10\u00a0000 octets, 2 par ligne"
    assert words.typeset("https://a.example/?b, 10:30, %(day)s.") == "https://a.example/?b, 10:30, %(day)s."


def test_every_refusal_reads_well_in_both_languages() -> None:
    for code in {**COMMON_REASONS, **REASONS}:
        found = problem(Refusal(code, date_fr="1er mai 2026", date_en="1 May 2026", **NUMBERS), REASONS)
        assert found.fr != found.en
        assert found.fr.endswith(".")
        assert found.en.endswith(".")
        assert "{" not in found.fr + found.en
