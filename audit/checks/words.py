"""G4: personal data in what people wrote. Simple patterns of the checker's own, with check digits where there are some;
they know nothing of those that the site uses.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Final

from audit.bundle import Bundle
from audit.private import Private
from audit.report import Result

_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
_SPELT_EMAIL: Final = re.compile(
    r"[\w.+-]{2,64} ?"
    r"(?:\(at\)|\[at\]|\{at\}|\barobase\b) ?[\w-]{2,63} ?(?:\.|\(dot\)|\[dot\]|\bpoint\b) ?[a-z]{2,10}\b",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\d+])(?:(?:\+|00)33[ .-]?(?:\(0\))?|0)[1-79](?:[ .-]?\d{2}){4}(?!\d)")
_NIR: Final = re.compile(r"(?<!\d)([12])[ ]?(\d{2})[ ]?(\d{2})[ ]?(\d{2}|2[AB])[ ]?(\d{3})[ ]?(\d{3})[ ]?(\d{2})(?!\d)")
_IBAN: Final = re.compile(r"(?<![A-Z0-9])FR\d{2}(?: ?[A-Z0-9]{4}){5} ?[A-Z0-9]{3}(?![A-Z0-9])")
WRITTEN: Final = {
    "contributions": ("title", "body", "explanation"), "versions": ("title", "body"), "answer_texts": ("text",),
}  # fmt: skip


def _nir(match: re.Match[str]) -> bool:
    digits = "".join(match.groups()[:6]).replace("2A", "19").replace("2B", "18")
    return 97 - int(digits) % 97 == int(match[7])


def _iban(match: re.Match[str]) -> bool:
    text = match[0].replace(" ", "")
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


PATTERNS: Final[dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], bool]]]] = {
    "e-mail address": (_EMAIL, lambda _: True),
    "disguised e-mail address": (_SPELT_EMAIL, lambda _: True),
    "telephone": (_PHONE, lambda _: True),
    "social security number": (_NIR, _nir),
    "bank account": (_IBAN, _iban),
}


def hits(text: str) -> Iterator[str]:
    """The kinds of personal data that ``text`` seems to hold."""
    for kind, (pattern, confirmed) in PATTERNS.items():
        if any(confirmed(match) for match in pattern.finditer(text)):
            yield kind


def written(bundle: Bundle, private: Private | None) -> Result:
    """Texts that look as if they held personal data are those, and only those, that a moderator let through."""
    result = Result("G4", bundle.label, "Textes sans données personnelles / no personal data in texts")
    reviewed = private.lines("reviewed.txt") if private else set()
    guarantee = bundle.document("guarantee.json") if "guarantee.json" in bundle.names else {}
    allowed = guarantee.get("reviewed", 0)
    suspects = 0
    for table, columns in WRITTEN.items():
        official = "official" if table == "contributions" else ""
        for row, values in enumerate(bundle.select(table, *columns, *([official] if official else [])), 2):
            if official and values[-1] == "true":
                continue
            for text in filter(None, values[: len(columns)]):
                kinds = ", ".join(hits(text))
                if not kinds:
                    continue
                suspects += 1
                if (
                    private
                    and private.has("reviewed.txt")
                    and hashlib.sha256(text.encode()).hexdigest() not in reviewed
                ):
                    result.find(f"{table}.csv record {row}: {kinds}, and no moderator let it through")
    result.figures |= {"texts that look so": suspects, "let through": allowed}
    if not (private and private.has("reviewed.txt")) and suspects:
        if not isinstance(allowed, int) or suspects > allowed:
            result.find(
                f"{suspects} texts look as if they held personal data; the release says that {allowed} were read"
            )
        result.missing = "which texts a moderator let through can only be seen with the operator's inputs"
    return result


def canaries(bundle: Bundle, strings: set[str]) -> Result:
    """Strings that must be nowhere, in whatever file and however they are written."""
    result = Result("CANARY", bundle.label, "Aucune chaîne interdite / no forbidden string")
    forms = {form: number for number, string in enumerate(sorted(strings), 1) for form in _forms(string)}
    wanted = re.compile(b"|".join(map(re.escape, sorted(forms, key=len, reverse=True)))) if forms else None
    for name in bundle.names:
        if wanted is None:
            break
        with bundle.open(name) as file:
            kept = b""
            while piece := file.read(1 << 20):
                if found := wanted.search((kept + piece).lower()):
                    result.find(f"{name} holds the forbidden string number {forms[found[0]]}")
                    break
                kept = piece[-512:]
    result.figures["strings"] = len(strings)
    return result


def _forms(string: str) -> Iterator[bytes]:
    """A string as it may be written: as it is, in UTF-16, in hexadecimal, in base64 at any of three alignments."""
    data = string.encode()
    yield data.lower()
    yield string.lower().encode("utf-16-le")
    yield data.hex().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data).rstrip(b"=")
        # The first and last characters depend on what stands beside.
        yield encoded[(shift * 4 + 2) // 3 : -1 if (len(data) + shift) % 3 else None].lower()
