"""The demonstration is open today, complete, and its links and people are invented."""

import datetime
from collections import Counter
from urllib.parse import urlsplit

import msgspec
from stdnum.fr import siret

from consultation_service.demo.reading import read

TODAY = datetime.date(2026, 2, 28)


def test_the_demonstration_is_complete_and_open() -> None:
    batch = read(TODAY)
    assert Counter(c.kind for c in batch.contributions) == {"proposal": 10, "opinion": 2, "argument": 25, "source": 8}
    assert batch.consultation.opens_on <= TODAY
    assert batch.consultation.closes_on > TODAY + datetime.timedelta(60)
    assert siret.is_valid(batch.consultation.organiser_number)
    assert "" not in msgspec.structs.astuple(batch.consultation.legal)
    assert all(batch.consultation.opens_on <= c.day <= TODAY for c in batch.contributions)
    assert all(batch.consultation.opens_on <= v.day <= TODAY for v in batch.votes)
    assert all(c.body_html or c.kind == "source" for c in batch.contributions)


def test_nobody_votes_twice_on_an_item() -> None:
    votes = read(TODAY).votes
    assert len({(vote.contribution_id, vote.participant) for vote in votes}) == len(votes) > 500


def test_every_section_takes_what_it_holds_and_is_reachable() -> None:
    batch = read(TODAY)
    sections = {section.id: section for section in batch.consultation.sections}
    assert any(section.parent for section in sections.values())
    assert all(section.parent is None or section.parent in sections for section in sections.values())
    assert all(c.kind in sections[c.section_id].kinds for c in batch.contributions if c.parent_id is None)


def test_links_are_to_example_domains() -> None:
    links = [c.link for c in read(TODAY).contributions if c.link]
    assert links
    assert all((urlsplit(link).hostname or "").endswith(".example") for link in links)


def test_a_wrapped_line_is_not_a_broken_line() -> None:
    batch = read(TODAY)
    assert "<br" not in batch.consultation.introduction_html
    assert all("<br" not in c.body_html for c in batch.contributions)
