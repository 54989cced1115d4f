"""The pages of a consultation's back office, in the order of its menu. A page is shown to whoever may open it, on the
days when it can be opened.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from consultation_service.rules import lifecycle
from consultation_service.rules.acts import Act
from consultation_service.words import Language

if TYPE_CHECKING:
    from consultation_service.backoffice.desk import Desk

CONSULTATION: Final = "/backoffice/consultations/{consultation}"
Words = tuple[str, str]


class Page(NamedTuple):
    """An entry: ``waits`` names a figure of ``store.overview.Overview`` that is shown beside it; ``also`` are addresses
    of pages that belong to it, besides those below it.
    """

    path: str
    words: Words
    act: Act
    waits: str = ""
    also: tuple[str, ...] = ()


class Group(NamedTuple):
    """Pages that go together."""

    words: Words
    pages: tuple[Page, ...]


MENU: Final = (
    Group(("", ""), (Page(CONSULTATION, ("Vue d’ensemble", "Overview"), Act.READ_SETTINGS),)),
    Group(
        ("Préparer", "Prepare"),
        (
            Page(
                f"{CONSULTATION}/check",
                ("Préparation", "Preparation"),
                Act.READ_SETTINGS,
                also=tuple(f"{CONSULTATION}/{name}" for name in ("limits", "close", "archive", "delete", "duplicate")),
            ),
            Page(f"{CONSULTATION}/presentation", ("Présentation", "Presentation"), Act.EDIT_SETTINGS),
            Page(f"{CONSULTATION}/organiser", ("Organisateur", "Organiser"), Act.EDIT_SETTINGS),
            Page(f"{CONSULTATION}/policy", ("Règles", "Rules"), Act.EDIT_POLICY),
            Page(
                f"{CONSULTATION}/structure",
                ("Contenu", "Content"),
                Act.EDIT_STRUCTURE,
                also=(
                    f"{CONSULTATION}/sections",
                    f"{CONSULTATION}/contributions/{{contribution}}/text",
                    f"{CONSULTATION}/contributions/{{contribution}}/remove-text",
                ),
            ),
            Page(f"{CONSULTATION}/schedule", ("Calendrier", "Schedule"), Act.RESCHEDULE),
            Page(f"{CONSULTATION}/preview", ("Aperçu", "Preview"), Act.READ_DRAFT),
        ),
    ),
    Group(
        ("Faire vivre", "Run"),
        (
            Page(
                f"{CONSULTATION}/moderation",
                ("Modération", "Moderation"),
                Act.MODERATE,
                "waiting",
                (
                    f"{CONSULTATION}/contributions/{{contribution}}/moderation",
                    f"{CONSULTATION}/contributions/{{contribution}}/alike",
                    f"{CONSULTATION}/contributions/{{contribution}}/appeal-decision",
                    f"{CONSULTATION}/contributions/{{contribution}}/reversal",
                ),
            ),
            Page(
                f"{CONSULTATION}/official-answers",
                ("Réponses officielles", "Official answers"),
                Act.ANSWER_OFFICIALLY,
                "unanswered",
                (f"{CONSULTATION}/contributions/{{contribution}}/official-answer",),
            ),
        ),
    ),
    Group(
        ("Rendre compte", "Report"),
        (
            Page(f"{CONSULTATION}/dashboard", ("Tableau de bord", "Dashboard"), Act.READ_DASHBOARD),
            Page(f"{CONSULTATION}/statements", ("Synthèses", "Syntheses"), Act.SYNTHESISE),
            Page(f"{CONSULTATION}/restitution", ("Restitution", "Restitution"), Act.PUBLISH_RESTITUTION),
        ),
    ),
    Group(
        ("Données et contrôle", "Data and control"),
        (
            Page(f"{CONSULTATION}/raw-export", ("Données brutes", "Raw data"), Act.EXPORT_RAW),
            Page(
                f"{CONSULTATION}/moderation/journal", ("Journal de modération", "Moderation journal"), Act.READ_JOURNAL
            ),
            Page(
                "/backoffice/journal?consultation={consultation}",
                ("Journal des agents", "Journal of staff"),
                Act.READ_JOURNAL,
            ),
        ),
    ),
)
"""Every page of the menu."""


class Link(NamedTuple):
    """A page as it is shown. ``waiting`` things wait there."""

    address: str
    words: str
    current: bool
    waiting: int


def menu(desk: "Desk") -> list[tuple[str, list[Link]]]:
    """The groups of links of the consultation that ``desk`` is about; none outside of one."""
    about = desk.about
    if about is None:
        return []
    state, place = about.state(desk.today()), str(getattr(desk.request.scope.get("route"), "path", ""))
    known = {getattr(route, "path", "") for route in desk.request.app.routes}
    addresses = {path: page for group in MENU for page in group.pages for path in (page.path, *page.also)}
    # A page below another one belongs to it: the longest address is the nearest.
    nearest = max((path for path in addresses if f"{place}/".startswith(f"{path}/")), key=len, default="")
    groups = []
    for group in MENU:
        links = [
            Link(
                page.path.format(consultation=about.id),
                spoken(page.words, desk.language),
                addresses.get(nearest) is page,
                getattr(about, page.waits) if page.waits else 0,
            )
            for page in group.pages
            if desk.may(page.act) and lifecycle.allows(state, page.act) and page.path.partition("?")[0] in known
        ]
        if links:
            groups.append((spoken(group.words, desk.language), links))
    return groups


def spoken(words: Words, language: Language) -> str:
    """``words`` in ``language``."""
    return words[1] if language == "en" else words[0]
