"""A release in memory, from the pure rules of ``anonymise``: small enough to be read beside them. The real builder does
the same in SQL and is attacked by the same attackers.
"""

import functools
import random
import uuid
from collections import Counter, defaultdict
from datetime import date

from consultation_service import personal_data
from consultation_service.anonymise import Rules, assign, is_diverse, leaving, new_groups, through, week_of
from tests.adversary.population import DECLARED, LAST_DAY, Population, Text
from tests.adversary.published import Published, Row

Class = tuple[str, str, str, str, str]
NOTHING: Class = ("", "", "", "", "")
NAMES = ("week", "department", "region", "age", "status")


_found = functools.cache(personal_data.find)


class Series:
    """The releases of one consultation."""

    def __init__(self, population: Population, rules: Rules, seed: int = 5) -> None:
        self.population, self.rules = population, rules
        self.source = random.Random(seed)
        self.number = 0
        self.classes: dict[str, tuple[int, Class]] = {}
        self.groups: dict[tuple[int, int, str], dict[int, str]] = {}
        self.withheld: set[tuple[int, int]] = set()
        self.done: set[tuple[int, date]] = set()
        self.live = {text.title: str(uuid.uuid4()) for text in population.texts}

    def release(self, day: date, *, closing: bool = False, matrix: bool = False, shuffled: bool = True) -> Published:
        """The release of a day. ``matrix`` and ``shuffled`` are for controls."""
        self.number += 1
        rows = self._contributions(day)
        if shuffled:
            rows.sort(key=lambda row: row["contribution"])
        self._shrink(day)
        self._vote_groups(day, closing=closing)
        votes = [
            {"contribution": str(item), "choice": choice, "week": week, "since": str(since)}
            | ({"voter": str(person)} if matrix else {})
            for (item, since, week), people in self.groups.items()
            for person, choice in people.items()
        ]
        votes.sort(key=lambda row: (row["contribution"], row["choice"], row["week"], row["since"]))
        items = {str(item): str(item) for item, _ in self.population.votes}
        return Published(rows, votes, {live: title for title, live in self.live.items()}, items)

    def _contributions(self, day: date) -> list[Row]:
        last = through(day, LAST_DAY, self.rules)
        here = [text for text in self.population.texts if text.day <= last and not self._gone(text, day)]
        if not self.rules.frozen:
            self.classes.clear()
        self._fall({text.title for text in here})
        new = [text for text in here if text.title not in self.classes]
        classes = self._classes([text for text in new if self._readable(text, day)])
        for text in new:
            if self._readable(text, day):
                self.classes[text.title] = self.number, classes.get(text.title, NOTHING)
        self._part(here)
        written = Counter(text.author for text in here)
        rows = []
        for text in here:
            readable = self._readable(text, day)
            cls = self.classes.get(text.title, (0, NOTHING))[1]
            row = dict(zip(NAMES, cls, strict=True))
            if not self.rules.weeks:
                row["week"] = week_of(text.day)
            fresh = str(uuid.UUID(int=self.source.getrandbits(128), version=4))
            row |= {
                "contribution": fresh if self.rules.fresh_ids else self.live[text.title], "state": "published",
                "title": text.title if readable else "", "body": text.body if readable else "", "side": text.side,
                "section": str(text.section),
                "author_ref": f"a{text.author}" if self.rules.author_refs and written[text.author] > 1 else "",
            }  # fmt: skip
            rows.append(row)
        return rows

    def _gone(self, text: Text, day: date) -> bool:
        left = self.population.left.get(text.author)
        return bool((text.gone and text.gone <= day) or (left and left <= day))

    def _readable(self, text: Text, day: date) -> bool:
        let_out = text.let_out is not None and text.let_out <= day
        return let_out or not self.rules.reviewed or not _found(text.body)

    def _classes(self, new: list[Text]) -> dict[str, Class]:
        """Week by week, so that a week is part of what people have in common; what is left over is nobody or k."""
        found: dict[str, Class] = {}
        weeks = {text.title: week_of(text.day) if self.rules.weeks else "" for text in new}
        for week in sorted(set(weeks.values())):
            texts = [text for text in new if weeks[text.title] == week]
            # One text for each author: k counts people.
            once = {text.author: text for text in texts}
            given = {text.title: self.population.given[text.author] for text in once.values()}
            said = {text.title: [(text.section, text.side)] for text in once.values()}
            for title, values in assign(given, said, DECLARED, self.rules).items():
                found[title] = (week, *values)
        groups = defaultdict(list)
        for title, cls in found.items():
            groups[cls].append(title)
        if self.rules.k > 1:
            while groups and 0 < len({t.author for t in new if t.title not in found}) < self.rules.k:
                for title in groups.pop(min(groups, key=lambda cls: (len(groups[cls]), cls))):
                    del found[title]
        return found

    def _fall(self, here: set[str]) -> None:
        """Those whose text is gone leave their class, with companions."""
        author = {text.title: text.author for text in self.population.texts}
        members: dict[tuple[int, Class], list[str]] = defaultdict(list)
        for title, place in self.classes.items():
            if place[1] != NOTHING:
                members[place].append(title)
        for titles in members.values():
            gone = {author[title] for title in titles if title not in here}
            people = {author[title] for title in titles}
            count = leaving(len(people), len(gone), self.rules)
            companions = self.source.sample(sorted(people - gone), count - len(gone))
            for title in titles:
                if author[title] in gone | set(companions):
                    self.classes[title] = self.number, NOTHING
        for title in set(self.classes) - here:
            del self.classes[title]

    def _part(self, here: list[Text]) -> None:
        """Those who are left in a class may all say the same: then nothing is said of them any more."""
        said: dict[tuple[int, Class], list[tuple[int, str]]] = defaultdict(list)
        for text in here:
            place = self.classes.get(text.title, (0, NOTHING))
            if any(place[1][1:]):
                said[place].append((text.section, text.side))
        alike = {place for place, words in said.items() if not is_diverse(words, self.rules)}
        for title, place in self.classes.items():
            if place in alike:
                self.classes[title] = self.number, NOTHING

    def _shrink(self, day: date) -> None:
        for (item, _since, _week), people in self.groups.items():
            gone = {
                person
                for person in people
                if self.population.left.get(person, date.max) <= day
                or self.population.votes.get((item, person), ("", day))[0] != people[person]
            }
            count = leaving(len(people), len(gone), self.rules)
            companions = self.source.sample(sorted(people.keys() - gone), count - len(gone))
            self.withheld |= {(item, person) for person in companions}
            for person in gone | set(companions):
                del people[person]

    def _vote_groups(self, day: date, *, closing: bool) -> None:
        last = through(day, LAST_DAY, self.rules)
        new: dict[int, dict[date, list[tuple[int, str]]]] = defaultdict(lambda: defaultdict(list))
        for (item, person), (choice, when) in self.population.votes.items():
            there = self.population.left.get(person, date.max) > day and (item, person) not in self.withheld
            if when <= last and there and (item, when) not in self.done:
                new[item][when].append((person, choice))
        for item, days in new.items():
            counted = {when: Counter(choice for _, choice in votes) for when, votes in days.items()}
            if self.rules.weeks:
                told = new_groups(counted, self.rules, closing=closing)
            else:
                told = {when: week_of(when) for when in counted}
            for when, week in told.items():
                self.groups.setdefault((item, self.number, week), {}).update(dict(days[when]))
                self.done.add((item, when))
