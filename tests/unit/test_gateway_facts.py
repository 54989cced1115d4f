"""What the projection keeps of an event."""

import dataclasses
import datetime
import json
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import events
from contracts.events import ErasureDone, PublicConsultation, PublicContribution, PublicSection, PublicTally, new_id
from contracts.scales import SCALES
from gateway import facts, states
from gateway.settings import InvalidSettings, Settings
from gateway.site.sections import below, tree

DAY = datetime.date(2026, 11, 23)


def contribution(**changed: object) -> PublicContribution:
    given = {
        "id": new_id(),
        "contribution": new_id(),
        "consultation": new_id(),
        "section": new_id(),
        "version": 1,
        "kind": "proposal",
        "parent": None,
        "side": None,
        "title": "",
        "body": "",
        "body_html": "",
        "link": "",
        "category": "",
        "day": DAY,
        "state": "published",
        "scale": "support",
    }
    return PublicContribution(**{**given, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="a()">',
        '<a href="javascript:a()">x</a>',
        '<p style="a">x</p>',
        "<svg><script>1</script></svg>",
        '<form action="https://piege.example"><input name="code"></form>',
    ],
)
def test_html_is_sanitised_even_when_it_is_signed(hostile: str) -> None:
    document = str(facts.contribution_row(contribution(body_html=hostile))[-1])
    for word in ("script", "onerror", "style", "<form", "<input", "<img", "svg"):
        assert word not in document


HOSTILE = '<p>ok</p><script>alert(1)</script><img src=x onerror="a()">'


def hostile(part: Any) -> Any:
    """The same part of an event with ``HOSTILE`` in each of its fields of HTML, however deep."""
    if isinstance(part, tuple):
        return tuple(hostile(one) for one in part)
    if not isinstance(part, msgspec.Struct):
        return part
    fields = {name: getattr(part, name) for name in part.__struct_fields__}
    changed = {name: HOSTILE if name.endswith("_html") else hostile(value) for name, value in fields.items()}
    return msgspec.structs.replace(part, **changed)


PUBLIC = [
    json.loads(message["body"])
    for message in json.loads((Path(events.__file__).parent / "vectors" / "events.json").read_text())["messages"]
    if message["subject"].startswith("public.")
]


@pytest.mark.parametrize("body", PUBLIC, ids=lambda body: body["type"])
def test_no_html_of_any_event_is_kept_as_it_came(body: dict[str, Any]) -> None:
    event = msgspec.convert(body, events.Event)
    changed = hostile(event)
    rows = facts.rows_of([changed])
    kept = str([getattr(rows, part.name) for part in dataclasses.fields(rows)])
    assert ("<p>ok</p>" in kept) == (changed != event)
    assert "script" not in kept
    assert "onerror" not in kept


def test_middle_choices_count_neither_for_nor_against() -> None:
    every = {choice for scale in SCALES.values() for choice in scale}
    assert every - facts.IN_FAVOUR - facts.AGAINST == {"mixed", "pass", "3", "fairly_good", "passable"}
    assert not facts.IN_FAVOUR & facts.AGAINST


def test_a_link_that_is_not_to_the_web_is_dropped() -> None:
    assert '"link":""' in str(facts.contribution_row(contribution(link="javascript:alert(1)"))[-1])


def test_an_excerpt_is_text_cut_between_words() -> None:
    assert facts.excerpt("<p>Un &amp; <strong>deux</strong></p>") == "Un & deux"
    long = facts.excerpt("<p>" + "mot " * 200 + "</p>")
    assert long.endswith("mot…")
    assert len(long) <= facts.EXCERPT_CHARS + 1


def test_the_highest_version_of_a_batch_is_the_one_kept() -> None:
    first = contribution(title="avant")
    second = contribution(contribution=first.contribution, title="après", version=2)
    for order in ((first, second), (second, first, second)):
        rows = facts.rows_of(order)
        assert [row[1] for row in rows.contributions] == [2]


def test_other_facts_are_not_public() -> None:
    event = ErasureDone(id=new_id(), consultation=new_id(), request=new_id(), contributions=0, votes=0, day=DAY)
    with pytest.raises(facts.NotPublic):
        facts.rows_of([event])


def test_totals_are_in_the_order_of_the_scales() -> None:
    tally = PublicTally(
        id=new_id(),
        contribution=new_id(),
        consultation=new_id(),
        version=1,
        cast={"disagree": 1, "agree": 2},
        imported={"total": 5},
    )
    *_, support, cast, imported, document = facts.tally_row(tally)
    assert (support, cast, imported) == (7, 3, 5)
    assert document == '{"cast":{"agree":2,"disagree":1},"imported":{"total":5},"by_version":[]}'


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 6))), max_size=6))
def test_every_section_is_shown_once_however_they_nest(parents: list[tuple[int, int | None]]) -> None:
    ids = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(7)]
    sections = tuple(
        PublicSection(
            id=ids[n],
            parent=None if parent is None else ids[parent],
            position=position,
            title="",
            introduction_html="",
            kinds=(),
            scale="support",
        )
        for n, (position, parent) in enumerate(parents)
    )
    consultation = PublicConsultation(
        id=new_id(),
        consultation=new_id(),
        version=1,
        slug="a",
        title="",
        introduction_html="",
        organiser="",
        language="fr",
        state="open",
        opens_on=DAY,
        closes_on=DAY,
        scale="support",
        terms_version="1",
        level=1,
        sections=sections,
        source="",
    )
    seen: list[str] = []
    branches = tree(consultation, {})
    while branches:
        branch = branches.pop()
        seen.append(branch.section.id)
        branches += branch.branches
        assert str(below(consultation, uuid.UUID(branch.section.id))[0])
    assert sorted(seen) == [section.id for section in sections]


@pytest.mark.parametrize(("day", "state"), [(-1, "announced"), (0, "open"), (5, "open"), (6, "closed")])
def test_both_days_are_included(day: int, state: str) -> None:
    opens, closes = DAY, DAY + datetime.timedelta(5)
    assert states.state_on(DAY + datetime.timedelta(day), opens, closes) == state


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"GATEWAY_SECRET": "x"}, "Unknown setting GATEWAY_SECRET"),
        ({"GATEWAY_NATS": ""}, "Missing setting GATEWAY_NATS"),
        ({"GATEWAY_LISTEN": "8000"}, "host:port"),
        ({"GATEWAY_ORIGIN": "http://a.example; script-src *"}, "must be an origin"),
        ({"GATEWAY_DATABASE_POOL": "0"}, "positive number"),
    ],
)
def test_a_wrong_setting_gets_a_sentence_that_does_not_repeat_it(changed: dict[str, str], said: str) -> None:
    right = {
        "GATEWAY_ORIGIN": "http://a.example",
        "GATEWAY_CONSULTATION_ORIGIN": "http://b.example",
        "GATEWAY_IDENTITY_ORIGIN": "http://c.example",
        "GATEWAY_DATABASE": "postgresql://d",
        "GATEWAY_NATS": "nats://e",
        "GATEWAY_DATABASE_PASSWORD_FILE": "/f",
        "GATEWAY_NATS_SEED_FILE": "/g",
        "GATEWAY_TRUSTED_EVENT_KEYS_FILE": "/h",
        "PATH": "/bin",
    }
    assert Settings.from_environment(right).port == 8000
    with pytest.raises(InvalidSettings, match=said):
        Settings.from_environment({**right, **changed})
