"""The dashboard of a consultation: key figures, charts, and each chart's table as a file."""

from typing import NamedTuple

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.figures import Figure, Painter, Period
from consultation_service.backoffice.menu import CONSULTATION
from consultation_service.rules.acts import Act
from consultation_service.rules.lifecycle import State
from consultation_service.store import dashboard as store
from consultation_service.store import moderation
from consultation_service.store.dashboard import Activity
from contracts.http import Refusal
from contracts.safe_csv import line

DASHBOARD = f"{CONSULTATION}/dashboard"


class Numbers(NamedTuple):
    """The key figures, above the charts."""

    participants: int
    contributions: int
    votes: int


async def dashboard(desk: Desk) -> Response:
    """``GET …/dashboard``."""
    activity = await store.activity(desk.service.pool, desk.consultation)
    figures = await _figures(desk, activity)
    joined = next(figure for figure in figures if figure.name == "joined")
    numbers = Numbers(
        participants=sum(int(row[-1]) for row in joined.rows),
        contributions=sum(activity.contributions.values()),
        votes=activity.votes,
    )
    delays = await moderation.delays(desk.service.pool, desk.consultation)
    return desk.page("dashboard.html", figures=figures, numbers=numbers, delays=delays)


async def table(desk: Desk) -> Response:
    """``GET …/dashboard/tables/{figure}``: a chart's table as CSV."""
    activity = await store.activity(desk.service.pool, desk.consultation)
    wanted = desk.request.path_params["figure"]
    figure = next((figure for figure in await _figures(desk, activity) if figure.name == wanted), None)
    if figure is None or desk.about is None:
        raise Refusal("not_found")
    name = f"{desk.about.slug}-{figure.name}-{desk.today()}.csv"
    return Response(
        "".join(line(row) for row in (figure.header, *figure.rows)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _figures(desk: Desk, activity: Activity) -> list[Figure]:
    if desk.about is None:
        return []
    plan, today = desk.about.plan, desk.today()
    finished = desk.about.state(today) in (State.CLOSED, State.ARCHIVED)
    end = plan.closes_on if plan.closed_on is None else min(plan.closed_on, plan.closes_on)
    period = Period(plan.opens_on, end if finished else today, finished)
    painter = Painter(desk.language)
    figures = [painter.joined(activity, period, desk.about.level)]
    kinds = {section.kind for section in activity.sections}
    if kinds & {"proposals", "articles"}:
        figures += [painter.sections(activity), painter.written(activity, period), painter.votes(activity)]
    if kinds & {"questionnaire", "ranking"}:
        figures.append(painter.answers(activity.sections))
    days = await moderation.days_to_decide(desk.service.pool, desk.consultation)
    if days:
        figures.append(painter.delays(days))
    return figures + [painter.said(attribute, activity) for attribute in activity.said]


ROUTES = (
    Place("GET", DASHBOARD, Act.READ_DASHBOARD, dashboard),
    Place("GET", f"{DASHBOARD}/tables/{{figure}}", Act.READ_DASHBOARD, table),
)
