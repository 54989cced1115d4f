"""The first page of a consultation: how it is, and what waits. Before it opens, it is prepared on a page of its own."""

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.home import due
from consultation_service.backoffice.menu import CONSULTATION
from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import State
from contracts.http import Refusal


async def front(desk: Desk) -> Response:
    """``GET /backoffice/consultations/{consultation}``."""
    about, today = desk.about, desk.today()
    if about is None:
        raise Refusal("not_found")
    state = about.state(today)
    if state in (State.DRAFT, State.ANNOUNCED):
        return desk.back(f"/backoffice/consultations/{about.id}/check")
    left = (about.plan.closes_on - today).days if state is State.OPEN else None
    return desk.page("consultation.html", about=about, state=state, left=left, due=due(desk, [about], today))


ROUTES = (Place("GET", CONSULTATION, Act.READ_SETTINGS, front),)
