"""The templates, once per language, with the words they may use."""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.documents import Tally
from gateway.settings import Settings
from gateway.site.assets import Assets
from gateway.words import LANGUAGES, Language, Words

SORTS: Final = ("supported", "recent", "discussed", "divided", "random")


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
        "percent": words.percent,
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
        "divided": say("Les plus partagées"),
        "relevant": say("Les plus proches de vos mots"),
        "for": say("Argument pour"),
        "against": say("Argument contre"),
        "random": say("Au hasard"),
    }


def script_words(words: Words) -> dict[str, str]:
    """What the script says; it holds no sentence of its own."""
    say = words.say
    return {
        "language": words.language,
        "participating": say("Vous participez"),
        "published": say("C’est publié. Merci !"),
        "sending": say("Envoi en cours…"),
        "voted": say("Votre vote est enregistré."),
        "withdrawn": say("Votre vote est retiré."),
        "sent": say("C’est enregistré. La page se met à jour…"),
        "failed": say("L’envoi n’a pas abouti. Rien n’est perdu."),
        "again": say("Réessayer"),
        "first": say("Il ne manque que votre adresse électronique. Ce que vous avez fait ici est gardé."),
        "participate": say("Participer"),
        "kept": say("Votre brouillon est gardé dans ce navigateur."),
        "arrivedOne": say("1 nouvelle contribution."),
        "arrivedMany": say("%n nouvelles contributions."),
        "changed": say("Cette page a changé."),
        "see": say("Voir"),
        "refresh": say("Actualiser"),
    }


def bars(tally: Tally, origin: str) -> list[dict[str, Any]]:
    """The parts of a bar a thousand units wide, each with its votes and its share in percent."""
    counts = (tally.cast if origin == "cast" else tally.imported) or {}
    whole = sum(counts.values())
    parts, x = [], 0.0
    for (choice, votes), share in zip(counts.items(), shares(list(counts.values())), strict=True):
        width = 1000 * votes / whole if whole else 0.0
        parts.append({"choice": choice, "votes": votes, "share": share, "x": round(x, 1), "width": round(width, 1)})
        x += width
    return parts


def shares(votes: list[int]) -> list[int]:
    """Percentages that add up to 100 (or are all 0): what rounding down leaves goes to the largest remainders.

    The script does the same sum in ``shares`` of ``cloison.js``.
    """
    whole = sum(votes)
    if not whole:
        return [0] * len(votes)
    found = [100 * part // whole for part in votes]
    by_remainder = sorted(range(len(votes)), key=lambda index: -(100 * votes[index] % whole))
    for index in by_remainder[: 100 - sum(found)]:
        found[index] += 1
    return found
