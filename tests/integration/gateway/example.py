"""A whole consultation, invented: a bill and its amendments, proposals, a questionnaire, a ranking, moderation."""

import datetime
import html
from collections.abc import Sequence
from typing import Final, Literal

from contracts.events import (
    AddedKind,
    Change,
    Event,
    PublicAnswers,
    PublicAttribute,
    PublicConsultation,
    PublicLegal,
    PublicPhase,
    PublicQuestion,
    PublicRankingResult,
    PublicRankingRules,
    PublicSection,
    PublicStep,
    PublicTally,
    QuestionTotals,
    VersionVotes,
    new_id,
)
from contracts.scales import SCALES, ScaleName
from tests.integration.gateway.stage import (
    CONSULTATION,
    TODAY,
    consultation,
    contribution,
    journal,
    official_answer,
    statement,
    version,
)

Spoken = tuple[str, ...]


def name(kind: int, number: int = 0) -> str:
    """An id that is the same in every run."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


BILL, FREE, FORM, RANKED, MARKED, JUDGED = (name(0x5EC, n) for n in range(6))
ARTICLES: Final = tuple(name(0xA, n) for n in range(4))
AMENDMENTS: Final = tuple(name(0xB, n) for n in range(4))
PROPOSALS: Final = tuple(name(0xC, n) for n in range(6))
ARGUMENTS: Final = tuple(name(0xD, n) for n in range(4))
COMMENTS: Final = tuple(name(0xE, n) for n in range(5))
OPTIONS: Final = tuple(name(0xF, n) for n in range(4))
SOURCE: Final = name(0x50)
STATEMENTS: Final = (name(0x57, 1), name(0x57, 2))
DAY: Final = datetime.timedelta(1)
IN_TOWN: Final = " kilomètres à l’heure dans toute la ville"
DISCUSSED: Final[tuple[AddedKind, ...]] = ("argument", "source", "comment")

QUESTIONS: Final = (
    PublicQuestion(
        key="how", kind="single", label="Comment venez-vous en ville ?", required=True,
        options=("À vélo", "À pied", "En bus", "En voiture"),
    ),
    PublicQuestion(
        key="brakes", kind="multiple", label="Qu’est-ce qui vous retient de pédaler ?",
        help="Plusieurs réponses possibles.",
        options=("La circulation", "Le vol", "La pluie", "La distance", "Les côtes"),
        shown_if="Si la réponse à « Comment venez-vous en ville ? » n’est pas « À vélo ».",
    ),
    PublicQuestion(
        key="safe", kind="matrix", label="Vous sentez-vous en sécurité…", options=("Oui", "Plutôt", "Non"),
        rows=("le jour", "la nuit", "aux carrefours"),
    ),
    PublicQuestion(
        key="mark", kind="scale", label="Quelle note donnez-vous aux pistes ?",
        options=("1 (mauvaises)", "2", "3", "4", "5 (excellentes)"),
    ),
    PublicQuestion(
        key="order", kind="ranking", label="Que faire d’abord ?", options=("Des pistes", "Des arceaux", "Des cours")
    ),
    PublicQuestion(key="more", kind="long_text", label="Autre chose à nous dire ?"),
)  # fmt: skip


def sections() -> tuple[PublicSection, ...]:
    """A section of each kind, and one for each scale that the others do not have."""
    facts = {"parent": None, "introduction_html": "", "scale": "agree_mixed_disagree"}
    return (
        PublicSection(
            id=BILL, position=0, title="Le projet de règlement « Villebrume à vélo »", kind="articles",
            kinds=("amendment", *DISCUSSED), parent=None, scale="agree_mixed_disagree",
            introduction_html="<p>Trois articles et une annexe. Proposez vos amendements, article par article.</p>",
        ),
        PublicSection(
            id=FREE, position=1, title="Vos idées pour les trajets du quotidien",
            kinds=("proposal", "opinion", "question", "amendment", *DISCUSSED), **facts,  # type: ignore[arg-type]
        ),
        PublicSection(
            id=FORM, position=2, title="Vos habitudes", kind="questionnaire", kinds=(), editable=True, parent=None,
            scale="support", introduction_html="<p>Six questions, trois minutes.</p>",
            steps=(
                PublicStep(title="Vos trajets", introduction_html="", questions=QUESTIONS[:2]),
                PublicStep(
                    title="Votre ressenti", introduction_html="<p>Pensez à la semaine dernière.</p>",
                    questions=QUESTIONS[2:],
                ),
            ),
        ),
        PublicSection(
            id=RANKED, position=3, title="Quatre carrefours à refaire : lequel d’abord ?", kind="ranking",
            kinds=("comment",), parent=None, scale="support", introduction_html="",
            ranking=PublicRankingRules(method="condorcet", most=3, points=100),
        ),
        PublicSection(
            id=MARKED, position=4, title="Notez ces idées", kinds=("proposal", *DISCUSSED), parent=None,
            introduction_html="", scale="one_to_five",
        ),
        PublicSection(
            id=JUDGED, position=5, title="Jugez ces scénarios", kinds=("proposal", *DISCUSSED), parent=None,
            introduction_html="", scale="majority_judgment", review_first=True,
        ),
    )  # fmt: skip


def the_consultation(**changed: object) -> PublicConsultation:
    """The consultation, open for three weeks more."""
    facts = {
        "slug": "villebrume-a-velo", "title": "Villebrume à vélo : écrivons le règlement ensemble", "level": 1,
        "introduction_html": "<p>La ville prépare un règlement pour celles et ceux qui pédalent, marchent ou roulent. "
        "Lisez-le, corrigez-le, dites vos priorités.</p>",
        "organiser": "Ville de Villebrume", "organiser_number": "21990001200019",
        "organiser_contact": "https://ville.example/contact", "languages": ("fr", "en"),
        "opens_on": TODAY - 12 * DAY, "closes_on": TODAY + 21 * DAY, "sections": sections(),
        "commitment_html": "<p>Le conseil municipal votera le règlement le 15 janvier. Chaque article dont un "
        "amendement recueille plus d’accords que de désaccords sera rediscuté, et la réponse publiée ici.</p>",
        "legal": PublicLegal(
            publication_director="Camille Exemple, maire", host="Hébergeur d’Exemple, 1 rue du Nuage, Villebrume",
            data_protection="Déléguée à la protection des données : dpo@ville.example",
        ),
        "purposes": ("Recueillir l’avis des habitants sur le règlement", "Publier des résultats sans auteur"),
        "retention_days": 365, "policy_digest": "4f9c" * 16,
        "attributes": (
            PublicAttribute(attribute="age", purpose="Vérifier que toutes les générations s’expriment."),
            PublicAttribute(attribute="status", purpose="Distinguer associations et particuliers."),
        ),
        "phases": (
            PublicPhase(kind="collect", title="Proposer et discuter", first=TODAY - 12 * DAY, last=TODAY + 7 * DAY),
            PublicPhase(
                kind="amend", title="Amender le règlement", first=TODAY - 5 * DAY, last=TODAY + 10 * DAY,
                sections=(BILL,),
            ),
            PublicPhase(kind="vote", title="Voter", first=TODAY - 12 * DAY, last=TODAY + 21 * DAY),
            PublicPhase(kind="questionnaire", title="Répondre", first=TODAY - 12 * DAY, last=TODAY + 21 * DAY),
            PublicPhase(
                kind="restitution", title="Délibération et restitution", first=TODAY + 40 * DAY, last=TODAY + 50 * DAY
            ),
        ),
        **changed,
    }  # fmt: skip
    return consultation(**facts)


def changed(*pieces: str) -> tuple[Change, ...]:
    """``-removed``, ``+added``, or what stays."""
    kinds: dict[str, Literal["removed", "added"]] = {"-": "removed", "+": "added"}
    return tuple(Change(kind=kinds[p[0]], text=p[1:]) if p[0] in kinds else Change(kind="same", text=p) for p in pieces)


def counted(item: str, scale: ScaleName, votes: Sequence[int], former: int = 0) -> PublicTally:
    """Totals, of which ``former`` votes are on the first version of the text."""
    return PublicTally(
        id=new_id(), contribution=item, consultation=CONSULTATION, version=1, imported=None,
        cast=dict(zip(SCALES[scale], votes, strict=True)),
        by_version=(VersionVotes(text_version=1, votes=former),) if former else (),
    )  # fmt: skip


def bill() -> list[Event]:
    """Three articles and an appendix, with amendments."""
    texts = (
        ("Article 1", "Trente à l’heure", ("La vitesse est limitée à ", "-cinquante", "+trente", IN_TOWN,
         "+, sauf sur les boulevards", ".")),
        ("Article 2", "Des arceaux devant chaque école", ("+Des arceaux à vélos sont posés devant chaque école.",)),
        ("Article 3", "Le partage des trottoirs", ("Les ", "-cyclistes", "+personnes à vélo de plus de huit ans",
         " descendent de leur vélo sur les trottoirs.")),
        ("Annexe A", "Liste des boulevards", ("Boulevard des Saules, boulevard du Quai.",)),
    )  # fmt: skip
    events: list[Event] = []
    for place, (number, title, pieces) in enumerate(texts):
        changes = changed(*pieces)
        before, after = ("".join(c.text for c in changes if c.kind in ("same", k)) for k in ("removed", "added"))
        events.append(
            contribution(
                ARTICLES[place], section=BILL, kind="article", number=number, title=title, position=place,
                changes=changes if place < 3 else (), appendix=place == 3, body=after,
                body_html=f"<p>{html.escape(after)}</p>",
                before_html=f"<p>{html.escape(before)}</p>" if before and place < 3 else "",
                explanation_html="<p>Deux accidents sur trois ont lieu au-dessus de trente.</p>" if place == 0 else "",
            )
        )  # fmt: skip
        if place < 3:
            events.append(counted(ARTICLES[place], "agree_mixed_disagree", (120 - 40 * place, 31, 22 + 30 * place)))
    why = "<p>Les livraisons passent par là.</p>"
    for place, (title, pieces) in enumerate((
        ("Vingt à l’heure près des écoles", ("La vitesse est limitée à ", "-trente", "+vingt", IN_TOWN,
         ", sauf sur les boulevards.")),
        ("Les boulevards aussi", ("La vitesse est limitée à trente kilomètres à l’heure dans toute la ville",
         "-, sauf sur les boulevards", ".")),
        ("Abriter les arceaux", ("Des arceaux à vélos", "+ couverts", " sont posés à l’entrée.")),
    )):  # fmt: skip
        changes = changed(*pieces)
        body = "".join(c.text for c in changes if c.kind != "removed")
        events += [
            contribution(
                AMENDMENTS[place], section=BILL, kind="amendment", parent=ARTICLES[0 if place < 2 else 1], title=title,
                changes=changes, body=body, body_html=f"<p>{body}</p>", explanation_html=why, base_version=1,
            ),
            counted(AMENDMENTS[place], "agree_mixed_disagree", (41 - 9 * place, 6, 18)),
        ]  # fmt: skip
    return events


def talk() -> list[Event]:
    """Arguments, a source, comments that answer each other; one argument hidden, one comment withdrawn."""
    parent = PROPOSALS[0]
    said = "<p>Oui, et <strong>les horaires</strong> ? Le dernier train de 22 h n’a plus de correspondance.</p>"
    return [
        contribution(ARGUMENTS[0], section=FREE, kind="argument", side="for", parent=parent, title="",
                     body_html="<p>Le vol est la première raison de ne pas prendre son vélo pour aller au train.</p>"),
        contribution(ARGUMENTS[1], section=FREE, kind="argument", side="against", parent=parent, title="",
                     body_html="<p>Six cents places coûtent cher ; commençons par deux cents.</p>"),
        contribution(ARGUMENTS[2], section=FREE, kind="argument", side="against", parent=parent, title="", body="",
                     body_html="", state="hidden", rule="insult", version=2),
        contribution(SOURCE, section=FREE, kind="source", parent=parent, title="Enquête sur les trajets du matin",
                     link="https://enquete.example/matin", category="Étude", body_html="<p>Page 12.</p>"),
        contribution(COMMENTS[0], section=FREE, kind="comment", parent=parent, title="", body_html=said),
        contribution(COMMENTS[1], section=FREE, kind="comment", parent=COMMENTS[0], title="", body="", body_html="",
                     state="withdrawn", version=2),
        contribution(COMMENTS[2], section=FREE, kind="comment", parent=COMMENTS[1], title="",
                     body_html="<p>La ligne 3 vient d’être prolongée jusqu’à minuit.</p>"),
        contribution(COMMENTS[3], section=FREE, kind="comment", parent=ARGUMENTS[0], title="",
                     body_html="<p>Chez moi, trois vélos en deux ans.</p>"),
        counted(ARGUMENTS[0], "agree_mixed_disagree", (17, 2, 1)),
        counted(ARGUMENTS[1], "agree_mixed_disagree", (5, 4, 9)),
        journal(ARGUMENTS[2]),
    ]  # fmt: skip


def ideas() -> list[Event]:
    """Proposals on every scale, one edited, one sent back, a question."""
    answered = official_answer(PROPOSALS[0], version=2)
    edited = "Un parking à vélos fermé à la gare"
    return [
        contribution(PROPOSALS[0], section=FREE, title=edited, text_version=2, version=2,
                     body_html="<p>Six cents places, ouvertes jour et nuit, avec un atelier.</p>",
                     changes=changed("-Quatre cents", "+Six cents", " places, ouvertes jour et nuit",
                                     "+, avec un atelier", ".")),
        version(name(0x7E, 1), PROPOSALS[0], title="Un parking à vélos à la gare"),
        counted(PROPOSALS[0], "agree_mixed_disagree", (214, 38, 29), former=61),
        answered,
        contribution(PROPOSALS[1], section=FREE, kind="question", title="Qui déneigera les pistes ?",
                     body_html="<p>L’hiver dernier, personne.</p>"),
        contribution(PROPOSALS[2], section=MARKED, title="Prêter des vélos cargos", scale="one_to_five",
                     body_html="<p>Une semaine, pour essayer.</p>"),
        counted(PROPOSALS[2], "one_to_five", (4, 6, 18, 41, 33)),
        contribution(PROPOSALS[3], section=JUDGED, title="Le grand anneau", scale="majority_judgment",
                     body_html="<p>Une piste tout autour du centre, sans feu.</p>"),
        counted(PROPOSALS[3], "majority_judgment", (12, 21, 30, 18, 9, 5, 7)),
        contribution(PROPOSALS[4], section=FREE, title="", body="", body_html="", state="sent_back", version=2,
                     rule="personal_data"),
        journal(PROPOSALS[4], rule="personal_data"),
        *talk(),
    ]  # fmt: skip


def totals() -> list[Event]:
    """Options with the results of their ranking, and the totals of the questionnaire."""
    titles = ("Le carrefour du Quai", "La place des Saules", "Le pont Neuf", "L’avenue de la Gare")
    found = (
        QuestionTotals(key="how", answers=214, counts=(81, 40, 52, 41)),
        QuestionTotals(key="brakes", answers=133, counts=(97, 64, 30, 22, 12), other=5),
        QuestionTotals(key="safe", answers=201, counts=(120, 61, 20, 44, 80, 77, 31, 66, 104)),
        QuestionTotals(key="mark", answers=190, counts=(31, 52, 61, 34, 12)),
        QuestionTotals(key="order", answers=150, points=("201", "309/2", "94")),
        QuestionTotals(key="more", answers=44),
    )
    return [
        *(
            contribution(option, section=RANKED, kind="option", title=title, position=place, scale="support",
                         body_html=f"<p>Travaux : {place + 2} mois.</p>")
            for place, (option, title) in enumerate(zip(OPTIONS, titles, strict=True))
        ),
        PublicRankingResult(
            id=new_id(), section=RANKED, consultation=CONSULTATION, version=1, ballots=90, options=OPTIONS,
            matrix=((0, 52, 61, 58), (38, 0, 47, 55), (29, 43, 0, 46), (32, 35, 44, 0)),
            borda=("171", "140", "118", "111"), condorcet=0, schulze=((0,), (1,), (2,), (3,)),
            points=(3900, 2400, 1500, 1200),
        ),
        PublicAnswers(
            id=new_id(), section=FORM, consultation=CONSULTATION, version=1, sent=214, questions=found
        ),
        statement(STATEMENTS[0]),
    ]  # fmt: skip


def everything(**changes: object) -> list[Event]:
    """All of it; ``changes`` are to the consultation."""
    return [the_consultation(**changes), *bill(), *ideas(), *totals()]


PAGES: Final = (
    "", "/legal", "/terms", "/results", "/restitution", "/moderation", "/search?q=ville", f"/sections/{BILL}",
    f"/sections/{FORM}", f"/sections/{FREE}/vote",
    f"/sections/{RANKED}", f"/contributions/{ARTICLES[0]}", f"/contributions/{ARTICLES[1]}",
    f"/contributions/{AMENDMENTS[0]}", f"/contributions/{PROPOSALS[0]}", f"/contributions/{PROPOSALS[1]}",
    f"/contributions/{PROPOSALS[2]}", f"/contributions/{PROPOSALS[3]}", f"/contributions/{PROPOSALS[4]}",
    f"/contributions/{OPTIONS[0]}", f"/contributions/{PROPOSALS[0]}/versions",
    f"/contributions/{ARGUMENTS[2]}/moderation", f"/contributions/{ARTICLES[0]}/amend",
    f"/contributions/{COMMENTS[0]}/reply",
)  # fmt: skip
"""An address for each page of the consultation, below it."""
