"""CSV that spreadsheets cannot take for formulas (OWASP "CSV injection"), and that says how to get the exact text back.

Form: RFC 4180, UTF-8 without a byte order mark, CRLF, every field quoted, quotes doubled.

Rule. Where a cell may begin for some spreadsheet, an apostrophe is put in front of what could start a formula.
A cell may begin at the start of a field, of each of its lines, after a semicolon (a French spreadsheet splits there,
whatever the quotes) and after a tab. What could start a formula is a tab, or, after white space, quotes and invisible
characters, one of ``= + - @`` or its full-width, small or superscript variants; and also an apostrophe, or several,
before one of those, so that the rule can be undone. Control characters other than tab and line feed are removed;
CR LF and CR become LF.

To undo: where a cell may begin, take away one apostrophe that stands before such a thing (``original``).
"""

import re
from collections.abc import Iterable
from typing import Final

# White space and characters without width, which Excel and LibreOffice skip or which hide what follows from a reader.
_BLANK: Final = (
    r"(?:[^\S\n\t]|[\"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0])"
)
# = + - @ as typed, and what NFKC turns into them: full-width, small and superscript forms; also the minus sign.
_TRIGGER: Final = r"[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a\u207c\u208a\u208c\ufb29\u2212]"
_START: Final = r"(?:^|(?<=[;\t]))"
_DANGER: Final = re.compile(rf"{_START}(?='*(?:\t|{_BLANK}*{_TRIGGER}))", re.MULTILINE)
_SHIELDED: Final = re.compile(rf"{_START}'(?='*(?:\t|{_BLANK}*{_TRIGGER}))", re.MULTILINE)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_SUSPECT: Final = re.compile(rf"{_TRIGGER}|[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def safe(text: str) -> str:
    """``text`` as it is written in a field, before quoting."""
    if not _SUSPECT.search(text):
        return text
    lines = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _DANGER.sub("'", lines)


def original(field: str) -> str:
    """The inverse of ``safe``, for readers: the text that was published, less its control characters."""
    return _SHIELDED.sub("", field)


def line(fields: Iterable[str | int | None]) -> str:
    """One record. None is an empty field; numbers are ours, so they need no protection."""
    return ",".join('"' + _field(value).replace('"', '""') + '"' for value in fields) + "\r\n"


def _field(value: str | int | None) -> str:
    if value is None:
        return ""
    return safe(value) if isinstance(value, str) else str(value)
