"""Each route of the back office, asked for by each role that may not: 403, and nothing changes."""

import hashlib
from typing import Final

import httpx
import pytest

from consultation_service.backoffice.desk import Place
from consultation_service.backoffice.routes import PLACES
from consultation_service.rules import permissions
from consultation_service.rules.acts import PARTICIPANT_ACTS, Act
from consultation_service.rules.permissions import PERMISSIONS, Role
from contracts.events import new_id
from tests.integration.consultation.house import House, Participant
from tests.integration.consultation.staff import Agent, agent

pytestmark = pytest.mark.anyio
STAFF: Final = tuple(role for role in Role if role is not Role.PARTICIPANT)
UNTOLD: Final = ("staff", "inbox", "notice_round")
"""Tables that signing in changes, or the calendar of the service by itself."""


async def fingerprint(house: House) -> dict[str, str]:
    """All rows of all tables, so that the least change shows, and where."""
    tables = await house.pool.fetch("select table_name from information_schema.tables where table_schema = 'public'")
    found = {}
    for table in sorted(row[0] for row in tables):
        if table not in UNTOLD:
            rows = await house.pool.fetch(f"select t::text as text from {table} t order by 1")
            found[table] = hashlib.sha256(repr([row["text"] for row in rows]).encode()).hexdigest()
    return found


async def address(house: House, place: Place, contribution: str) -> str:
    """The path of ``place`` with ids of things that exist, and invented ones for the rest."""
    known = {"consultation": house.consultation, "section": house.section, "contribution": contribution}
    return "/".join(
        known.get(part[1:-1].partition(":")[0], new_id()) if part.startswith("{") else part
        for part in place.path.split("/")
    )


async def ask(who: Agent, place: Place, path: str) -> httpx.Response:
    return await (who.get(path) if place.method == "GET" else who.post(path, {"title": "x"}))


def forbidden(role: Role) -> list[Place]:
    return [place for place in PLACES if place.act not in PERMISSIONS[role]]


def test_every_act_of_a_route_is_one_of_staff_and_every_path_says_its_consultation() -> None:
    for place in PLACES:
        assert place.act not in PARTICIPANT_ACTS
        assert place.path == "/backoffice" or place.path.startswith("/backoffice/")
        assert "{" not in place.path or place.path.startswith("/backoffice/consultations/{consultation}")
        assert place.method == "POST" or place.method == "GET"
    assert len({(place.method, place.path) for place in PLACES}) == len(PLACES)


@pytest.mark.parametrize("role", STAFF)
async def test_a_route_that_a_role_may_not_call_answers_403_and_changes_nothing(house: House, role: Role) -> None:
    somebody = await house.join()
    contribution = await house.opinion(somebody)
    member = await agent(house, role.value)  # type: ignore[arg-type]  # participants are left out of STAFF
    before = await fingerprint(house)
    for place in forbidden(role):
        answer = await ask(member, place, await address(house, place, contribution))
        assert (answer.status_code, place.path) == (403, place.path)
        assert "set-cookie" not in answer.headers
    assert await fingerprint(house) == before


async def test_a_participant_may_call_none_of_them(house: House) -> None:
    somebody = await house.join()
    contribution = await house.opinion(somebody)
    before = await fingerprint(house)
    for place in PLACES:
        path = await address(house, place, contribution)
        answer = await ask(Agent(house, "", somebody.cookie), place, path)
        expected = 303 if path == "/backoffice" else 403
        assert (answer.status_code, place.path) == (expected, place.path)
        if expected == 303:
            assert answer.headers["location"].startswith(house.settings.identity_origin)
    assert await fingerprint(house) == before


async def test_nobody_at_all_may_call_them_either(house: House) -> None:
    for place in PLACES:
        answer = await ask(Agent(house, "", ""), place, await address(house, place, new_id()))
        assert answer.status_code == (303 if place.method == "GET" else 401), place.path


async def test_a_member_of_staff_is_no_participant(house: House) -> None:
    """What participants do, staff do only as participants, with a session of their own."""
    somebody = await house.join()
    contribution = await house.opinion(somebody)
    organiser = await agent(house, "organiser")
    before = await fingerprint(house)
    stranger = Participant(organiser.cookie, "")
    assert (await house.vote(stranger, contribution, "agree")).status_code == 401
    section = {"kind": "opinion", "section": house.section, "title": "x", "body": "x"}
    assert (await house.write(stranger, **section)).status_code == 401
    assert await fingerprint(house) == before


async def test_a_table_that_allows_everything_is_noticed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the protection off, routes answer something else than 403."""
    monkeypatch.setattr(permissions, "require", lambda roles, act: None)
    auditor = await agent(house, "auditor")
    place = next(place for place in forbidden(Role.AUDITOR) if place.method == "GET" and place.path.count("{") == 1)
    assert (await ask(auditor, place, await address(house, place, new_id()))).status_code != 403
    assert Act.READ_DRAFT not in PERMISSIONS[Role.AUDITOR]


async def test_a_changed_row_is_noticed(house: House) -> None:
    """The control of the fingerprint."""
    before = await fingerprint(house)
    await house.pool.execute("update consultation set title = title || '!'")
    assert await fingerprint(house) != before
