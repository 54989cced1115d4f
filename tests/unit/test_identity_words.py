"""Every French sentence has its English, and nothing else is in the catalogue; every mail exists in both languages."""

from pathlib import Path
from typing import Any

import identity_service
from identity_service.errors import REASONS
from identity_service.words import english, mail_environment, page_environments

PACKAGE = Path(identity_service.__file__).parent


def sentences() -> set[str]:
    environment: Any = page_environments()["fr"]
    found: set[str] = set()
    for template in sorted((PACKAGE / "templates").rglob("*.html")):
        for _, _, message in environment.extract_translations(template.read_text()):
            found |= {message} if isinstance(message, str) else {part for part in message if part}
    return found


def test_translated_and_used() -> None:
    translations = english()
    assert sentences() - translations.keys() == set(), "without English"
    assert translations.keys() - sentences() == set(), "no longer used"
    assert all(translations.values())


def test_same_facts_in_both_languages() -> None:
    import re

    for french, translated in english().items():
        assert set(re.findall(r"%\(\w+\)s", french)) == set(re.findall(r"%\(\w+\)s", translated))
    for reason in REASONS.values():
        assert set(re.findall(r"{\w+}", reason.fr)) == set(re.findall(r"{\w+}", reason.en))


def test_mails_exist_in_both_languages() -> None:
    names = {path.name for path in (PACKAGE / "mails").iterdir()}
    assert {name.replace(".fr.", ".en.") for name in names if ".fr." in name} == {n for n in names if ".en." in n}
    for name in names:
        assert mail_environment().get_template(name)
        assert (PACKAGE / "mails" / name).read_text().startswith("Subject: ")
