"""The tables of a release: their columns, in order, with what they mean. Everything that is written in a release, and
everything that describes it, is made from here.

Empty means: not said, not applicable, or withheld. Ids are made for one release; the same thing has another id in the
next one. Weeks are ISO 8601 weeks (``2026-W48``); the only days are those of the organiser's plan.
"""

from typing import Final, Literal, NamedTuple

Type = Literal["string", "integer", "boolean", "date"]
Words = tuple[str, str]
"""The same words in French and in English."""


class Column(NamedTuple):
    """A column. ``refers`` is ``table.column`` for a foreign key; ``quasi``: people could be recognised by it."""

    name: str
    type: Type
    words: Words
    required: bool = False
    refers: str = ""
    quasi: bool = False


class Table(NamedTuple):
    """A table; ``key`` is its primary key, empty when rows are not told apart (a row per vote)."""

    name: str
    words: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


def _week(fr: str, en: str, *, quasi: bool = False) -> Column:
    return Column("week", "string", (f"Semaine ISO {fr}", f"ISO week {en}"), quasi=quasi)


def _contribution(*, required: bool = True) -> Column:
    words = ("Contribution dont il s’agit", "Contribution it is about")
    return Column("contribution", "string", words, required, "contributions.contribution")


def _section() -> Column:
    words = ("Partie de la consultation", "Section of the consultation")
    return Column("section", "string", words, True, "sections.section")


ATTRIBUTES: Final = (
    Column("department", "string", ("Département, code INSEE", "Department, INSEE code"), quasi=True),
    Column("region", "string", ("Région, code INSEE", "Region, INSEE code"), quasi=True),
    Column("age", "string", ("Tranche d’âge", "Band of ages"), quasi=True),
    Column("status", "string", ("À quel titre la personne participe", "As what the person takes part"), quasi=True),
)
"""What participants say of themselves, as far as enough of them say the same."""

_SINCE: Final = Column(
    "since",
    "integer",
    (
        "Numéro de la publication où ce groupe de lignes est apparu : un groupe ne fait ensuite que diminuer",
        "Number of the release in which this group of rows appeared: afterwards a group can only shrink",
    ),
)

CONSULTATION: Final = Table(
    "consultation",
    ("La consultation et cette publication, sur une ligne", "The consultation and this release, on one row"),
    (
        Column("slug", "string", ("Nom dans les adresses", "Name in addresses"), True),
        Column("title", "string", ("Titre", "Title"), True),
        Column("organiser", "string", ("Organisateur", "Organiser"), True),
        Column("organiser_number", "string", ("SIRET de l’organisateur", "SIRET of the organiser")),
        Column("language", "string", ("Langue de la consultation", "Language of the consultation"), True),
        Column("level", "integer", ("Niveau de protection, 1 à 3", "Level of protection, 1 to 3"), True),
        Column("opens_on", "date", ("Premier jour", "First day"), True),
        Column("closes_on", "date", ("Dernier jour prévu", "Last day, as planned"), True),
        Column("policy_digest", "string", ("SHA-256 de la politique de données", "SHA-256 of the data policy")),
        Column("release", "integer", ("Numéro de la publication", "Number of the release"), True),
        Column("released_on", "date", ("Jour de la publication", "Day of the release"), True),
        Column("source", "string", ("Origine et licence si importée", "Origin and licence when imported")),
    ),
    ("slug",),
)

SECTIONS: Final = Table(
    "sections",
    ("Les parties de la consultation", "The sections of the consultation"),
    (
        Column("section", "string", ("Identifiant dans cette publication", "Id in this release"), True),
        Column("parent", "string", ("Partie qui la contient", "Section that holds it"), refers="sections.section"),
        Column("position", "integer", ("Rang parmi ses voisines", "Place among its siblings"), True),
        Column("kind", "string", ("Nature", "Kind"), True),
        Column("title", "string", ("Titre", "Title"), True),
        Column("scale", "string", ("Échelle des votes", "Scale of votes"), True),
    ),
    ("section",),
)

CONTRIBUTIONS: Final = Table(
    "contributions",
    (
        "Ce qui est dit, par les participants et par l’organisateur ; ce qui est retiré garde sa place, sans texte",
        "What is said, by participants and by the organiser; what is removed keeps its place, without its text",
    ),
    (
        Column("contribution", "string", ("Identifiant dans cette publication", "Id in this release"), True),
        _section(),
        Column("parent", "string", ("Contribution à laquelle elle se rapporte", "Contribution it is about"),
               refers="contributions.contribution"),
        Column("kind", "string", ("Nature : opinion, proposal, question, article, option, amendment…", "Kind"), True),
        Column("side", "string", ("Argument pour (for) ou contre (against)", "Argument for or against")),
        Column("official", "boolean", ("Écrite par l’organisateur", "Written by the organiser"), True),
        Column("number", "string", ("Numéro d’un article", "Number of an article")),
        Column("position", "integer", ("Rang d’un article ou d’une option", "Place of an article or an option"), True),
        Column("title", "string", ("Titre", "Title")),
        Column("body", "string", ("Texte, en Markdown", "Text, in Markdown")),
        Column("explanation", "string", ("Exposé des motifs, en Markdown", "Explanation, in Markdown")),
        Column("link", "string", ("Adresse d’une source", "Address of a source")),
        Column("category", "string", ("Catégorie d’une source", "Category of a source")),
        Column("text_version", "integer", ("Version du texte", "Version of the text"), True),
        Column("state", "string", ("published, withdrawn, hidden ou sent_back", "State"), True),
        Column("reason", "string", (
            "Motif de modération du retrait ; awaiting_review : texte à relire avant publication",
            "Motive of moderation of the removal; awaiting_review: a text to be read before its release",
        )),
        _week("où elle fut écrite", "when it was written", quasi=True),
        *ATTRIBUTES,
        Column("author_ref", "string", ("Même valeur, même auteur ; vide sauf si la politique le permet",
                                        "Same value, same author; empty unless the policy allows it")),
    ),
    ("contribution",),
)  # fmt: skip

VERSIONS: Final = Table(
    "versions",
    ("Les versions précédentes des textes publiés", "Former versions of published texts"),
    (
        _contribution(),
        Column("text_version", "integer", ("Version du texte", "Version of the text"), True),
        Column("title", "string", ("Titre", "Title")),
        Column("body", "string", ("Texte, en Markdown", "Text, in Markdown")),
    ),
    ("contribution", "text_version"),
)

VOTES: Final = Table(
    "votes",
    ("Un vote par ligne, sans rien de la personne", "A vote per row, without anything of the person"),
    (
        _contribution(),
        Column("choice", "string", ("Choix", "Choice"), True),
        _week("du vote, quand assez de votes la partagent", "of the vote, when enough votes share it", quasi=True),
        _SINCE,
    ),
)

TOTALS_BY_ATTRIBUTE: Final = Table(
    "totals_by_attribute",
    (
        "Votes par partie et par groupe de personnes, une fois la consultation close",
        "Votes by section and by group of people, once the consultation is closed",
    ),
    (
        _section(),
        *ATTRIBUTES,
        Column("choice", "string", ("Choix", "Choice"), True),
        Column("votes", "integer", ("Nombre de votes", "Number of votes"), True),
        Column("people", "integer", ("Personnes du groupe qui ont voté dans la partie, tous choix confondus",
                                     "People of the group who voted in the section, whatever their choice"), True),
    ),
    ("section", "department", "region", "age", "status", "choice"),
)  # fmt: skip

IMPORTED_TOTALS: Final = Table(
    "imported_totals",
    ("Totaux repris d’un autre outil, sans les votes", "Totals that came from another tool, without the votes"),
    (
        _contribution(),
        Column("choice", "string", ("Choix", "Choice"), True),
        Column("votes", "integer", ("Nombre de votes", "Number of votes"), True),
    ),
    ("contribution", "choice"),
)

QUESTIONS: Final = Table(
    "questions",
    ("Les questions des questionnaires", "The questions of questionnaires"),
    (
        _section(),
        Column("question", "string", ("Clé de la question", "Key of the question"), True),
        Column("kind", "string", ("Nature", "Kind"), True),
        Column("label", "string", ("Question", "Question"), True),
    ),
    ("section", "question"),
)

ANSWERS: Final = Table(
    "answers",
    (
        "Une réponse fermée par ligne ; rien ne relie les réponses d’une même personne",
        "A closed answer per row; nothing links the answers of one person",
    ),
    (
        _section(),
        Column("question", "string", ("Clé de la question", "Key of the question"), True),
        Column("part", "string", ("Ligne d’un tableau, ou option classée", "Row of a matrix, or ranked option")),
        Column("answer", "string", ("Clé de l’option, note, ou rang", "Key of the option, mark, or rank"), True),
        _SINCE,
    ),
)

ANSWER_TEXTS: Final = Table(
    "answer_texts",
    (
        "Les réponses libres, à part : rien ne les relie aux autres réponses",
        "Free answers, apart: nothing links them to other answers",
    ),
    (
        _section(),
        Column("question", "string", ("Clé de la question", "Key of the question"), True),
        Column("text", "string", ("Réponse", "Answer"), True),
    ),
)

RANKINGS: Final = Table(
    "rankings",
    ("Classements, comparés deux à deux", "Rankings, compared two by two"),
    (
        _section(),
        Column("option", "string", ("Option", "Option"), True, "contributions.contribution"),
        Column("over", "string", ("Autre option", "Other option"), True, "contributions.contribution"),
        Column("ballots", "integer", ("Classements qui mettent la première avant l’autre",
                                      "Rankings that put the first before the other"), True),
    ),
    ("section", "option", "over"),
)  # fmt: skip

OFFICIAL_ANSWERS: Final = Table(
    "official_answers",
    ("Les réponses de l’organisateur, toutes versions", "The organiser’s answers, all versions"),
    (
        _contribution(),
        Column("number", "integer", ("Version de la réponse", "Version of the answer"), True),
        Column("status", "string", ("Suite donnée", "What became of it"), True),
        Column("reason", "string", ("Raison", "Reason")),
        Column("body", "string", ("Réponse, en Markdown", "Answer, in Markdown"), True),
        _week("de la réponse", "of the answer"),
    ),
    ("contribution", "number"),
)

STATEMENTS: Final = Table(
    "statements",
    ("Synthèses et bilan de l’organisateur, toutes versions", "Syntheses and restitution, all versions"),
    (
        Column("statement", "string", ("Identifiant dans cette publication", "Id in this release"), True),
        Column("kind", "string", ("synthesis ou restitution", "synthesis or restitution"), True),
        Column("number", "integer", ("Version", "Version"), True),
        Column("title", "string", ("Titre", "Title"), True),
        Column("body", "string", ("Texte, en Markdown", "Text, in Markdown"), True),
        _week("de la version", "of the version"),
    ),
    ("statement", "number"),
)

MODERATION: Final = Table(
    "moderation",
    ("Le journal de modération, sans personne ni texte libre", "The moderation journal, without people or free text"),
    (
        _contribution(),
        Column("number", "integer", ("Rang de l’acte", "Number of the act"), True),
        Column("kind", "string", ("Nature de l’acte", "Kind of act"), True),
        Column("decision", "string", ("Décision", "Decision")),
        Column("reason", "string", ("Motif, dans la liste publiée", "Motive, from the published list")),
        Column("automated", "boolean", ("Acte automatique", "Automated act"), True),
        Column("about", "integer", ("Rang de l’acte contesté ou annulé", "Number of the act it is about")),
        _week("de l’acte", "of the act"),
    ),
    ("contribution", "number"),
)

TABLES: Final = (
    CONSULTATION, SECTIONS, CONTRIBUTIONS, VERSIONS, VOTES, TOTALS_BY_ATTRIBUTE, IMPORTED_TOTALS, QUESTIONS, ANSWERS,
    ANSWER_TEXTS, RANKINGS, OFFICIAL_ANSWERS, STATEMENTS, MODERATION,
)  # fmt: skip
"""In the order in which they are written. A table without any row is written all the same, with its header."""
