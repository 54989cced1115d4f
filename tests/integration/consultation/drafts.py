"""A draft with everything that a consultation can hold, whole enough to be announced."""

import datetime
from typing import Any

import msgspec

from consultation_service.configuration import Organiser, PolicySettings, Presentation, Schedule
from consultation_service.rules.attributes import Declared
from consultation_service.rules.conditions import Equals
from consultation_service.rules.edits import Limits
from consultation_service.rules.questionnaires import LongText, Option, Questionnaire, Section, Single
from consultation_service.store import articles, configuration, consultations
from consultation_service.store.consultations import NewConsultation, NewSection
from consultation_service.structure import OfficialText
from contracts.events import PublicLegal, PublicPhase, PublicRankingRules, new_id

TODAY = datetime.date(2026, 11, 23)
OPENS = datetime.date(2026, 12, 1)
CLOSES = datetime.date(2027, 1, 31)
ORGANISER = Organiser(
    name="Commune de Villebrume",
    number="732 829 320 00074",
    contact="https://villebrume.example/contact",
    legal=PublicLegal(
        publication_director="Ariane Delorme, maire",
        host="Hébergeur public de Villebrume",
        data_protection="Basile Oriol, délégué à la protection des données",
    ),
)
PRESENTATION = Presentation(
    slug="projet-de-loi-villebrume",
    title="Projet de loi",
    introduction="Un *projet*.",
    commitment="Nous répondrons à **chaque** article.",
    language="fr",
    languages=("fr", "en"),
)
POLICY = PolicySettings(
    attributes=(Declared(attribute="region", purpose="Voir si tout le territoire participe"),),
    purposes=("Écrire la loi avec celles et ceux qu’elle concerne",),
    retention_days=365,
)
QUESTIONNAIRE = Questionnaire(
    sections=(
        Section(
            key="a",
            title="Vos trajets",
            items=(
                Single(
                    key="train",
                    label="En train ?",
                    options=(Option(key="o", label="Oui"), Option(key="n", label="Non")),
                ),
                LongText(key="why", label="Pourquoi ?", show_if=Equals(question="train", value="n")),
            ),
        ),
    ),
    editable=True,
)  # fmt: skip
RANKING = PublicRankingRules(method="condorcet", most=2)


async def write_draft(connection: Any, slug: str = PRESENTATION.slug) -> NewConsultation:
    """Everything, through the functions that the back office uses; the organiser's own texts too."""
    bill, forms, order, ideas = (new_id() for _ in range(4))
    new = NewConsultation(
        id=new_id(), slug=slug, title="?", introduction="", introduction_html="", organiser="", language="fr",
        scale="agree_mixed_disagree", terms_version="1", opens_on=OPENS, closes_on=CLOSES, announced=False,
        sections=(
            NewSection(id=bill, position=0, title="Le texte", kind="articles", kinds=("amendment", "argument"),
                       scale="agree_mixed_disagree"),
            NewSection(id=ideas, parent=bill, position=0, title="Idées", kinds=("proposal",), scale="support",
                       review_first=True),
            NewSection(id=forms, position=1, title="Questions", kind="questionnaire", scale="support",
                       questionnaire=QUESTIONNAIRE),
            NewSection(id=order, position=2, title="Priorités", kind="ranking", scale="support", ranking=RANKING),
        ),
    )  # fmt: skip
    await consultations.create(connection, new)
    text = OfficialText(before="Ancien.", body="Nouveau.", explanation="Car.")
    bill_texts = [msgspec.structs.replace(text, number=f"Article {n}", title=f"Titre {n}") for n in (1, 2)]
    await articles.add(connection, new.id, bill, bill_texts, TODAY)
    options = [OfficialText(title=title) for title in ("Le train", "Le vélo")]
    await articles.add(connection, new.id, order, options, TODAY)
    phases = (
        PublicPhase(kind="collect", title="Idées", first=OPENS, last=datetime.date(2026, 12, 31), sections=(ideas,)),
        PublicPhase(kind="vote", title="", first=OPENS, last=CLOSES),
    )
    presentation = msgspec.structs.replace(PRESENTATION, slug=slug)
    await configuration.save_presentation(connection, new.id, presentation, TODAY)
    await configuration.save_organiser(connection, new.id, ORGANISER, TODAY)
    await configuration.save_policy(connection, new.id, POLICY, TODAY)
    await configuration.save_limits(connection, new.id, Limits(texts_a_day={"proposal": 3}), TODAY)
    schedule = Schedule(opens_on=OPENS, closes_on=CLOSES, phases=phases)
    await configuration.save_schedule(connection, new.id, schedule, TODAY)
    return new
