"""Texts as search reads them: no markup, and every sign that is neither a letter nor a digit made plain.

Why: PostgreSQL takes any character beyond ASCII for a letter when the server has no locale (ours has none, so that
it sorts alike everywhere). With “l’école” or “« école »” as typed, nobody who looks for “école” would find it.
"""

import html
import re
from typing import Final

MARK_START: Final = "\ue000"
MARK_END: Final = "\ue001"
"""Around the words found, until the template has escaped the rest. No text stored here holds them."""

MAX_CHARS: Final = 100_000
"""The search of PostgreSQL takes a megabyte at most; what follows in a longer text is not searched."""

_INLINE: Final = re.compile(r"</?(?:em|strong|a|code)\b[^>]*>")
_TAG: Final = re.compile(r"<[^>]*>")
_SIGNS: Final = str.maketrans({"’": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_OTHER: Final = re.compile(r"[^\x21-\x7e\w]+|[<>&]+")  # < and &: PostgreSQL would skip what looks like markup
_SLASH: Final = re.compile(r"(?<=\w)/(?=\w)")  # "et/ou" would be the name of a file


def signs(text: str) -> str:
    """``text`` with plain quotes, hyphens and spaces, and a space instead of any other sign."""
    plain = _OTHER.sub(" ", text[:MAX_CHARS].translate(_SIGNS))
    return " ".join(_SLASH.sub(" / ", plain).split())


def of_html(body_html: str) -> str:
    """A sanitised text without its markup."""
    return signs(html.unescape(_TAG.sub(" ", _INLINE.sub("", body_html))))
