"""Members of staff who come from identity, for tests of the back office."""

from dataclasses import dataclass
from typing import Any

import httpx

from consultation_service.keys import key_id
from contracts import tokens
from contracts.events import Role, new_id
from tests.integration.consultation.house import House, private_key


@dataclass
class Agent:
    """Somebody at work: asks for pages of the back office and sends forms from them."""

    house: House
    pseudonym: str
    cookie: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        self.house.client.cookies.clear()
        return await self.house.client.get(path, headers={"Cookie": self.cookie}, **more)

    async def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """A form sent from a page of the service; lists in ``data`` repeat their name."""
        self.house.client.cookies.clear()
        headers = {"Cookie": self.cookie, "Origin": self.house.settings.origin, **more.pop("headers", {})}
        if "files" not in more and not data:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self.house.client.post(path, data=data or {}, headers=headers, **more)


def staff_token(house: House, pseudonym: str, state: str, roles: tuple[Role, ...], version: int = 1) -> str:
    """What identity signs once two factors were proved."""
    key = private_key(house.secrets.path("identity", "token.pem"))
    token = tokens.StaffToken(
        iss=house.settings.identity_origin, staff=pseudonym, version=version, roles=roles,
        exp=tokens.expiry(house.clock()), jti=new_id(), state=tokens.state_digest(state),
    )  # fmt: skip
    return tokens.encode(token, key_id(key.public_key()), key.sign)


async def arrive(house: House, token_of: Any, back: str = "/backoffice") -> httpx.Response:
    """The whole way in: ``token_of(state)`` is what identity answers."""
    house.client.cookies.clear()
    asked = await house.client.get(back)
    assert asked.status_code == 303, asked.text
    state = httpx.URL(asked.headers["location"]).params["state"]
    cookie = asked.headers["set-cookie"].partition(";")[0]
    house.client.cookies.clear()
    return await house.client.post(
        "/backoffice/session", data={"token": token_of(state), "state": state},
        headers={"Cookie": cookie, "Origin": "null"},
    )  # fmt: skip


async def agent(house: House, *roles: Role) -> Agent:
    """A member of staff with ``roles``, signed in through the whole journey."""
    pseudonym = tokens.b64u(new_id().encode()[:32])
    answer = await arrive(house, lambda state: staff_token(house, pseudonym, state, roles))
    assert answer.status_code == 303, answer.text
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("cloison_staff="))
    house.client.cookies.clear()
    return Agent(house, pseudonym, cookie.partition(";")[0])
