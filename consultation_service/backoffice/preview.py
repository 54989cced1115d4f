"""A consultation as participants will see it, before it is public."""

import msgspec
from starlette.responses import Response

from consultation_service.backoffice import names
from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.steps import C
from consultation_service.markdown import render
from consultation_service.questionnaire_words import questionnaire_of, questionnaire_steps
from consultation_service.rules.acts import Act
from consultation_service.rules.attributes import CATALOGUE
from consultation_service.store import articles, configuration, sections
from consultation_service.store.articles import Article
from consultation_service.words import Language
from contracts.events import PublicStep
from contracts.http import Refusal


async def preview(desk: Desk) -> Response:
    """``GET …/preview``."""
    pool = desk.service.pool
    config = await configuration.read(pool, desk.consultation)
    texts: dict[str, list[Article]] = {}
    for article in await articles.articles_of(pool, desk.consultation):
        texts.setdefault(article.section, []).append(article)
    n = 1 if desk.language == "en" else 0
    questionnaires = await sections.questionnaires(pool, desk.consultation)
    return desk.page(
        "preview.html",
        config=config,
        html={name: render(getattr(config.presentation, name)) for name in ("introduction", "commitment")},
        tree=await sections.tree(pool, desk.consultation),
        texts=texts,
        steps={section: _steps(text, config.presentation.language) for section, text in questionnaires.items()},
        added={name: words[n] for name, words in names.ADDED.items()},
        scales={name: words[n] for name, (words, _) in names.SCALES.items()},
        phases={name: words[n] for name, (words, _) in names.PHASES.items()},
        labels={name: entry.label[n] for name, entry in CATALOGUE.items()},
    )


def _steps(text: str, language: Language) -> tuple[PublicStep, ...]:
    """The pages of a questionnaire, as far as they are written."""
    try:
        return questionnaire_steps(questionnaire_of(text), language)
    except (Refusal, msgspec.ValidationError, KeyError):
        return ()


ROUTES = (Place("GET", f"{C}/preview", Act.READ_DRAFT, preview),)
