"""E-mail addresses: what is accepted, when two are the same person's, and what they look like in a log (nothing).

An address is kept as typed, because that is where mail arrives; it is compared in a canonical form, because
``Jean.Dupont+vote@Gmail.com`` and ``jeandupont@gmail.com`` are one mailbox. ``email-validator`` checks the syntax (it
refuses line breaks, quoted local parts and IP literals) but neither canonicalises nor sees look-alikes.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from confusable_homoglyphs import categories, confusables
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from contracts.http import Refusal

MAX_CHARS: Final = 254
GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
NEUTRAL_SCRIPTS: Final = frozenset({"COMMON", "INHERITED"})
SCRIPTS_WRITTEN_TOGETHER: Final = (frozenset({"HAN", "HIRAGANA", "KATAKANA"}), frozenset({"HAN", "HANGUL"}))


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An accepted address. It prints as ``<email>`` wherever it ends up."""

    typed: str
    """As typed, white space around it removed: where mail is sent."""
    canonical: str
    """The same for every spelling of one mailbox; only its keyed digest is stored."""
    envelope: str
    """The form that SMTP takes: the domain in ASCII."""
    disposable: bool
    """Whether the domain is on a public list of throw-away addresses: a flag, not a refusal."""

    def __repr__(self) -> str:
        return "<email>"

    __str__ = __repr__


def parse(text: str) -> Address:
    """Check an address. Raises ``Refusal``: ``address_invalid`` or ``address_look_alike``, on the field ``email``."""
    typed = text.strip()
    if len(typed) > MAX_CHARS:
        raise Refusal("address_invalid", field="email")
    if unicodedata.normalize("NFKC", typed) != unicodedata.normalize("NFC", typed):
        raise Refusal("address_look_alike", field="email")
    try:
        valid = validate_email(typed, check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        raise Refusal("address_invalid", field="email") from None
    if any(_looks_like_another(part) for part in (valid.local_part, *valid.domain.split("."))):
        raise Refusal("address_look_alike", field="email")
    domain = valid.ascii_domain.lower()
    return Address(
        typed=typed,
        canonical=f"{_canonical_local(valid, domain)}@{'gmail.com' if domain in GMAIL else domain}",
        envelope=f"{valid.local_part}@{domain}",
        disposable=_is_disposable(domain),
    )


def _canonical_local(valid: ValidatedEmail, domain: str) -> str:
    # Lower case may leave NFKC, and the other way round: twice settles every letter.
    local = unicodedata.normalize("NFKC", valid.local_part.lower())
    local = unicodedata.normalize("NFKC", local.lower())
    bare = local.split("+", 1)[0] or local
    return bare.replace(".", "") if domain in GMAIL else bare


def _looks_like_another(part: str) -> bool:
    """Several scripts in one name, or a foreign one whose every letter passes for a Latin one (UTS 39, section 5)."""
    scripts = categories.unique_aliases(part) - NEUTRAL_SCRIPTS
    if len(scripts) > 1:
        return not any(scripts <= together for together in SCRIPTS_WRITTEN_TOGETHER)
    if scripts <= {"LATIN"}:
        return False
    letters = {character for character in part if character.isalpha()}
    return all(confusables.is_confusable(letter, preferred_aliases=["latin"]) for letter in letters)


def _is_disposable(domain: str) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
