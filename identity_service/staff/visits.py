"""A visit of a member of staff: their session, their role, and the state that the back office put in their browser."""

from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contracts.events import Role
from contracts.http import Refusal
from identity_service import origins
from identity_service.staff.sign_in import Member, member_of
from identity_service.visits import STATE, Visit

SESSION_COOKIE = "cloison_staff"
SIGN_IN_COOKIE = "cloison_staff_sign_in"


class StaffVisit(Visit):
    """One request to a page of staff."""

    entrance: ClassVar = "/staff"

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.session = origins.read_cookie(request, self.context.settings, SESSION_COOKIE)
        self.sign_in = origins.read_cookie(request, self.context.settings, SIGN_IN_COOKIE)

    @property
    def state(self) -> str:
        """The browser's state in the back office; empty without one."""
        state = self.request.query_params.get("state", "")
        return state if STATE.fullmatch(state) else ""

    def link(self, path: str, **query: str) -> str:
        """A link to another page of ours, in the same language, with the state as long as it is of use."""
        if self.state and path in JOURNEY:
            query = {"state": self.state, **query}
        return super().link(path, **query)

    async def member(self, role: Role | None = None) -> Member:
        """Who is there, with two factors. Raises ``Refusal``: ``staff_signed_out``, or ``role_missing``."""
        member = await member_of(self.context, self.session)
        if member is None or not member.proved:
            raise Refusal("staff_signed_out")
        if role is not None and role not in member.roles:
            raise Refusal("role_missing")
        return member

    def render(
        self, template: str, status: int = 200, headers: dict[str, str] | None = None, **facts: object
    ) -> Response:
        """A page of staff."""
        return super().render(template, status, headers, **{"member": None, **facts})


JOURNEY = frozenset(("/staff", "/staff/sign-in", "/staff/code", "/staff/second-factor"))
"""The pages on the way to the back office."""
