"""Static files without a framework: named by the hash of their content, kept for ever by browsers (RFC 8246)."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final

from contracts.codings import IDENTITY, chosen
from contracts.http import Refusal

FOREVER: Final = b"public, max-age=31536000, immutable"
ASK_AGAIN: Final = b"no-cache"
"""For the plain name of a file, whose content may change."""
PACKED_SUFFIXES: Final = (".css", ".js", ".svg")
MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


HASHED: Final = re.compile(r"\.[0-9a-f]{12}\.\w+$")

Packers = Mapping[str, Callable[[bytes], bytes]]
Message = MutableMapping[str, Any]


class StaticFiles:
    """An ASGI application for ``files`` (name to content), packed once by each of ``packers`` (content coding to how).

    ``/pages.0123456789ab.css`` is kept for ever; ``/pages.css``, which one file of ours may name in another, is asked
    for again, unless that name has its hash already. It is mounted: what comes before the name is the application's.
    """

    def __init__(self, mount: str, files: Mapping[str, bytes], packers: Packers) -> None:
        self.mount = mount
        self._names = {name: _hashed(name, body) for name, body in files.items()}
        forms = {name: _forms(name, body, tuple(packers.items())) for name, body in files.items()}
        self._lasting = {self._names[name]: form for name, form in forms.items()}
        self._plain = forms

    def address(self, name: str) -> str:
        """Where ``name`` is served for ever; an unknown name is a mistake of ours."""
        return f"{self.mount}/{self._names[name]}"

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            raise Refusal("method_not_allowed")
        name = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
        forms = self._lasting.get(name) or self._plain.get(name)
        if forms is None:
            raise Refusal("not_found")
        asked = dict(scope["headers"])
        coding = chosen(asked.get(b"accept-encoding", b""))
        coding = coding if coding in forms else IDENTITY
        body = forms[coding]
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'.encode()
        lasting = name in self._lasting or HASHED.search(name) is not None
        suffix = name[name.rindex(".") :]
        headers = [
            (b"cache-control", FOREVER if lasting else ASK_AGAIN),
            (b"etag", tag),
            (b"vary", b"accept-encoding"),
            (b"content-type", MEDIA[suffix].encode()),
        ]
        if coding != IDENTITY:
            headers.append((b"content-encoding", coding.encode()))
        known = [each.strip().removeprefix(b"W/") for each in asked.get(b"if-none-match", b"").split(b",")]
        if tag in known:
            await send({"type": "http.response.start", "status": 304, "headers": headers[:3]})
            await send({"type": "http.response.body", "body": b""})
            return
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _hashed(name: str, body: bytes) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}{dot}{suffix}"


@lru_cache(256)
def _forms(name: str, body: bytes, packers: tuple[tuple[str, Callable[[bytes], bytes]], ...]) -> dict[str, bytes]:
    """``body`` as it is and in each coding that makes it shorter."""
    forms = {IDENTITY: body}
    if name.endswith(PACKED_SUFFIXES):
        forms |= {coding: packed for coding, pack in packers if len(packed := pack(body)) < len(body)}
    return forms
