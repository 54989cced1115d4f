"""Moderation: the allowed sequences, the fold, what reversal gives back, what is public."""

import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation_service.rules.moderation import (
    APPEAL_DAYS,
    RESULTS,
    VISIBILITIES,
    Entry,
    Item,
    apply,
    begin,
    fold,
    public,
)
from consultation_service.rules.motives import MOTIVES, require_motive, statement
from contracts.http import Refusal

DAY = datetime.date(2026, 3, 1)
FACTS = "Le deuxième paragraphe vise une personne."

REPORT: dict[str, Any] = {"kind": "reported", "rule": "insult", "facts": "Mots de la personne qui signale."}
HIDE: dict[str, Any] = {"kind": "decided", "decision": "hide", "rule": "insult", "facts": FACTS, "by": "m1"}
SEND_BACK = HIDE | {"decision": "send_back"}
KEEP: dict[str, Any] = {"kind": "decided", "decision": "keep", "by": "m1"}
BY_MACHINE = HIDE | {"by": "", "automated": True}
REVISED: dict[str, Any] = {"kind": "revised"}


def appeal(about: int, day: datetime.date = DAY) -> dict[str, Any]:
    return {"kind": "appealed", "about": about, "facts": "Mots de l’auteur qui conteste.", "day": day}


def on_appeal(about: int, decision: str = "keep", by: str = "m2", **more: Any) -> dict[str, Any]:
    return {
        "kind": "appeal_decided",
        "about": about,
        "decision": decision,
        "by": by,
        "facts": FACTS,
        "rule": "insult",
    } | more


def reverse(about: int, by: str = "m1") -> dict[str, Any]:
    return {"kind": "reversed", "about": about, "by": by, "facts": FACTS}


def entry_of(form: dict[str, Any], **more: Any) -> Entry:
    fields: dict[str, Any] = {"number": 1, "day": DAY} | form | more
    return Entry(**fields)


def journal(*entries: dict[str, Any]) -> list[Entry]:
    return [entry_of({"number": n} | entry) for n, entry in enumerate(entries, 1)]


@pytest.mark.parametrize(
    ("entries", "visibility", "waits"),
    [
        ([], "published", False),
        ([REPORT], "published", True),
        ([REPORT, REPORT, KEEP], "published", False),
        ([HIDE], "hidden", False),
        ([BY_MACHINE], "hidden", False),
        ([HIDE, KEEP], "published", False),
        ([SEND_BACK], "sent_back", False),
        ([SEND_BACK, REVISED], "sent_back", True),
        ([SEND_BACK, REVISED, KEEP], "published", False),
        ([HIDE, appeal(1)], "hidden", True),
        ([KEEP, appeal(1)], "published", True),
        ([HIDE, appeal(1), on_appeal(2)], "published", False),
        ([HIDE, appeal(1), on_appeal(2, "hide")], "hidden", False),
        ([BY_MACHINE, appeal(1), on_appeal(2, by="m1")], "published", False),
        ([HIDE, appeal(1), on_appeal(2), reverse(3, "m2")], "hidden", True),
        ([HIDE, appeal(1), on_appeal(2), reverse(3, "m2"), on_appeal(2, "hide")], "hidden", False),
        ([HIDE, appeal(1), on_appeal(2), REPORT, HIDE, appeal(5)], "hidden", True),
        ([HIDE, reverse(1)], "published", False),
        ([REPORT, HIDE, reverse(2)], "published", True),
        ([HIDE, appeal(1), reverse(1)], "published", False),
        ([HIDE, KEEP, reverse(2), reverse(1)], "published", False),
    ],
)
def test_sequences_that_are_allowed(entries: list[dict[str, Any]], visibility: str, waits: bool) -> None:
    item = fold(begin(review_first=False), journal(*entries))
    assert (item.visibility, item.waits, item.number) == (visibility, waits, len(entries))


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([REPORT | {"number": 2}], "entry_refused"),
        ([REPORT | {"rule": ""}], "entry_refused"),
        ([HIDE, REPORT], "entry_refused"),
        ([REVISED], "entry_refused"),
        ([SEND_BACK, REVISED, REVISED], "entry_refused"),
        ([HIDE | {"decision": None}], "entry_refused"),
        ([HIDE | {"by": ""}], "entry_refused"),
        ([HIDE | {"automated": True}], "entry_refused"),
        ([HIDE | {"rule": ""}], "moderation_incomplete"),
        ([HIDE | {"facts": " trop   "}], "moderation_incomplete"),
        ([KEEP | {"facts": "x" * 2_001}], "moderation_incomplete"),
        ([appeal(1)], "entry_refused"),
        ([HIDE, appeal(2)], "entry_refused"),
        ([HIDE, appeal(1), appeal(1)], "entry_refused"),
        ([HIDE, KEEP, appeal(1)], "entry_refused"),
        ([HIDE, appeal(1, DAY + datetime.timedelta(APPEAL_DAYS + 1))], "appeal_late"),
        ([HIDE, appeal(1), KEEP], "entry_refused"),
        ([HIDE, on_appeal(1)], "entry_refused"),
        ([HIDE, appeal(1), on_appeal(1)], "entry_refused"),
        ([HIDE, appeal(1), on_appeal(2, by="m1")], "same_moderator"),
        ([HIDE, appeal(1), on_appeal(2), reverse(3)], "same_moderator"),
        ([HIDE, appeal(1), on_appeal(2), HIDE], "same_moderator"),
        ([HIDE, appeal(1), on_appeal(2, by="", automated=True)], "same_moderator"),
        ([HIDE, appeal(1), on_appeal(2, automated=True)], "entry_refused"),
        ([HIDE, appeal(1), on_appeal(2, facts="")], "moderation_incomplete"),
        ([HIDE, appeal(1), on_appeal(2), appeal(3)], "entry_refused"),
        ([reverse(1)], "entry_refused"),
        ([HIDE, KEEP, reverse(1)], "entry_refused"),
        ([HIDE, reverse(1, by="")], "entry_refused"),
        ([HIDE, reverse(1) | {"facts": ""}], "moderation_incomplete"),
        ([HIDE, reverse(1), reverse(1)], "entry_refused"),
    ],
)
def test_sequences_that_are_refused(entries: list[dict[str, Any]], code: str) -> None:
    *before, last = journal(*entries)
    item = fold(begin(review_first=False), before)
    with pytest.raises(Refusal) as refused:
        apply(item, last)
    assert refused.value.code == code


def test_reading_before_publication() -> None:
    item = begin(review_first=True)
    assert (item.visibility, item.waits) == ("pending", True)
    kept = fold(item, journal(KEEP))
    assert (kept.visibility, kept.waits) == ("published", False)
    assert fold(item, journal(KEEP, reverse(1)))._replace(number=0) == item


def test_an_appeal_may_come_on_the_last_day() -> None:
    last_day = DAY + datetime.timedelta(APPEAL_DAYS)
    assert fold(begin(review_first=False), journal(HIDE, appeal(1, last_day))).appeal is not None


FORMS = [
    REPORT, HIDE, SEND_BACK, KEEP, BY_MACHINE, REVISED, appeal(0), on_appeal(0), on_appeal(0, "hide"), reverse(0),
]  # fmt: skip
ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from(FORMS),
        st.sampled_from(["m1", "m2"]),
        st.integers(0, 3),
    ),
    max_size=25,
)


def lived(item: Item, attempts: list[tuple[dict[str, Any], str, int]]) -> list[Entry]:
    """The journal of what was not refused; ``about`` goes back that many entries."""
    accepted: list[Entry] = []
    for form, by, back in attempts:
        who = {"by": by} if form.get("by") else {}
        entry = entry_of(form, number=item.number + 1, about=max(0, item.number - back), **who)
        try:
            item = apply(item, entry)
        except Refusal:
            continue
        accepted.append(entry)
    return accepted


@settings(deadline=None)
@given(ATTEMPTS, st.booleans(), st.integers(0, 25))
def test_the_state_is_a_fold_of_the_journal(
    attempts: list[tuple[dict[str, Any], str, int]], review_first: bool, cut: int
) -> None:
    start = begin(review_first)
    entries = lived(start, attempts)
    whole = fold(start, entries)
    assert whole == fold(start, entries) == fold(fold(start, entries[:cut]), entries[cut:])
    assert [entry.number for entry in entries] == list(range(1, whole.number + 1))
    if whole.standing:
        decision = whole.standing[-1].entry.decision
        assert decision is not None
        assert whole.visibility == RESULTS[decision]
    else:
        assert whole.visibility == start.visibility


@settings(deadline=None)
@given(ATTEMPTS, st.booleans(), st.sampled_from([HIDE, KEEP, SEND_BACK, on_appeal(0), on_appeal(0, "hide")]))
def test_reversal_gives_back_the_state_before(
    attempts: list[tuple[dict[str, Any], str, int]], review_first: bool, decision: dict[str, Any]
) -> None:
    before = fold(begin(review_first), lived(begin(review_first), attempts))
    about = before.appeal.number if before.appeal else 0
    decided_by = before.standing[-1].entry.by if before.standing else ""
    somebody_else = "m2" if decided_by == "m1" else "m1"
    entry = entry_of(decision, number=before.number + 1, by=somebody_else, about=about)
    try:
        decided = apply(before, entry)
    except Refusal:
        return
    back = apply(decided, entry_of(reverse(entry.number, by="m3"), number=entry.number + 1))
    assert back._replace(number=before.number) == before


def test_what_is_public_names_nobody_and_repeats_no_participant() -> None:
    entries = journal(REPORT, HIDE, appeal(2), on_appeal(3), reverse(4, by="m3"))
    for entry in entries:
        told = public(entry)
        assert "by" not in told._fields
        assert not {entry.by, "Mots de l’auteur qui conteste.", "Mots de la personne qui signale."} & (set(told) - {""})
        assert told.facts == (FACTS if entry.kind in ("decided", "appeal_decided", "reversed") else "")


@pytest.mark.parametrize("rule", MOTIVES)
def test_motives_have_all_their_words(rule: str) -> None:
    motive = require_motive(rule)
    assert all(words.strip() for words in (*motive.name, *motive.sentence, motive.ground))
    told = statement(journal(HIDE | {"rule": rule})[0])
    assert f"{motive.sentence[0]} ({motive.ground})" in told.fr
    assert motive.sentence[1] in told.en[1]
    assert FACTS in told.fr
    assert FACTS in told.en
    assert len(told.fr) == len(told.en) == 5


def test_a_statement_says_who_decided_and_how_to_go_on() -> None:
    assert "automatisé" in " ".join(statement(journal(BY_MACHINE)[0]).fr)
    assert "184" in statement(journal(HIDE)[0]).en[-1]
    assert "court" in statement(entry_of(on_appeal(1))).en[-1]
    assert len(statement(journal(KEEP)[0]).fr) == 3
    with pytest.raises(ValueError, match="decisions"):
        statement(journal(REPORT)[0])
    with pytest.raises(Refusal) as refused:
        require_motive("whim")
    assert refused.value.code == "motive_unknown"
    assert VISIBILITIES.keys() == {"pending", *RESULTS.values()}
