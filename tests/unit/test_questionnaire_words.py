"""Questionnaires in words: every kind is published, and conditions read as sentences."""

import msgspec

from consultation_service.questionnaire_words import condition_words, questionnaire_of, questionnaire_steps
from consultation_service.rules import conditions as when
from consultation_service.rules import questionnaires as q

MEANS = (q.Option(key="train", label="En train"), q.Option(key="car", label="En voiture"))
TRAVEL = q.Questionnaire(
    sections=(
        q.Section(
            key="travel",
            title="Vos trajets",
            introduction="Pour **tous** les trajets.",
            items=(
                q.TextBlock(key="hello", body="Bonjour."),
                q.Single(key="means", label="Comment ?", options=MEANS, other=True, required=True),
                q.Multiple(key="times", label="Quand ?", options=MEANS),
                q.Scale(key="mark", label="Note ?", first=1, last=3, first_label="mauvais", last_label="bon"),
                q.Matrix(key="table", label="Tableau", rows=MEANS, columns=MEANS[:1], help="Une par ligne."),
            ),
        ),
        q.Section(
            key="line",
            title="La ligne",
            show_if=when.Not(condition=when.Equals(question="means", value="car")),
            items=(
                q.ShortText(key="which", label="Laquelle ?", show_if=when.Contains(question="times", option="car")),
            ),
        ),
    )
)
QUESTIONS = {question.key: question for question in q.questions_of(TRAVEL)}


def test_every_page_is_in_words() -> None:
    travel, line = questionnaire_steps(TRAVEL, "fr")
    assert travel.introduction_html == "<p>Pour <strong>tous</strong> les trajets.</p>\n"
    assert [question.kind for question in travel.questions] == ["text", "single", "multiple", "scale", "matrix"]
    assert travel.questions[0].label == "Bonjour."
    assert travel.questions[1].required
    assert travel.questions[3].options == ("1 (mauvais)", "2", "3 (bon)")
    assert travel.questions[4].rows == ("En train", "En voiture")
    assert travel.questions[4].options == ("En train",)
    assert travel.questions[4].help == "Une par ligne."
    assert line.shown_if == "Si la réponse à « Comment ? » n’est pas « En voiture »."
    assert line.questions[0].shown_if == "Si la réponse à « Quand ? » contient « En voiture »."


def test_conditions_read_as_sentences_in_both_languages() -> None:
    other = when.Equals(question="means", value="other")
    three = when.Equals(question="mark", value=3)
    train = when.Contains(question="times", option="train")
    either = when.Any(conditions=(other, when.All(conditions=(three, train))))
    assert condition_words(either, QUESTIONS, "fr") == (
        "Si la réponse à « Comment ? » est « Autre » ou "
        "(la réponse à « Note ? » est 3 et la réponse à « Quand ? » contient « En train »)."
    )
    assert condition_words(when.Not(condition=either), QUESTIONS, "en") == (
        "If the answer to “Comment ?” is not “Other” and "
        "(the answer to “Note ?” is not 3 or the answer to “Quand ?” does not include “En train”)."
    )
    assert condition_words(None, QUESTIONS, "fr") == ""


def test_a_definition_survives_its_json_form() -> None:
    assert questionnaire_of(msgspec.json.encode(TRAVEL)) == TRAVEL
