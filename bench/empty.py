"""What reads are compared with: a GET that answers nothing, with the settings of the gateway's server.

Run as ``python -m bench.empty PORT``.
"""

import sys
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SETTINGS: Final[dict[str, Any]] = {"loop": "uvloop", "http": "httptools", "access_log": False, "log_level": "warning"}


async def empty(request: Request) -> Response:
    """200 and no byte."""
    return Response()


def serve(port: int) -> None:
    """Serve on loopback until told to stop."""
    app = Starlette(routes=[Route("/", empty)])
    uvicorn.run(app, host="127.0.0.1", port=port, server_header=False, proxy_headers=False, lifespan="on", **SETTINGS)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
