"""The figures of the dashboard: each a chart, the table that says the same, and a sentence on how to read it.

What is about people follows ``rules.thresholds``; what is about texts and votes is public anyway.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from babel.numbers import format_decimal
from markupsafe import Markup

from consultation_service import charts
from consultation_service.backoffice.menu import Words, spoken
from consultation_service.charts import Bar, Column
from consultation_service.rules.attributes import CATALOGUE
from consultation_service.rules.thresholds import Days, each_day, groups, together
from consultation_service.states import in_english, in_french
from consultation_service.store.dashboard import Activity, Section
from consultation_service.words import Language

KINDS: Final[Mapping[str, Words]] = {
    "proposal": ("Propositions", "Proposals"),
    "opinion": ("Avis", "Opinions"),
    "amendment": ("Amendements", "Amendments"),
    "argument": ("Arguments", "Arguments"),
    "source": ("Sources", "Sources"),
    "comment": ("Commentaires", "Comments"),
    "question": ("Questions", "Questions"),
}
"""What participants write, in the order of colours."""


class Figure(NamedTuple):
    """A chart and its table; ``legend`` names the colours, in order."""

    name: str
    title: str
    help: str
    chart: Markup
    legend: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


class Period(NamedTuple):
    """The days that a dashboard is about. ``last`` is today while the consultation is open."""

    first: datetime.date
    last: datetime.date
    finished: bool


class Painter:
    """Makes figures in a language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def say(self, french: str, english: str) -> str:
        return spoken((french, english), self.language)

    def number(self, value: int) -> str:
        text: str = format_decimal(value, locale=self.language)
        return text

    def day(self, day: datetime.date) -> str:
        return in_english(day) if self.language == "en" else in_french(day)

    def joined(self, activity: Activity, period: Period, level: int) -> Figure:
        """Participants by day of arrival; above level 1, days are put together so that none is about few people."""
        days = each_day(activity.joined, period.first, period.last)
        k = activity.smallest_group
        if level > 1:
            past = days if period.finished else days[:-1]
            days = together(past, k, period.finished)
        help_ = self.say("Nombre de personnes arrivées chaque jour.", "How many people arrived each day.")
        if level > 1:
            help_ = self.say(
                f"Les jours sont réunis pour qu’aucun chiffre ne porte sur moins de {k} personnes.",
                f"Days are put together so that no figure is about fewer than {k} people.",
            )
        return self._days("joined", self.say("Participants par jour", "Participants per day"), help_, days)

    def written(self, activity: Activity, period: Period) -> Figure:
        """Contributions by day."""
        return self._days(
            "written",
            self.say("Contributions par jour", "Contributions per day"),
            self.say("Nombre de textes écrits chaque jour.", "How many texts were written each day."),
            each_day(activity.written, period.first, period.last),
        )

    def _days(self, name: str, title: str, help_: str, days: Sequence[Days]) -> Figure:
        total = sum(day.people for day in days)
        most = max(days, key=lambda day: day.people, default=None)
        description = self.say(f"{self.number(total)} en tout.", f"{self.number(total)} in all.")
        if most is not None and most.people:
            description += self.say(
                f" Le plus haut : {self.number(most.people)}, le {self.day(most.first)}.",
                f" The highest: {self.number(most.people)}, on {self.day(most.first)}.",
            )
        values = [Column(day.first, day.last, day.people) for day in days]
        return Figure(
            name, title, f"{help_} {description}",
            charts.columns(name, title, description, values, self.number, self.day), (),
            (self.say("Premier jour", "First day"), self.say("Dernier jour", "Last day"), self.say("Nombre", "Number")),
            tuple((day.first.isoformat(), day.last.isoformat(), day.people) for day in days),
        )  # fmt: skip

    def sections(self, activity: Activity) -> Figure:
        """Contributions of each section, by kind."""
        used = [kind for kind in KINDS if activity.contributions.get(kind)]
        rows = [section for section in activity.sections if section.kind in ("proposals", "articles")]
        title = self.say("Contributions par partie", "Contributions per section")
        description = self.say(
            f"{self.number(sum(activity.contributions.values()))} contributions en tout.",
            f"{self.number(sum(activity.contributions.values()))} contributions in all.",
        )
        bars = [Bar(row.title, tuple(row.contributions.get(kind, 0) for kind in used)) for row in rows]
        names = tuple(spoken(KINDS[kind], self.language) for kind in used)
        return Figure(
            "sections", title,
            self.say("Ce que les participants ont écrit, par genre.", "What participants wrote, by kind."),
            charts.bars("sections", title, description, bars, self.number), names,
            (self.say("Partie", "Section"), *names, self.say("Total", "Total")),
            tuple((bar.label, *bar.parts, bar.total) for bar in bars),
        )  # fmt: skip

    def votes(self, activity: Activity) -> Figure:
        """Votes cast in each section."""
        rows = [Bar(row.title, (row.votes,)) for row in activity.sections if row.kind in ("proposals", "articles")]
        return self._bars(
            "votes", self.say("Votes par partie", "Votes per section"),
            self.say("Votes sur les textes et sur ce qui en est dit.", "Votes on texts and on what is said of them."),
            self.say("Partie", "Section"), rows,
        )  # fmt: skip

    def answers(self, sections: Sequence[Section]) -> Figure:
        """Questionnaires sent and rankings made."""
        rows = [
            Bar(row.title, (row.sent if row.kind == "questionnaire" else row.ballots,))
            for row in sections
            if row.kind in ("questionnaire", "ranking")
        ]
        begun = sum(row.begun for row in sections)
        help_ = self.say("Réponses envoyées et classements faits.", "Answers sent and rankings made.")
        if begun:
            help_ += self.say(
                f" {self.number(begun)} questionnaires commencés ne sont pas encore envoyés.",
                f" {self.number(begun)} questionnaires were begun and not sent yet.",
            )
        title = self.say("Questionnaires et classements", "Questionnaires and rankings")
        return self._bars("answers", title, help_, self.say("Partie", "Section"), rows)

    def delays(self, days: Mapping[int, int]) -> Figure:
        """How long moderators took to decide."""
        rows = [
            Bar(spoken(words, self.language), (sum(number for day, number in days.items() if first <= day <= last),))
            for words, first, last in DELAYS
        ]
        return self._bars(
            "delays",
            self.say("Délai de modération", "Moderation delay"),
            self.say(
                "Décisions, selon le temps passé depuis le premier jour d’attente.",
                "Decisions, by the time since the first day of waiting.",
            ),
            self.say("Délai", "Delay"),
            rows,
        )

    def said(self, attribute: str, activity: Activity) -> Figure:
        """What participants said of themselves, nothing about fewer than k people."""
        k, entry = activity.smallest_group, CATALOGUE[attribute]
        counts = activity.said[attribute]
        found = groups(counts, activity.participants - sum(counts.values()), k)
        rows = [Bar(spoken(entry.values[value], self.language), (people,)) for value, people in found.shown]
        if found.rest:
            words = self.say(f"Non précisé, ou moins de {k}", f"Not said, or fewer than {k}")
            rows.append(Bar(words, (*GREY, found.rest)))
        help_ = self.say(
            f"Ce que les participants ont choisi de dire. Aucun chiffre ne porte sur moins de {k} personnes.",
            f"What participants chose to say. No figure is about fewer than {k} people.",
        )
        title = spoken(TITLES.get(attribute, entry.label), self.language)
        return self._bars(attribute, title, help_, title, rows)

    def _bars(self, name: str, title: str, help_: str, of: str, rows: Sequence[Bar]) -> Figure:
        total = self.number(sum(row.total for row in rows))
        drawn = charts.bars(name, title, self.say(f"{total} en tout.", f"{total} in all."), rows, self.number)
        table = tuple((row.label, row.total) for row in rows)
        return Figure(name, title, help_, drawn, (), (of, self.say("Nombre", "Number")), table)


GREY: Final = (0, 0, 0, 0, 0, 0)
"""Before a part of a bar, so that it has the seventh colour."""

DELAYS: Final[tuple[tuple[Words, int, int], ...]] = (
    (("Le jour même", "The same day"), -10_000, 0),
    (("Le lendemain", "The next day"), 1, 1),
    (("En 2 à 3 jours", "Within 2 to 3 days"), 2, 3),
    (("En 4 à 7 jours", "Within 4 to 7 days"), 4, 7),
    (("En plus d’une semaine", "In more than a week"), 8, 10_000),
)
"""Delays that are shown together: words, first and last number of days."""

TITLES: Final[Mapping[str, Words]] = {
    "region": ("Régions touchées", "Regions reached"),
    "age": ("Tranches d’âge", "Ages"),
    "status": ("En tant que", "Taking part as"),
}
