"""The two languages of pages and mails. The French sentence is the key; English comes from ``locale/en.po``."""

import datetime
from pathlib import Path
from typing import Final

from babel.dates import format_date
from babel.messages.pofile import read_po
from jinja2 import Environment, PackageLoader, StrictUndefined

from contracts.events import Language

LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")


def english() -> dict[str, str]:
    """French sentence to English sentence."""
    with (Path(__file__).parent / "locale" / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def page_environments() -> dict[Language, Environment]:
    """The templates of the pages, once per language."""
    translations = english()
    return {"fr": _page_environment("fr", {}), "en": _page_environment("en", translations)}


def mail_environment() -> Environment:
    """The templates of the mails: plain text, one file per language."""
    return Environment(  # noqa: S701 - plain text has nothing to escape
        loader=PackageLoader("identity_service", "mails"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(text: str | None) -> Language:
    """``text`` when it is a language of the pages, French otherwise."""
    return "en" if text == "en" else "fr"


def long_day(day: datetime.date, language: Language) -> str:
    """``23 novembre 2026``, ``1er décembre 2026``, ``23 November 2026``."""
    if language == "en":
        return format_date(day, "long", locale="en_GB")
    text = format_date(day, "long", locale="fr")
    return text.replace("1 ", "1er ", 1) if day.day == 1 else text


def _page_environment(language: Language, translations: dict[str, str]) -> Environment:
    environment = Environment(
        loader=PackageLoader("identity_service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )

    def plural(one: str, many: str, count: int) -> str:
        # French counts zero as one; English does not.
        chosen = one if count == 1 or (count == 0 and language == "fr") else many
        return translations.get(chosen, chosen)

    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        lambda sentence: translations.get(sentence, sentence), plural, newstyle=True
    )
    environment.globals["language"] = language
    environment.filters["day"] = lambda day: long_day(day, language)
    return environment
