"""The scanner itself: a mark is found under each disguise, whatever surrounds it, and not when it is absent."""

import base64
import gzip
import hashlib
import ipaddress
import pathlib
import secrets
import urllib.parse
import zlib
from collections.abc import Callable

import pytest

from tests.separation.canary import Participant, disguises, scan, scan_files

WHO = Participant("a1b2c3d4e5f6")
LEAKS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda b: b,
    "lower": bytes.lower,
    "upper": bytes.upper,
    "hex": lambda b: b.hex().encode(),
    "reversed": lambda b: b[::-1],
    "utf-16": lambda b: b.decode().encode("utf-16-le"),
    "utf-16 big endian": lambda b: b.decode().encode("utf-16-be"),
    "url": lambda b: urllib.parse.quote(b.decode(), safe="").encode(),
    "base64 alone": base64.b64encode,
    "base64 after one byte": lambda b: base64.b64encode(b"<" + b + b"@@"),
    "base64 after two bytes": lambda b: base64.urlsafe_b64encode(b"ab" + b + b"~~~"),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "md5 hex": lambda b: hashlib.md5(b, usedforsecurity=False).hexdigest().encode(),
    "sha1": lambda b: hashlib.sha1(b, usedforsecurity=False).digest(),
    "sha256": lambda b: hashlib.sha256(b).digest(),
    "sha256 of lower case, hex": lambda b: hashlib.sha256(b.lower()).hexdigest().encode(),
    "sha256 cut to 12 bytes": lambda b: hashlib.sha256(b).digest()[:12],
    "sha512 base64": lambda b: base64.b64encode(hashlib.sha512(b).digest()),
    "blake2b": lambda b: hashlib.blake2b(b).digest(),
}


@pytest.mark.parametrize("trait", WHO.personal())
@pytest.mark.parametrize("leak", LEAKS)
def test_every_disguise_is_seen_through(leak: str, trait: str) -> None:
    leaked = LEAKS[leak](WHO.personal()[trait].encode())
    noise = secrets.token_bytes(5000)
    hits = scan(noise + leaked + noise, WHO.personal(), "somewhere")
    assert trait in {hit.mark for hit in hits}, f"{trait} hidden by {leak} was not found"


def test_an_address_is_found_as_bytes_and_in_full() -> None:
    address = ipaddress.ip_address(WHO.ip)
    assert scan(b"\x00" + address.packed, {"ip": WHO.ip}, "")
    assert scan(address.exploded.encode(), {"ip": WHO.ip}, "")


def test_nothing_is_found_where_there_is_nothing() -> None:
    stranger = Participant.invent()
    text = "\n".join(stranger.personal().values()).encode()
    assert scan(text + secrets.token_bytes(1 << 20), WHO.personal(), "") == []


def test_there_are_enough_disguises_and_none_is_found_by_chance() -> None:
    patterns = disguises(WHO.address)
    assert len(patterns) >= 40
    assert min(len(pattern) for pattern in patterns.values()) >= 8


def test_a_mark_is_found_between_blank_pages(tmp_path: pathlib.Path) -> None:
    page = WHO.name.encode().ljust(8192, b"\0")
    (tmp_path / "log").write_bytes(bytes(8192 * 3) + page + bytes(8192 * 3))
    assert {hit.mark for hit in scan_files([tmp_path], WHO.personal())} == {"name"}


def test_reading_nothing_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="nothing to read"):
        scan_files([tmp_path / "absent"], WHO.personal())
