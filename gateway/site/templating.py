"""The templates, once per language, with the words they may use."""

from fractions import Fraction
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from contracts.motives import MOTIVES
from gateway.documents import Contribution
from gateway.settings import Settings
from gateway.site import votes
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
    environment.filters["points_of"] = lambda text: Fraction(text or 0)
    environment.globals |= {
        "language": words.language,
        "root": "" if words.language == "fr" else "/en",
        "asset": assets.address,
        "look": settings.look,
        "date": words.date,
        "number": words.number,
        "percent": words.percent,
        "labels": labels(words),
        "question_kinds": question_kinds(words),
        "script_words": script_words(words),
        "bars": votes.bars,
        "mean": votes.mean,
        "grade": votes.grade,
        "former": votes.former,
        "tone": tone,
        "name_of": name_of,
        "motive": lambda rule: motive(rule, words),
        "decimal": words.decimal,
        "points": words.points,
        "consultation_origin": settings.consultation_origin,
        "identity_origin": settings.identity_origin,
        "origin": settings.origin,
        "sorts": SORTS,
    }
    return environment


def tone(choice: str) -> str:
    """The class of a choice in stylesheets, where a name does not begin with a digit."""
    return f"mark-{choice}" if choice.isdigit() else choice


def name_of(item: Contribution) -> str:
    """How a text is called: the number of an article, its title; empty when it has neither."""
    return " · ".join(part for part in (item.number, item.title) if part)


def motive(rule: str, words: Words) -> dict[str, str]:
    """A motive of moderation in words; one that is not on the list is shown by its code."""
    found = MOTIVES.get(rule)
    if found is None:
        return {"name": rule, "sentence": "", "ground": ""}
    place = 0 if words.language == "fr" else 1
    return {"name": found.name[place], "sentence": found.sentence[place], "ground": found.ground}


def labels(words: Words) -> dict[str, str]:
    """The words for what a document says in code."""
    return {**_choices(words), **_kinds(words), **_states(words), **_orders(words), **_moderation(words)}


def _choices(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "agree": say("D’accord"),
        "mixed": say("Mitigé"),
        "disagree": say("Pas d’accord"),
        "pass": say("Sans avis"),
        "support": say("Je soutiens"),
        "total": say("Votes"),
        **{mark: mark for mark in votes.MARKS},
        "excellent": say("Excellent"),
        "very_good": say("Très bien"),
        "good": say("Bien"),
        "fairly_good": say("Assez bien"),
        "passable": say("Passable"),
        "insufficient": say("Insuffisant"),
        "reject": say("À rejeter"),
    }


def _kinds(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "opinion": say("Avis"),
        "proposal": say("Proposition"),
        "question": say("Question"),
        "article": say("Article"),
        "option": say("Option"),
        "amendment": say("Amendement"),
        "argument": say("Argument"),
        "source": say("Source"),
        "comment": say("Commentaire"),
        "for": say("Argument pour"),
        "against": say("Argument contre"),
        "proposals": say("Contributions"),
        "articles": say("Projet de texte"),
        "questionnaire": say("Questionnaire"),
        "ranking": say("Classement"),
        "collect": say("Contribuer"),
        "amend": say("Amender"),
        "vote": say("Voter"),
        "restitution": say("Restitution"),
        "synthesis": say("Synthèse"),
        "department": say("Département"),
        "region": say("Région"),
        "age": say("Tranche d’âge"),
        "status": say("En tant que quoi l’on participe"),
    }


def _states(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "open": say("Ouverte"),
        "announced": say("À venir"),
        "closed": say("Close"),
        "archived": say("Archivée"),
        "under_study": say("À l’étude"),
        "taken_up": say("Retenu"),
        "partly": say("Retenu en partie"),
        "not_taken_up": say("Non retenu"),
        "answered": say("L’organisateur a répondu"),
    }


def _orders(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "supported": say("Les plus soutenues"),
        "recent": say("Les plus récentes"),
        "discussed": say("Les plus discutées"),
        "divided": say("Les plus partagées"),
        "relevant": say("Les plus proches de vos mots"),
        "random": say("Au hasard"),
    }


def _moderation(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "reported": say("Signalement"),
        "decided": say("Décision"),
        "revised": say("Texte corrigé par son auteur"),
        "appealed": say("Contestation"),
        "appeal_decided": say("Décision sur la contestation"),
        "reversed": say("Décision annulée"),
        "keep": say("le texte reste publié"),
        "hide": say("le texte est masqué"),
        "send_back": say("le texte est renvoyé à son auteur"),
    }


def question_kinds(words: Words) -> dict[str, str]:
    """How the kinds of questions are answered."""
    say = words.say
    return {
        "short_text": say("Réponse courte"),
        "long_text": say("Réponse libre"),
        "single": say("Une réponse"),
        "multiple": say("Plusieurs réponses possibles"),
        "ranking": say("À classer"),
        "scale": say("Une note"),
        "matrix": say("Une réponse par ligne"),
        "number": say("Un nombre"),
        "date": say("Une date"),
    }


def script_words(words: Words) -> dict[str, str]:
    """What the script says; it holds no sentence of its own."""
    say = words.say
    return {
        "language": words.language,
        "participating": say("Vous participez"),
        "published": say("C’est publié. Merci !"),
        "personal": say("Cela ressemble à des données personnelles, que tout le monde pourra lire :"),
        "anyway": say("Publier quand même"),
        "pending": say("C’est envoyé. Un modérateur le lira avant qu’il ne soit publié."),
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
