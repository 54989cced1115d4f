"""Static files, named by the hash of their content so that they can be kept for ever (RFC 8246)."""

import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from contracts.http import Refusal
from contracts.look import Look
from contracts.static import HASHED, MEDIA
from gateway.answers import send_for_ever
from gateway.cache import Answer, answer

FOLDER: Final = Path(__file__).parent / "static"
PATH: Final = "/static/{name}"


class Assets:
    """Every static file, read and compressed once."""

    def __init__(self, look: Look) -> None:
        self._by_name: dict[str, Answer] = {}
        self._names: dict[str, str] = {}
        own = {file.name: file.read_bytes() for file in sorted(FOLDER.iterdir())}
        for file, body in {**own, **look.files}.items():
            stem, _, suffix = file.rpartition(".")
            name = file if HASHED.search(file) else f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"
            self._by_name[name] = kept = answer(body, MEDIA[f".{suffix}"])
            _ = kept.compressed, kept.in_brotli  # now rather than for the first visitor
            self._names[file] = name

    def address(self, file: str) -> str:
        """Where ``file`` is served; an unknown name is a mistake of ours."""
        return PATH.replace("{name}", self._names[file])

    async def serve(self, request: Request) -> Response:
        """``GET /static/{name}``."""
        asset = self._by_name.get(request.path_params["name"])
        if asset is None:
            raise Refusal("not_found")
        return send_for_ever(request, asset)
