"""Texts cut for moderators: nothing is lost, and what was found is named."""

from hypothesis import given
from hypothesis import strategies as st

from consultation_service.highlights import KINDS, Stretch, has_personal_data, highlighted
from consultation_service.personal_data import KINDS as FOUND_KINDS

LIKELY = st.lists(st.sampled_from(("06 39 98 12 34", "marie@exemple.example", " ", "Mme Dupont", "texte", "\n", "é")))


@given(LIKELY.map("".join))
def test_stretches_put_end_to_end_are_the_text(text: str) -> None:
    assert "".join(stretch.text for stretch in highlighted(text, "fr")) == text


def test_what_was_found_is_named_in_the_language_of_the_page() -> None:
    text = "Appelez le 06 39 98 12 34."
    assert Stretch("06 39 98 12 34", "téléphone") in highlighted(text, "fr")
    assert Stretch("06 39 98 12 34", "telephone") in highlighted(text, "en")
    assert has_personal_data(text)
    assert not has_personal_data("L’article 12 de la loi du 29 juillet 1881.")


def test_every_kind_has_its_words() -> None:
    assert set(KINDS) == set(FOUND_KINDS)
    assert all(french != english for french, english in KINDS.values())
