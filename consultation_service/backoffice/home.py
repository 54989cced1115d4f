"""The first page of the back office: every consultation, and what waits."""

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Place
from consultation_service.rules.acts import Act


async def home(desk: Desk) -> Response:
    """``GET /backoffice``."""
    return desk.page("home.html")


ROUTES = (Place("GET", "/backoffice", Act.READ_SETTINGS, home),)
