"""The templates, once per language, with the words they may use."""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.documents import Tally
from gateway.settings import Settings
from gateway.site.assets import Assets
from gateway.words import LANGUAGES, Language, Words

SORTS: Final = ("supported", "recent", "discussed", "random")


def environments(settings: Settings, assets: Assets) -> dict[Language, Environment]:
    """One environment per language."""
    return {language: _environment(Words(language), settings, assets) for language in LANGUAGES}


def _environment(words: Words, settings: Settings, assets: Assets) -> Environment:
    environment = Environment(
        loader=PackageLoader("gateway", "site/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    environment.install_gettext_callables(words.say, words.count, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.globals |= {
        "language": words.language,
        "root": "" if words.language == "fr" else "/en",
        "asset": assets.address,
        "date": words.date,
        "number": words.number,
        "share": words.share,
        "labels": labels(words),
        "script_words": script_words(words),
        "bars": bars,
        "consultation_origin": settings.consultation_origin,
        "identity_origin": settings.identity_origin,
        "origin": settings.origin,
        "sorts": SORTS,
    }
    return environment


def labels(words: Words) -> dict[str, str]:
    """The words for what a document says in code."""
    say = words.say
    return {
        "agree": say("D’accord"),
        "mixed": say("Mitigé"),
        "disagree": say("Pas d’accord"),
        "pass": say("Sans avis"),
        "support": say("Je soutiens"),
        "total": say("Votes"),
        "opinion": say("Avis"),
        "proposal": say("Proposition"),
        "argument": say("Argument"),
        "source": say("Source"),
        "open": say("Ouverte"),
        "announced": say("À venir"),
        "closed": say("Close"),
        "supported": say("Les plus soutenues"),
        "recent": say("Les plus récentes"),
        "discussed": say("Les plus discutées"),
        "random": say("Au hasard, nouvel ordre chaque jour"),
    }


def script_words(words: Words) -> dict[str, str]:
    """What the script says; it holds no sentence of its own."""
    say = words.say
    return {
        "language": words.language,
        "participating": say("Vous participez à cette consultation."),
        "sending": say("Envoi en cours…"),
        "voted": say("Votre vote est enregistré."),
        "withdrawn": say("Votre vote est retiré."),
        "sent": say("C’est enregistré. La page se met à jour…"),
        "failed": say("L’envoi n’a pas abouti. Rien n’est perdu."),
        "again": say("Réessayer"),
        "first": say("Pour cela, participez d’abord avec votre adresse électronique."),
        "participate": say("Participer"),
        "kept": say("Votre brouillon est gardé dans ce navigateur."),
    }


def bars(tally: Tally, origin: str) -> list[dict[str, Any]]:
    """The parts of a bar a thousand units wide, without the choices nobody made; empty when nobody voted."""
    counts = (tally.cast if origin == "cast" else tally.imported) or {}
    whole = sum(counts.values())
    parts, x = [], 0.0
    for choice, votes in counts.items():
        width = 1000 * votes / whole if whole else 0.0
        parts.append({"choice": choice, "votes": votes, "x": round(x, 1), "width": round(width, 1)})
        x += width
    return parts
