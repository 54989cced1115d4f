"""A bill cut into articles: what is recognised, and that nothing of the text is lost."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consultation_service.articles import Piece, cut

BILL = """Projet de loi pour une République numérique

TITRE IER

LA CIRCULATION DES DONNÉES

Chapitre 1er : Économie de la donnée

Article 1er – Ouverture par défaut

I. – Le livre III du code est ainsi modifié :
Article 4 de la loi du 6 janvier 1978 est abrogé.
« Art. L. 300-3. – Les administrations publient.

Art. 2. - La présente loi s’applique à Mayotte.

TITRE II
LA PROTECTION DES DROITS

**Article L. 311-1**

Les communes publient.

ANNEXE 1 – Liste des services
- préfectures
"""

MARKDOWN = """# Règlement du budget participatif

## Qui peut proposer

Toute personne de plus de 9 ans.

### Et les associations

Aussi.

## Calendrier

### Dépôt

En mars.

### Vote

En juin.
"""


def told(text: str) -> list[tuple[str, str, str]]:
    return [(piece.kind, piece.number, piece.title) for piece in cut(text)]


def test_a_bill_is_cut_at_titles_chapters_articles_and_appendices() -> None:
    assert told(BILL) == [
        ("opening", "", ""),
        ("part", "TITRE IER", "LA CIRCULATION DES DONNÉES"),
        ("part", "Chapitre 1er", "Économie de la donnée"),
        ("article", "Article 1er", "Ouverture par défaut"),
        ("article", "Art. 2", ""),
        ("part", "TITRE II", "LA PROTECTION DES DROITS"),
        ("article", "Article L. 311-1", ""),
        ("appendix", "ANNEXE 1", "Liste des services"),
    ]


def test_a_chapter_nests_in_the_title_before_it() -> None:
    ranks = {piece.number: piece.rank for piece in cut(BILL) if piece.kind == "part"}
    assert ranks["TITRE IER"] == ranks["TITRE II"] < ranks["Chapitre 1er"]


def test_what_only_mentions_or_quotes_an_article_stays_in_its_text() -> None:
    first = next(piece for piece in cut(BILL) if piece.number == "Article 1er")
    assert "Article 4 de la loi" in first.body
    assert "« Art. L. 300-3. –" in first.body


def test_an_article_may_begin_on_the_line_of_its_number() -> None:
    second = next(piece for piece in cut(BILL) if piece.number == "Art. 2")
    assert second.body == "La présente loi s’applique à Mayotte."


def test_markdown_headings_alone_are_articles_and_those_that_hold_others_are_parts() -> None:
    assert told(MARKDOWN) == [
        ("opening", "", ""),
        ("article", "", "Qui peut proposer"),
        ("part", "", "Calendrier"),
        ("article", "", "Dépôt"),
        ("article", "", "Vote"),
    ]
    assert "### Et les associations" in cut(MARKDOWN)[1].body


def test_markdown_headings_around_articles_nest_by_their_level() -> None:
    text = "## Titre Ier – Droits\n### Principes\n#### Article 1\nUn.\n##### Détail\n## Titre II\n#### Article 2\nDeux."
    assert told(text) == [
        ("part", "Titre Ier", "Droits"),
        ("part", "", "Principes"),
        ("article", "Article 1", ""),
        ("part", "Titre II", ""),
        ("article", "Article 2", ""),
    ]
    assert [piece.rank for piece in cut(text) if piece.kind == "part"] == [2, 3, 2]


@pytest.mark.parametrize(
    ("line", "number", "title"),
    [
        ("Article 1er", "Article 1er", ""),
        ("ARTICLE PREMIER", "ARTICLE PREMIER", ""),
        ("Article unique", "Article unique", ""),
        ("Article 3 bis A", "Article 3 bis A", ""),
        ("Art. L. 311-1-2", "Art. L. 311-1-2", ""),
        ("Article R*123-4 : Délais", "Article R*123-4", "Délais"),
        ("### Article 12 Du vote", "Article 12", "Du vote"),
        ("__Article XII__ — Du vote", "Article XII", "Du vote"),
        ("Article\u00a07.", "Article 7", ""),
        ("Article 11bis - Transparence", "Article 11bis", "Transparence"),
        ("Article 2 bis (nouveau)", "Article 2 bis (nouveau)", ""),
        ("Article LO 111-3 – Sièges", "Article LO 111-3", "Sièges"),
        ("Article L.O. 111-3", "Article L.O. 111-3", ""),
    ],
)
def test_numbers_of_articles(line: str, number: str, title: str) -> None:
    assert told(f"{line}\n\nTexte.\n") == [("article", number, title)]


@pytest.mark.parametrize(
    "line",
    [
        "Article 4 de la loi du 6 janvier",
        "L’article 2 est abrogé",
        "« Article 3",
        "Articles 4 et 5",
        "Article",
        "Titres",
    ],
)
def test_what_is_not_an_article(line: str) -> None:
    assert told(f"{line}\n\nTexte.\n") == [("opening", "", "")]


def test_an_english_bill_is_cut_too() -> None:
    text = "PART I\nGENERAL\n\nChapter 2: Quays\n\nArticle 1 – Opening\n\nOpen.\n\nAppendix A\n\nList.\n"
    assert told(text) == [
        ("part", "PART I", "GENERAL"),
        ("part", "Chapter 2", "Quays"),
        ("article", "Article 1", "Opening"),
        ("appendix", "Appendix A", ""),
    ]


def test_a_text_without_heading_is_one_opening_and_an_empty_one_is_nothing() -> None:
    assert told("Bonjour.\n") == [("opening", "", "")]
    assert cut("\n \n") == ()


LINES = st.sampled_from(
    [
        *BILL.splitlines(),
        *MARKDOWN.splitlines(),
        "# " + "long " * 60,
        "Article 9 – " + "long " * 60,
        "Chapitre IV",
        "##",
    ]
)
TEXTS = st.lists(LINES | st.text(max_size=40), max_size=30).map("\n".join)


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def kept(piece: Piece) -> str:
    return piece.number + piece.title + piece.body


@given(TEXTS)
@example(BILL)
@example(MARKDOWN)
@example("# " + "*" * 200_000)
@example("* " * 100_000 + "#")
def test_nothing_of_the_text_is_lost(text: str) -> None:
    pieces = cut(text)
    whole = "".join(piece.heading + piece.text for piece in pieces)
    assert text.endswith(whole)
    assert not text.removesuffix(whole).strip()
    assert "".join(letters(kept(piece)) for piece in pieces) == letters(text)
