"""What pages and files work out of totals, and how conversations are put together."""

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import (
    PublicAnswers,
    PublicConsultation,
    PublicPhase,
    PublicQuestion,
    PublicRankingResult,
    PublicSection,
    PublicStep,
    QuestionTotals,
    new_id,
)
from contracts.scales import SCALES
from gateway import states
from gateway.documents import ArgumentCounts, Contribution, empty_tally
from gateway.questionnaires import asked
from gateway.rankings import places
from gateway.site.conversation import conversation
from gateway.site.votes import GRADES, grade, mean

DAY = datetime.date(2026, 11, 23)
NEXT = datetime.timedelta(1)


@given(st.lists(st.sampled_from(GRADES), max_size=40))
def test_the_majority_grade_is_the_median_the_lower_one_when_there_are_two(ballots: list[str]) -> None:
    grades = [str(name) for name in GRADES]
    counts = {name: ballots.count(name) for name in grades}
    ranked = sorted(ballots, key=grades.index)
    assert grade(counts) == (ranked[len(ranked) // 2] if ranked else "")


def test_the_mean_is_exact() -> None:
    assert mean({"1": 1, "2": 0, "3": 0, "4": 0, "5": 2}) == Fraction(11, 3)
    assert mean(dict.fromkeys(SCALES["one_to_five"], 0)) is None


def comment(identifier: str, parent: str | None) -> Contribution:
    return Contribution(
        id=identifier, consultation=new_id(), section=new_id(), kind="comment", parent=parent, side=None, title="",
        body="", body_html="", link="", category="", day=DAY, state="published", scale="support", text_version=1,
        number="", position=0, before_html="", explanation_html="", base_version=0, changes=(), appendix=False, rule="",
        arguments=ArgumentCounts(in_favour=0, against=0), sources=0, amendments=0, comments=0, status="",
        tally=empty_tally("support"),
    )  # fmt: skip


@given(st.lists(st.integers(-1, 7), min_size=1, max_size=8))
def test_every_comment_is_shown_once_whatever_it_says_it_answers(parents: list[int]) -> None:
    said = [comment(str(n), str(parent) if parent >= 0 else "item") for n, parent in enumerate(parents)]
    found = [one for talks in conversation(said).values() for talk in talks for one in talk.walk()]
    assert sorted(one.comment.id for one in found) == sorted(one.id for one in said)
    below = {reply.comment.id: one for one in found for reply in one.replies}
    assert all(below[i].depth + 1 == one.depth for one in found if (i := one.comment.id) in below)


def test_places_by_each_method() -> None:
    options = tuple(new_id() for _ in range(3))
    result = PublicRankingResult(
        id=new_id(), section=new_id(), consultation=new_id(), version=1, ballots=5, options=options,
        matrix=((0, 3, 3), (2, 0, 5), (2, 0, 0)), borda=("6", "7", "2"), condorcet=0, schulze=((0,), (1,), (2,)),
    )  # fmt: skip
    first, second, third = places(result)
    assert [first.option, second.option, third.option] == [options[1], options[0], options[2]]
    assert [p.borda_rank for p in (first, second, third)] == [1, 2, 3]
    assert (second.schulze_rank, second.beats, second.condorcet, first.condorcet) == (1, 2, True, False)


def test_totals_of_a_questionnaire_find_their_words() -> None:
    questions = (
        PublicQuestion(key="text", kind="text", label="Bonjour."),
        PublicQuestion(key="grid", kind="matrix", label="?", options=("a", "b"), rows=("x", "y")),
        PublicQuestion(key="free", kind="long_text", label="?"),
        PublicQuestion(key="new", kind="single", label="?", options=("c",)),
    )
    section = PublicSection(
        id=new_id(), parent=None, position=0, title="", introduction_html="", kinds=(), scale="support",
        kind="questionnaire", steps=(PublicStep(title="", introduction_html="", questions=questions),),
    )  # fmt: skip
    totals = PublicAnswers(
        id=new_id(), section=section.id, consultation=new_id(), version=1, sent=9,
        questions=(QuestionTotals(key="grid", answers=4, counts=(1, 2, 3, 4), other=1),
                   QuestionTotals(key="free", answers=2)),
    )  # fmt: skip
    grid, free, new = asked(section, totals)
    assert [(line.row, line.option, line.times) for line in grid.lines] == [
        ("x", "a", 1), ("x", "b", 2), ("y", "a", 3), ("y", "b", 4), ("", "", 1),
    ]  # fmt: skip
    assert (free.answers, free.lines, new.answers, new.lines[0].times) == (2, (), 0, 0)
    assert [one.answers for one in asked(section, None)] == [0, 0, 0]


def consultation(**changed: object) -> PublicConsultation:
    facts = {
        "id": new_id(), "consultation": new_id(), "version": 1, "slug": "a", "title": "", "introduction_html": "",
        "organiser": "", "language": "fr", "state": "open", "opens_on": DAY, "closes_on": DAY + 9 * NEXT,
        "scale": "support", "terms_version": "1", "level": 1, "sections": (), "source": "",
    }  # fmt: skip
    return PublicConsultation(**{**facts, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "day", "state"),
    [
        ({}, 0, "open"),
        ({"closed_early_on": DAY + 3 * NEXT}, 2, "open"),
        ({"closed_early_on": DAY + 3 * NEXT}, 3, "closed"),
        ({"closed_early_on": DAY - NEXT}, -1, "closed"),
        ({"state": "archived"}, 2, "archived"),
        ({"state": "closed"}, 2, "open"),
    ],
)
def test_a_state_follows_from_days_an_early_closing_and_archiving(
    changed: dict[str, object], day: int, state: str
) -> None:
    assert states.state_of(consultation(**changed), DAY + day * NEXT) == state


def test_phases_make_things_possible_where_and_when_they_say() -> None:
    here, there = new_id(), new_id()
    phases = (
        PublicPhase(kind="collect", title="", first=DAY, last=DAY + NEXT),
        PublicPhase(kind="vote", title="", first=DAY + NEXT, last=DAY + 2 * NEXT, sections=(here,)),
    )
    found = consultation(phases=phases)
    assert states.possible(found, here, DAY) == {"write", "discuss"}
    assert states.possible(found, here, DAY + NEXT) == {"write", "discuss", "vote", "rank"}
    assert states.possible(found, there, DAY + 2 * NEXT) == frozenset()
    assert states.possible(found, here, DAY - NEXT) == frozenset()
    assert states.possible(consultation(), here, DAY) == states.EVERYTHING
