"""Bursts: alike texts and unusual days."""

import datetime
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service.rules.bursts import Burst, Group, bursts, fingerprint, group_alike

FIRST = datetime.date(2026, 3, 1)
LETTER = (
    "Nous demandons que la commune ouvre la bibliothèque le dimanche après-midi, que les horaires soient affichés "
    "partout et que les habitants soient consultés chaque année sur les achats de livres et de journaux."
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Où est l’École ?", "ou est l'ecole", True),
        ("Un   mot.", "un\nMOT", True),
        ("Un mot", "Deux mots", False),
        ("cœur", "cœurs", False),
        ("", " … ", True),
    ],
)
def test_fingerprint(one: str, other: str, same: bool) -> None:
    assert (fingerprint(one) == fingerprint(other)) is same


def test_groups() -> None:
    texts = {
        "a": LETTER,
        "b": LETTER.upper(),
        "c": "Bonjour. " + LETTER + " Merci.",
        "d": "La piscine doit rester publique.",
        "e": "la piscine doit rester publique !",
        "f": "Tout autre chose, sans rapport avec le reste.",
        "g": "…",
        "h": "…",
    }
    assert group_alike(texts) == (Group(("a", "b", "c"), False), Group(("d", "e"), True))
    assert group_alike({}) == ()


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4),
        st.lists(st.sampled_from(["le", "parc", "la", "rue", "École"]), max_size=6).map(" ".join),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_groups_depend_on_texts_only(texts: dict[str, str], chance: random.Random) -> None:
    groups = group_alike(texts)
    members = [contribution for group in groups for contribution in group.contributions]
    assert len(members) == len(set(members))
    assert all(len(group.contributions) > 1 for group in groups)
    where = {contribution: n for n, group in enumerate(groups) for contribution in group.contributions}
    for one, text in texts.items():
        for other, again in texts.items():
            if one < other and text and fingerprint(text) == fingerprint(again):
                assert where[one] == where[other]
    shuffled = list(texts.items())
    chance.shuffle(shuffled)
    assert group_alike(dict(shuffled)) == groups


def test_letters_with_a_few_words_changed_are_found() -> None:
    chance = random.Random(7)
    texts = {}
    for n in range(100):
        changed = LETTER.split()
        changed[chance.randrange(len(changed))] = f"mot{n}"
        texts[f"{n:03}"] = " ".join(changed)
    (group,) = group_alike(texts)
    assert len(group.contributions) == 100


def test_many_texts_take_linear_time() -> None:
    chance = random.Random(3)
    vocabulary = [f"mot{n}" for n in range(3_000)]
    texts = {str(n): " ".join(chance.choices(vocabulary, k=40)) for n in range(500)}
    texts |= {f"same {n}": f"{LETTER} {n}" for n in range(300)}
    began = time.process_time()
    groups = group_alike(texts)
    assert time.process_time() - began < 5
    assert [len(group.contributions) for group in groups] == [300]


@pytest.mark.parametrize(
    ("daily", "expected"),
    [
        ([], []),
        ([500, 300, 200], []),
        ([0, 0, 0, 19], []),
        ([0, 0, 0, 20], [(3, 20, 0)]),
        ([10, 12, 9, 11, 10, 12, 60], [(6, 60, 10)]),
        ([10, 12, 9, 11, 10, 12, 25], []),
        ([100, 80, 120, 90, 110, 130], []),
        ([50] * 10 + [200, 50, 50, 210], [(10, 200, 50), (13, 210, 50)]),
        ([5] * 20 + [40] * 20, [(day, 40, 5) for day in range(20, 27)]),
    ],
)
def test_bursts(daily: list[int], expected: list[tuple[int, int, int]]) -> None:
    counts = {FIRST + datetime.timedelta(n): count for n, count in enumerate(daily) if count}
    last = FIRST + datetime.timedelta(len(daily) - 1)
    assert bursts(counts, FIRST, last) == tuple(
        Burst(FIRST + datetime.timedelta(n), count, usual) for n, count, usual in expected
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), max_size=40))
def test_only_days_above_the_usual_are_told(daily: list[int]) -> None:
    counts = {FIRST + datetime.timedelta(n): count for n, count in enumerate(daily)}
    for burst in bursts(counts, FIRST, FIRST + datetime.timedelta(len(daily))):
        assert burst.acts == counts[burst.day] >= 20
        assert burst.acts > burst.usual
