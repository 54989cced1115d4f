"""Requests made up from each service's own OpenAPI document, well formed and not, never make it fail (5xx)."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from contracts.openapi import Operation, document
from contracts.subjects import Service
from deploy.local import Stack
from tests.e2e.participants import api_session, bearer, first_consultation

EXAMPLES = 15
AnyCase = Case[Any]
Adjust = Callable[[AnyCase], None]


def failures(origin: str, adjust: Adjust, openapi: dict[str, Any]) -> tuple[list[str], set[int]]:
    """The operations that answered 5xx with what was sent, and every status that was seen."""
    found: list[str] = []
    statuses: set[int] = set()
    with httpx.Client(base_url=origin, timeout=30) as client:
        for result in schemathesis.openapi.from_dict(openapi).get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            for mode in GenerationMode:

                @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
                @given(case=operation.as_strategy(generation_mode=mode))
                def ask(case: AnyCase) -> None:
                    adjust(case)
                    status = _send(client, case)
                    statuses.add(status)
                    if status >= 500:
                        found.append(f"{status} {case.method} {case.formatted_path} {case.query} {case.body!r}")

                # An operation that takes nothing cannot be asked wrongly.
                with contextlib.suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
                    ask()
    return found, statuses


def _send(client: httpx.Client, case: AnyCase) -> int:
    """The status of the answer; 0 for what no client can put on the wire."""
    headers = dict(case.headers or {})
    content = None
    if not isinstance(case.body, NotSet):
        content = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
        headers.setdefault("content-type", case.media_type or "application/json")
    try:
        request = client.build_request(
            case.method, case.formatted_path, params=case.query, headers=headers, content=content
        )
        return client.send(request).status_code
    except (UnicodeEncodeError, httpx.InvalidURL, httpx.LocalProtocolError):
        return 0


@pytest.mark.parametrize("service", list(Service))
def test_no_request_makes_a_service_fail(service: Service, stack: Stack) -> None:
    openapi = httpx.get(f"{stack.origin(service)}/openapi.json", timeout=10).json()
    assert openapi["openapi"] == "3.1.0"
    found, statuses = failures(stack.origin(service), lambda case: None, openapi)
    assert found == []
    assert len(statuses) > 1


def test_no_request_of_a_signed_in_person_makes_identity_fail(stack: Stack) -> None:
    """With a session and a real consultation."""
    consultation = first_consultation(stack)["id"]
    session = api_session(stack, "alix.essai@ville.example")

    def as_person(case: AnyCase) -> None:
        case.headers["Authorization"] = f"Bearer {session}"
        if "consultation" in case.path_parameters:
            case.path_parameters["consultation"] = consultation

    openapi = httpx.get(f"{stack.origin('identity')}/openapi.json", timeout=10).json()
    found, statuses = failures(stack.origin("identity"), as_person, openapi)
    assert found == []
    assert {200, 422} <= statuses


def test_no_request_of_a_participant_makes_consultation_fail(stack: Stack) -> None:
    """With a token and real ids, one's own text among them, so that requests go past the door."""
    consultation = first_consultation(stack)
    address = f"{stack.origin('gateway')}/open-data/consultations/{consultation['id']}/contributions"
    section = next(section for section in consultation["sections"] if section["kinds"])
    token = bearer(stack, consultation["id"])
    own = httpx.post(
        f"{stack.origin('consultation')}/v1/consultations/{consultation['id']}/contributions",
        json={"kind": section["kinds"][0], "section": section["id"], "title": "Le mien", "body": "Un texte."},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    ).json()
    ids = {
        "consultation": consultation["id"],
        "section": section["id"],
        "target": section["id"],
        "contribution": httpx.get(address, timeout=10).json()["contributions"][0]["id"],
    }

    def as_participant(case: AnyCase) -> None:
        case.headers["Authorization"] = f"Bearer {token}"
        case.path_parameters.update({name: ids[name] for name in case.path_parameters})
        if case.path == "/v1/contributions/{contribution}":
            case.path_parameters["contribution"] = own["id"]

    openapi = httpx.get(f"{stack.origin('consultation')}/openapi.json", timeout=10).json()
    found, statuses = failures(stack.origin("consultation"), as_participant, openapi)
    assert found == []
    assert {200, 204, 422} <= statuses
    assert 401 not in statuses


def test_a_failure_is_noticed() -> None:
    """The control: a service that fails on some values."""
    operations = [Operation("get", "/things/{number}", "A thing", path_types={"number": int})]
    openapi = document("Fails", "1", "", operations, {})

    def fails(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path.startswith("/things/-") else 500)

    with pytest.MonkeyPatch.context() as patch:
        transport = httpx.MockTransport(fails)
        patch.setattr(httpx.Client, "_transport_for_url", lambda self, url: transport)
        found, _ = failures("http://fails.example", lambda case: None, openapi)
    assert found
