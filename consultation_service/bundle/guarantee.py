"""The guarantee report of a release: what is promised, in numbers, and what was generalised or withheld, and why."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

Words = tuple[str, str]

Reason = Literal[
    "delay", "small_group", "not_diverse", "difference", "personal_data", "erased", "moderated", "waiting", "companion"
]
REASONS: Final[Mapping[Reason, Words]] = {
    "delay": ("trop récent : l’auteur et la modération ont trois jours pour se raviser",
              "too recent: the author and moderators have three days to think again"),
    "small_group": ("trop peu de personnes dans le groupe", "too few people in the group"),
    "not_diverse": ("groupe presque unanime : en être dirait ce qu’on a répondu",
                    "nearly unanimous group: being in it would tell what one said"),
    "difference": ("la différence avec une version précédente porterait sur trop peu de personnes",
                   "the difference from an earlier release would be about too few people"),
    "personal_data": ("données personnelles possibles dans le texte, pas encore relu",
                      "possible personal data in the text, not read yet"),
    "erased": ("effacé à la demande de la personne", "erased as the person asked"),
    "moderated": ("masqué ou renvoyé par la modération", "hidden or sent back by moderators"),
    "waiting": ("attend que le groupe soit assez nombreux", "waits until the group is large enough"),
    "companion": ("retiré avec un autre, pour que l’absence de celui-ci ne désigne personne",
                  "removed along with another, so that the absence of that one points at nobody"),
}  # fmt: skip
"""Why something is not in a release, or is said less precisely."""


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a table that are not there, or that are there with less (``act`` ``generalised``)."""

    table: str
    act: Literal["withheld", "generalised"]
    reason: Reason
    rows: int


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """How many people are described by exactly these attributes; none of them when the list is empty."""

    attributes: tuple[str, ...]
    people: int


class Guarantee(msgspec.Struct, frozen=True, kw_only=True):
    """``smallest`` gives the size of the smallest group of people that each table tells apart (0 when it tells none),
    ``smallest_difference`` the least number of people by which any cell differs from the release before (0: nothing
    differs, or there is none). ``reviewed`` texts looked as if they held personal data, and a moderator let them out.
    """

    release: int
    level: Literal[1, 2, 3]
    k: int
    most_percent: int
    delay_days: int
    authors: int
    smallest: dict[str, int] = {}
    smallest_difference: int = 0
    described: tuple[Described, ...] = ()
    voters: int = 0
    """How many people the totals by attribute are about, those without any attribute included."""
    voters_described: tuple[Described, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    reviewed: int = 0
    author_references: bool = False


ATTRIBUTE_WORDS: Final[Mapping[str, Words]] = {
    "department": ("département", "department"), "region": ("région", "region"), "age": ("âge", "age"),
    "status": ("statut", "status"),
}  # fmt: skip


def write(folder: Path, guarantee: Guarantee) -> None:
    """The report for programs and for people, in both languages."""
    document = msgspec.json.format(msgspec.json.encode(guarantee, order="sorted"), indent=2)
    (folder / "guarantee.json").write_bytes(document + b"\n")
    (folder / "guarantee.fr.md").write_text(_in_words(guarantee, 0))
    (folder / "guarantee.en.md").write_text(_in_words(guarantee, 1))


def _in_words(found: Guarantee, language: int) -> str:
    """French is language 0, English 1."""
    say = _SENTENCES
    facts = {
        "release": found.release, "k": found.k, "most": found.most_percent, "days": found.delay_days,
        "authors": found.authors, "reviewed": found.reviewed, "difference": found.smallest_difference or "–",
        "smallest": "".join(f"\n   - `{table}` : {size}" for table, size in sorted(found.smallest.items()) if size),
    }  # fmt: skip
    text = say["promise"][language].format(**facts)
    text += say["references" if found.author_references else "no references"][language]
    text += _described("described", found.described, found.authors, language)
    text += _described("voters", found.voters_described, found.voters, language)
    text += say["withheld"][language]
    for entry in found.withheld:
        act = say["withheld rows" if entry.act == "withheld" else "generalised"][language]
        text += f"| `{entry.table}` | {entry.rows} | {act} | {REASONS[entry.reason][language]} |\n"
    return text + say["check"][language]


def _described(title: str, lines: Sequence[Described], people: int, language: int) -> str:
    """How many people are described by what, and their share; nothing when nobody is."""
    if not lines:
        return ""
    text = _SENTENCES[title][language]
    for line in lines:
        names = ", ".join(ATTRIBUTE_WORDS[name][language] for name in line.attributes)
        share = 100 * line.people / people if people else 0
        text += f"| {names or _SENTENCES['nothing'][language]} | {line.people} | {share:.1f} % |\n"
    return text


_SENTENCES: Final[Mapping[str, Words]] = {
    "promise": (
        """# Ce que garantit cette version ({release})

Un programme indépendant vérifie chaque ligne ci-dessous et refuse la publication si l’une est fausse.

1. **G1 · Personne n’est seul.** Tout ce qu’on pourrait déjà savoir de quelqu’un (département, région, âge, statut,
   semaine) est partagé par au moins {k} personnes. Plus petits groupes :{smallest}
2. **G2 · Comparer deux versions n’apprend rien.** D’une version à l’autre, chaque case change pour personne, ou pour au
   moins {k} personnes. Plus petite différence avec la version précédente : {difference}.
3. **G3 · Rien ne renvoie au site.** Les identifiants sont tirés au sort pour cette version et n’existent nulle part
   ailleurs.
4. **G4 · Pas de données personnelles dans les textes.** Les textes qui semblent en contenir attendent une relecture ;
   {reviewed} ont été relus et laissés.
5. **G5 · Des semaines, jamais des instants.** L’ordre des lignes ne dit rien de leur arrivée. Rien de moins de
   {days} jours.
6. **G6 · Des fichiers entiers.** `SHA256SUMS` et `datapackage.json` donnent l’empreinte de chaque fichier.
7. **G7 · Un groupe ne trahit pas ses membres.** Là où une semaine ou un attribut est dit, aucune réponse ne dépasse
   {most} % du groupe.

Auteurs des contributions de cette version : {authors}.
""",
        """# What this release ({release}) guarantees

An independent program checks each line below and refuses the release if one is false.

1. **G1 · Nobody is alone.** Whatever could already be known of somebody (department, region, age, status, week) is
   shared by at least {k} people. Smallest groups:{smallest}
2. **G2 · Comparing releases tells nothing.** From one release to another every cell changes by nobody, or by at least
   {k} people. Smallest difference from the release before: {difference}.
3. **G3 · Nothing leads back to the site.** Ids are drawn for this release and exist nowhere else.
4. **G4 · No personal data in texts.** Texts that look as if they held some wait to be read; {reviewed} were read and
   let out.
5. **G5 · Weeks, never instants.** The order of rows says nothing of their arrival. Nothing of less than {days} days.
6. **G6 · Whole files.** `SHA256SUMS` and `datapackage.json` give the digest of each file.
7. **G7 · A group does not betray its members.** Where a week or an attribute is said, no answer is that of more than
   {most} % of the group.

Authors of the contributions of this release: {authors}.
""",
    ),
    "references": (
        "\nLa politique de cette consultation laisse voir quelles contributions ont le même auteur (`author_ref`).\n",
        "\nThe policy of this consultation lets anybody see which contributions have the same author (`author_ref`).\n",
    ),
    "no references": (
        "\nRien ne relie entre elles les contributions d’une même personne.\n",
        "\nNothing links the contributions of one person to each other.\n",
    ),
    "described": (
        "\n## Ce qui est dit des personnes\n\n| Attributs publiés | Personnes | Part |\n|---|---:|---:|\n",
        "\n## What is said of people\n\n| Attributes released | People | Share |\n|---|---:|---:|\n",
    ),
    "voters": (
        "\n## Ce qui est dit des votants (totaux)\n\n| Attributs publiés | Personnes | Part |\n|---|---:|---:|\n",
        "\n## What is said of voters, in totals\n\n| Attributes released | People | Share |\n|---|---:|---:|\n",
    ),
    "nothing": ("aucun", "none"),
    "withheld": (
        "\n## Ce qui est retenu ou dit moins précisément\n\n| Table | Lignes | | Pourquoi |\n|---|---:|---|---|\n",
        "\n## What is withheld or said less precisely\n\n| Table | Rows | | Why |\n|---|---:|---|---|\n",
    ),
    "generalised": ("moins précis", "less precise"),
    "withheld rows": ("retenu", "withheld"),
    "check": (
        """
## Vérifier soi-même

`./cloison verify CHEMIN…` refait ces contrôles à partir des seuls fichiers ; avec plusieurs versions, il les compare
aussi deux à deux.
""",
        """
## Checking it oneself

`./cloison verify PATH…` does these checks again from the files alone; given several releases, it also compares them two
by two.
""",
    ),
}
