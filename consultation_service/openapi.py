"""The OpenAPI document of the service: the operations that each module describes beside its handlers."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from consultation_service import api_answers, api_contributions, api_follows, api_participation, api_votes, reports
from consultation_service.api import answer
from consultation_service.errors import REASONS
from consultation_service.health import Readiness
from contracts.openapi import Operation, document

OPERATIONS: Final = (
    *api_contributions.OPERATIONS,
    *api_votes.OPERATIONS,
    *api_participation.OPERATIONS,
    *api_answers.OPERATIONS,
    *api_follows.OPERATIONS,
    *reports.OPERATIONS,
    Operation("get", "/healthz", "The process answers.", media="text/plain"),
    Operation("get", "/readyz", "Database, schema and bus are there (503 with the same body when not).", Readiness),
    Operation("get", "/metrics", "Figures for Prometheus.", media="text/plain"),
)

DOCUMENT: Final = document(
    "Cloison: consultation",
    "1",
    "What participants write: contributions and votes, under a pseudonym.",
    OPERATIONS,
    REASONS,
    {
        "participant": {
            "type": "http",
            "scheme": "bearer",
            "description": "The access token of identity; browsers use the cookie that POST /session sets instead.",
        }
    },
)


async def openapi(request: Request) -> Response:
    """``GET /openapi.json``."""
    return answer(DOCUMENT)
