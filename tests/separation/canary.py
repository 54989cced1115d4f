"""The canary: unique marks put in every personal field, then looked for in raw bytes, under every common disguise.

A query only finds what it looks for in the column where it looks. Reading the raw files also finds deleted rows,
write-ahead logs, statement logs and unsalted hashes. What this cannot find by design: keyed hashes and ciphertexts
whose key is elsewhere, which is what identity_service keeps.
"""

import base64
import dataclasses
import hashlib
import html
import ipaddress
import json
import os
import pathlib
import re
import secrets
import urllib.parse
import zlib
from collections.abc import Iterator

HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")
DIGEST_PREFIX = 9
"""Bytes of a digest that are looked for: a truncated hash is found too, and chance does not reach that far."""
SHORTEST_PATTERN = 8
LARGEST_INFLATED = 4 << 20
_BLANK_PAGE = bytes(8192)
_DEFLATED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


@dataclasses.dataclass(frozen=True)
class Hit:
    """One mark found: in which file, which mark, under which disguise."""

    place: str
    mark: str
    disguise: str


@dataclasses.dataclass(frozen=True)
class Participant:
    """A person of our invention, every trait of whom is found nowhere else in the world."""

    tag: str

    @classmethod
    def invent(cls) -> "Participant":
        return cls(secrets.token_hex(6))

    @property
    def name(self) -> str:
        return f"Zphyrine.Qvolte{self.tag}"

    @property
    def domain(self) -> str:
        return f"temoin-{self.tag}.example"

    @property
    def address(self) -> str:
        return f"{self.name}@{self.domain}"

    @property
    def ip(self) -> str:
        """In 2001:db8::/32 (RFC 3849), so long that neither its text nor its bytes appear by chance."""
        network = int(ipaddress.IPv6Address("2001:db8::"))
        return str(ipaddress.IPv6Address(network | (0xA5 << 88) | (int(self.tag, 16) << 24) | 0xBEEF01))

    @property
    def old_ip(self) -> str:
        """In 198.51.100.0/24 (RFC 5737)."""
        return f"198.51.100.{100 + int(self.tag, 16) % 150}"

    @property
    def user_agent(self) -> str:
        return f"UACanari/{self.tag}"

    @property
    def query(self) -> str:
        return f"requete-{self.tag}"

    @property
    def opinion(self) -> str:
        return f"Opinyon{self.tag}"

    def personal(self) -> dict[str, str]:
        """What nothing outside identity may hold."""
        return {
            "address": self.address,
            "name": self.name,
            "domain": self.domain,
            "ip": self.ip,
            "old ip": self.old_ip,
            "user agent": self.user_agent,
        }


def disguises(mark: str) -> dict[str, bytes]:
    """The byte patterns under which ``mark`` may hide, by the name of the disguise."""
    found: dict[str, bytes] = {}
    for case, text in _cases(mark).items():
        plain = text.encode()
        found |= {f"{case}": plain, f"{case} utf-16": text.encode("utf-16-le"), f"{case} reversed": plain[::-1]}
        found |= {f"{case} hex": plain.hex().encode(), f"{case} HEX": plain.hex().upper().encode()}
        found |= {f"{case} {name}": pattern for name, pattern in _base64(plain).items()}
        found |= {f"{case} {name}": pattern for name, pattern in _hashes(plain).items()}
    found["utf-16 big endian"] = mark.encode("utf-16-be")
    found["url"] = urllib.parse.quote(mark, safe="").encode()
    found["html"] = html.escape(mark).replace("@", "&#64;").encode()
    found["json"] = json.dumps(mark)[1:-1].replace("@", "\\u0040").encode()
    found["spaced"] = mark.replace(".", " ").encode()
    if _is_address(mark):
        packed = ipaddress.ip_address(mark).packed
        found |= {"packed": packed, "packed hex": packed.hex().encode(), "exploded": _exploded(mark)}
        found |= {f"packed {name}": pattern for name, pattern in _hashes(packed).items()}
    return _without_repeats(found)


def scan(data: bytes, marks: dict[str, str], place: str) -> list[Hit]:
    """Every mark found in ``data``, compressed parts of it included."""
    return _find(data, _patterns(marks), place)


def scan_files(paths: list[pathlib.Path], marks: dict[str, str]) -> list[Hit]:
    """Every mark found in the files ``paths`` and below the folders among them. Raises ``ValueError`` without any."""
    patterns = _patterns(marks)
    files = [file for path in paths for file in files_below(path)]
    if not files:
        raise ValueError(f"nothing to read in {paths}")
    seen: set[bytes] = set()
    found: list[Hit] = []
    for file in files:
        data = file.read_bytes()
        # A new database is a copy of a template: most of its files are those of the others.
        digest = hashlib.sha256(data).digest()
        if digest not in seen:
            seen.add(digest)
            found += _find(data, patterns, str(file))
    return found


def files_below(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """``path`` itself when it is a file, or else every file below it."""
    if path.is_file():
        yield path
    for folder, _, names in os.walk(path):
        yield from (file for name in names if (file := pathlib.Path(folder, name)).is_file())


def _patterns(marks: dict[str, str]) -> list[tuple[str, str, bytes]]:
    return [(mark, name, pattern) for mark, text in marks.items() for name, pattern in disguises(text).items()]


def _find(data: bytes, patterns: list[tuple[str, str, bytes]], place: str) -> list[Hit]:
    parts = [_without_blank_pages(data), *_inflated(data)]
    return [Hit(place, mark, name) for mark, name, pattern in patterns if any(pattern in part for part in parts)]


def _without_blank_pages(data: bytes) -> bytes:
    """A write-ahead log is mostly empty; leaving empty pages out makes reading it ten times faster."""
    if _BLANK_PAGE not in data:
        return data
    pages = (data[at : at + 8192] for at in range(0, len(data), 8192))
    return b"".join(page for page in pages if page != _BLANK_PAGE)


def _inflated(data: bytes) -> Iterator[bytes]:
    for start in _DEFLATED.finditer(data):
        try:
            inflated = zlib.decompressobj(47).decompress(data[start.start() :], LARGEST_INFLATED)
        except zlib.error:
            continue
        if len(inflated) >= SHORTEST_PATTERN:
            yield inflated


def _cases(mark: str) -> dict[str, str]:
    return {"plain": mark, "lower": mark.lower(), "upper": mark.upper()}


def _base64(plain: bytes) -> dict[str, bytes]:
    """What is constant in the base64 of anything that contains ``plain``, for each of its three alignments."""
    found = {}
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + plain).rstrip(b"=")
        whole = encoded[(0, 2, 3)[offset] : len(encoded) - ((len(plain) + offset) % 3 > 0)]
        found[f"base64 {offset}"] = whole
        found[f"base64url {offset}"] = whole.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def _hashes(plain: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in HASHES:
        digest = hashlib.new(name, plain).digest()[:DIGEST_PREFIX]
        encoded = base64.b64encode(digest)
        found |= {name: digest, f"{name} hex": digest.hex().encode(), f"{name} HEX": digest.hex().upper().encode()}
        found |= {f"{name} base64": encoded, f"{name} base64url": encoded.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def _is_address(mark: str) -> bool:
    try:
        ipaddress.ip_address(mark)
    except ValueError:
        return False
    return True


def _exploded(mark: str) -> bytes:
    return ipaddress.ip_address(mark).exploded.encode()


def _without_repeats(found: dict[str, bytes]) -> dict[str, bytes]:
    """A pattern under eight bytes, such as the packed form of an IPv4 address, is found everywhere by chance."""
    unique: dict[bytes, str] = {}
    for name, pattern in found.items():
        if len(pattern) >= SHORTEST_PATTERN:
            unique.setdefault(pattern, name)
    return {name: pattern for pattern, name in unique.items()}
