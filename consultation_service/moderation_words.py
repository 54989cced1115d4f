"""What pages call the acts of moderation, and the reasons of a decision as they are read."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from consultation_service.rules.moderation import Decision, Entry, Kind
from consultation_service.rules.motives import statement
from consultation_service.states import in_english, in_french
from consultation_service.words import Language
from contracts.motives import MOTIVES, Words

KINDS: Final[Mapping[Kind, Words]] = {
    "reported": ("Signalement", "Report"),
    "decided": ("Décision", "Decision"),
    "revised": ("Texte modifié par son auteur", "Text changed by its author"),
    "appealed": ("Contestation", "Appeal"),
    "appeal_decided": ("Décision sur la contestation", "Decision on the appeal"),
    "reversed": ("Décision annulée", "Decision reversed"),
}

DECISIONS: Final[Mapping[Decision, Words]] = {
    "keep": ("Publier", "Publish"),
    "hide": ("Masquer", "Hide"),
    "send_back": ("Renvoyer à l’auteur", "Send back to the author"),
}

STAYS: Final = ("Laisser publié", "Keep published")
"""What ``keep`` is called for a text that everybody already reads."""

TAKEN: Final[Mapping[Decision, Words]] = {
    "keep": ("publié", "published"),
    "hide": ("masqué", "hidden"),
    "send_back": ("renvoyé à l’auteur", "sent back to the author"),
}

WAITS: Final[Mapping[str, Words]] = {
    "review": ("À relire", "To review"),
    "reported": ("Signalé", "Reported"),
    "appeal": ("Contesté", "Appealed"),
    "revised": ("Modifié", "Changed"),
}


class Told(NamedTuple):
    """An entry as it is read. ``sentences`` are the reasons of a decision; ``motive`` is that of a report."""

    number: int
    name: str
    day: str
    motive: str
    sentences: tuple[str, ...]
    about: int
    by: str
    """A member of staff, shortened; shown to staff only."""


def told(entry: Entry, language: Language) -> Told:
    """An entry in the words of a page."""
    name = spoken(KINDS[entry.kind], language)
    sentences: tuple[str, ...] = (entry.facts,) if entry.kind == "reversed" else ()
    if entry.decision is not None:
        name = (
            f"{name} : {spoken(TAKEN[entry.decision], language)}"
            if language == "fr"
            else (f"{name}: {spoken(TAKEN[entry.decision], language)}")
        )
        reasons = statement(entry)
        sentences = reasons.en if language == "en" else reasons.fr
    motive = motive_name(entry.rule, language) if entry.kind == "reported" else ""
    return Told(entry.number, name, day(entry, language), motive, sentences, entry.about, shortened(entry.by))


def history(entries: Sequence[Entry], language: Language) -> list[Told]:
    """A whole journal, the last entry first."""
    return [told(entry, language) for entry in reversed(entries)]


def day(entry: Entry, language: Language) -> str:
    """When it was written."""
    return in_english(entry.day) if language == "en" else in_french(entry.day)


def motive_name(rule: str, language: Language) -> str:
    """What a motive is called; empty without one."""
    return spoken(MOTIVES[rule].name, language) if rule in MOTIVES else ""


def shortened(staff: str) -> str:
    """The beginning of a staff pseudonym: enough to tell two colleagues apart."""
    return staff[:8]


def spoken(words: Words, language: Language) -> str:
    """``words`` in ``language``."""
    return words[1] if language == "en" else words[0]
