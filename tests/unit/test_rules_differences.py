"""Differences: what readers see, and what holds for every pair of texts."""

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service.rules.differences import Segment, compare, pair_paragraphs, words

TEXTS = st.lists(
    st.sampled_from(["le", "la", "l’", "État", "peut-être", "3,5", "«", ".", ",", " ", "\n", "\n\n", "\t", "e\u0301"])
    | st.text(max_size=3),
    max_size=60,
).map("".join)


def shown(segments: tuple[Segment, ...]) -> str:
    """``[-removed-]{+added+}`` as wdiff writes it."""
    forms = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(forms[kind].format(text) for kind, text in segments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’État n'a qu’un but.", ["L’", "État", "n'", "a", "qu’", "un", "but", "."]),
        ("aujourd’hui, peut-être", ["aujourd’hui", ",", "peut-être"]),
        ("Art. L. 311-1 : 10\u202f000,50 €", ["Art", ".", "L", ".", "311-1", ":", "10\u202f000,50", "€"]),
        ("le 1er mars", ["le", "1er", "mars"]),
        ("de\u0301ja\u0300", ["de\u0301ja\u0300"]),
        ("  \n ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("Un.", "Un.", "Un."),
        ("", "Un mot.", "{+Un mot.+}"),
        ("Un mot.", "", "[-Un mot.-]"),
        ("Un délai de deux mois.", "Un délai de trois mois.", "Un délai de [-deux -]{+trois +}mois."),
        ("La loi, le décret.", "La règle, le décret.", "La [-loi-]{+règle+}, le décret."),
        ("rouge, vert ou bleu", "noir, blanc ou bleu", "[-rouge, vert -]{+noir, blanc +}ou bleu"),
        ("Un.\n\nDeux.", "Un.\n\nNouveau.\n\nDeux.", "Un.\n\n{+Nouveau.\n\n+}Deux."),
        ("Un.\n\nDeux.", "Deux.", "[-Un.\n\n-]Deux."),
        ("Un mot", "Un  mot", "Un[- -]{+  +}mot"),
        ("l’eau", "l’air", "l’[-eau-]{+air+}"),
    ],
)
def test_compare(before: str, after: str, expected: str) -> None:
    assert shown(compare(before, after)) == expected


def test_a_changed_paragraph_faces_its_own_former_text() -> None:
    before = "Article 1.\nLes données sont publiques par défaut.\nLe maire décide seul."
    after = "Article 1.\nLe conseil vote.\nLes données publiques sont ouvertes par défaut."
    pairs = [(pair.before, pair.after) for pair in pair_paragraphs(before, after)]
    assert pairs == [
        ("Article 1.\n", "Article 1.\n"),
        (None, "Le conseil vote.\n"),
        ("Les données sont publiques par défaut.\n", "Les données publiques sont ouvertes par défaut."),
        ("Le maire décide seul.", None),
    ]


def test_a_long_text_of_few_words_keeps_what_did_not_change() -> None:
    chance = random.Random(2)
    before = [chance.choice(["le", "la", "les", "un", "une", "des", "ou", "et"]) for _ in range(3_000)]
    after = list(before)
    after[10], after[1_500], after[2_990] = "nouveau", "nouvelle", "nouveaux"
    segments = compare(" ".join(before), " ".join(after))
    assert [text for kind, text in segments if kind == "added"] == ["nouveau ", "nouvelle ", "nouveaux "]


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_segments_put_both_texts_together_again(before: str, after: str) -> None:
    segments = compare(before, after)
    assert "".join(text for kind, text in segments if kind != "added") == before
    assert "".join(text for kind, text in segments if kind != "removed") == after
    assert all(text for _, text in segments)
    kinds = [kind for kind, _ in segments]
    assert all(one != other for one, other in itertools.pairwise(kinds))
    assert ("added", "removed") not in set(itertools.pairwise(kinds))
    assert segments == compare(before, after)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_pairs_hold_every_paragraph_once_and_in_order(before: str, after: str) -> None:
    pairs = pair_paragraphs(before, after)
    assert "".join(pair.before or "" for pair in pairs) == before
    assert "".join(pair.after or "" for pair in pairs) == after


@settings(deadline=None)
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert all(segment.kind == "same" for segment in compare(text, text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 15_000, "b " * 15_000),
        ("a b " * 7_000, "a a " * 7_000),
        (" ".join(f"c{n} u{n}" for n in range(5_000)), " ".join(f"c{n} v{n}" for n in range(5_000))),
        (" ".join(f"c {n} u {n}" for n in range(3_000)), " ".join(f"c {n} v {n}" for n in range(3_000))),
        (" ".join(f"x{n % 97}" for n in range(10_000)), " ".join(f"x{n % 89}" for n in range(10_000))),
        ("a\n" * 15_000, "b\n\n" * 15_000),
        (" " * 30_000, " " * 29_000 + "x"),
        ("x" * 30_000, "x" * 30_000 + "'"),
        ("p q\n" * 7_000 + "z", "q p\n" * 7_000 + "y"),
    ],
)  # fmt: skip
def test_texts_made_to_be_slow_are_not(before: str, after: str) -> None:
    began = time.process_time()
    segments = compare(before, after)
    assert time.process_time() - began < 3
    assert "".join(text for kind, text in segments if kind != "added") == before
