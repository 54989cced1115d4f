"""The two languages of the pages. The French sentence is the key; English comes from ``locale/en.po``."""

import re
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined

from consultation_service.states import in_english, in_french
from contracts.look import Look
from contracts.static import StaticFiles

Language = Literal["fr", "en"]


def english() -> dict[str, str]:
    """French sentence to English sentence: ``en.po`` for what participants read, a file per part of the back office."""
    found: dict[str, str] = {}
    folder = Path(__file__).parent / "locale"
    for path in (folder / "en.po", *sorted((folder / "en").glob("*.po"))):
        with path.open("rb") as file:
            catalogue = read_po(file, locale="en", abort_invalid=True)
        found |= {str(message.id): str(message.string) for message in catalogue if message.id}
    return found


def environments(look: Look, static: StaticFiles) -> dict[Language, Environment]:
    """The templates, once per language."""
    made: dict[Language, Environment] = {"fr": _environment("fr", {}), "en": _environment("en", english())}
    for environment in made.values():
        environment.globals |= {"look": look, "asset": static.address}
    return made


def _environment(language: Language, translations: dict[str, str]) -> Environment:
    environment = Environment(
        loader=PackageLoader("consultation_service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        typeset if language == "fr" else lambda sentence: translations.get(sentence, sentence),
        lambda one, many, count: one if count == 1 else many,
        newstyle=True,
    )
    environment.globals["language"] = language
    environment.filters["number"] = lambda value: format_decimal(value, locale=language)
    environment.filters["day"] = in_english if language == "en" else in_french
    return environment


@cache
def typeset(sentence: str) -> str:
    """A French sentence whose signs stay on the line of their word: « », before : ; ! ?, inside 1 000."""
    return _APART.sub("\u00a0", sentence)


_APART: Final = re.compile(r"(?<=\S) (?=[:;!?»])|(?<=«) |(?<=\d) (?=\d{3}\b)")

LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")


def language_of(text: str | None) -> Language:
    """``text`` when it is a language of the pages, French otherwise."""
    return "en" if text == "en" else "fr"
