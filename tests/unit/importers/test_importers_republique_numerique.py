"""République numérique: totals without votes, a reason for every row that is refused."""

import datetime
from pathlib import Path

import pytest

from consultation_service.importers import republique_numerique
from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import SourceUnusable

SECTIONS = "section_id,title,subtitle,votes_help_text\n86,Section 1,Des données,Et vous ?\n90,Section 1,Les communs,\n"
COLUMNS = (
    "opinion_id,author_token,author_kind,section_id,title,body,created_at,votes_ok,votes_mitige,votes_nok,is_trashed\n"
)
OPINIONS = f"""{COLUMNS}\
1,a-00000000000000aa,user,86,Un,Texte *un*,2015-10-18T22:24:20+0200,5,1,2,False
2,a-00000000000000bb,user,90,Deux,Texte deux,2015-09-30T22:24:20+0200,0,0,0,True
3,a-00000000000000bb,user,91,Trois,Sans partie,2015-09-30T22:24:20+0200,0,0,0,False
4,a-00000000000000bb,user,90,Quatre,Faux nombre,2015-09-30T22:24:20+0200,cinq,0,0,False
2,a-00000000000000bb,user,90,Deux,En double,2015-09-30T22:24:20+0200,0,0,0,False
5,,user,90,Cinq,Sans auteur,2015-09-30T22:24:20+0200,0,0,0,False
"""
ARGUMENTS = """argument_id,opinion_id,author_token,side,body,created_at,votes_count,is_trashed
1,1,a-00000000000000aa,FOR,Oui,2015-10-01T00:00:00+0200,3,False
2,1,a-00000000000000cc,AGAINST,Non,2015-10-01T00:00:00+0200,4,False
3,3,a-00000000000000cc,AGAINST,Sur un refus,2015-10-01T00:00:00+0200,4,False
4,1,a-00000000000000cc,MAYBE,Peut-être,2015-10-01T00:00:00+0200,4,False
"""
SOURCES = """source_id,opinion_id,author_token,category,title,link,body,created_at,votes_count
1,1,a-00000000000000aa,Autre,Une source,http://a.example/,,2015-10-01T00:00:00+0200,2
2,1,a-00000000000000aa,Autre,Une source,javascript:x,,2015-10-01T00:00:00+0200,2
"""
FILES = {"sections": SECTIONS, "opinions": OPINIONS, "arguments": ARGUMENTS, "sources": SOURCES}


def read(folder: Path, **changed: str | None) -> tuple[Batch, Report]:
    for name, content in {**FILES, **changed}.items():
        if content is not None:
            (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    report = Report()
    return republique_numerique.read(folder, Options(), report, lambda: None), report


def test_what_is_taken(tmp_path: Path) -> None:
    batch, report = read(tmp_path)
    assert report.taken == {
        "sections": 2,
        "articles": 0,
        "articles_that_change_a_law": 0,
        "proposals": 2,
        "explanations": 0,
        "arguments": 2,
        "arguments_for": 1,
        "arguments_against": 1,
        "sources": 1,
        "imported_agree": 5,
        "imported_mixed": 1,
        "imported_disagree": 2,
        "imported_votes_on_arguments": 7,
        "imported_votes_on_sources": 2,
    }
    one, two, yes, _, source = batch.contributions
    assert one.body_html == "<p>Texte <em>un</em></p>\n"
    assert (two.category, source.category) == (republique_numerique.BINNED, "Autre")
    assert (yes.parent_id, yes.section_id, yes.author) == (one.id, one.section_id, one.author)
    assert batch.tallies[one.id] == {"agree": 5, "mixed": 1, "disagree": 2}
    assert batch.tallies[yes.id] == {"total": 3}
    assert not batch.votes
    assert [section.title for section in batch.consultation.sections] == [
        "Section 1 – Des données",
        "Section 1 – Les communs",
    ]
    assert (batch.consultation.opens_on, batch.consultation.closes_on) == (
        datetime.date(2015, 9, 30),
        datetime.date(2015, 10, 18),
    )


def test_what_is_refused(tmp_path: Path) -> None:
    _, report = read(tmp_path)
    assert [(r.file, r.line, r.code) for r in report.refused] == [
        ("opinions.csv", 4, "unknown"),
        ("opinions.csv", 5, "number"),
        ("opinions.csv", 6, "duplicate"),
        ("opinions.csv", 7, "missing"),
        ("arguments.csv", 4, "unknown"),
        ("arguments.csv", 5, "choice"),
        ("sources.csv", 3, "link"),
    ]
    assert all(r.fr and r.en and "cinq" not in r.fr for r in report.refused)


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_needed(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceUnusable, match=rf"{name}\.csv is missing"):
        read(tmp_path, **{name: None})


def test_nothing_to_take(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="No row of opinions"):
        read(tmp_path, sections=SECTIONS.split("\n")[0] + "\n")


BILL = f"""{COLUMNS}\
1,a-00000000000000aa,vip,86,Article 1 - Des données,Un mot change.,2015-10-18T22:24:20+0200,5,1,2,False
2,a-00000000000000bb,user,86,Une idée,Texte,2015-09-30T22:24:20+0200,0,0,0,False
"""
APPENDICES = "opinion_id,kind,body\n1,Explication de l'article,Objectif : *moins*.\n2,Explication,\n"
DIFFERENCES = """opinion_id,title,key,before,after
1,Article 7 de la loi,article 7,Le document papier est public.,Le document numérique est public.
1,Article 8 de la loi,article 8,,Un article nouveau.
"""


def test_the_bill_says_what_it_changes_in_the_law(tmp_path: Path) -> None:
    batch, report = read(tmp_path, opinions=BILL, appendices=APPENDICES, article_diffs=DIFFERENCES, arguments=ARGUMENTS)
    article, idea = batch.contributions[:2]
    assert (article.kind, article.number, article.title) == ("article", "Article 1", "Des données")
    assert article.author is None
    assert article.before_text == "Article 7 de la loi\n\nLe document papier est public."
    assert article.explanation_html == "<p>Objectif : <em>moins</em>.</p>\n"
    changes = article.event().changes
    former = "".join(change.text for change in changes if change.kind != "added")
    new = "".join(change.text for change in changes if change.kind != "removed")
    assert former == article.before_text
    assert new == (
        "Article 7 de la loi\n\nLe document numérique est public.\n\nArticle 8 de la loi\n\nUn article nouveau."
    )
    assert (idea.kind, idea.changes, idea.explanation) == ("proposal", "[]", "")
    taken = report.taken
    assert (taken["articles"], taken["articles_that_change_a_law"], taken["explanations"]) == (1, 1, 1)
    assert batch.consultation.sections[0].kind == "articles"
