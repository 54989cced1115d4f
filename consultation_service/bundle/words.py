"""``README.fr.md``, ``README.en.md`` and ``LICENCE.txt``: the release in plain words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from consultation_service.bundle.facts import LICENCE, LICENCE_ADDRESS, Facts
from consultation_service.release_tables import Table


def write(folder: Path, facts: Facts, tables: tuple[Table, ...], rows: Mapping[str, int]) -> None:
    """The three files; ``rows`` has the number of rows of each table."""
    for language, ending in enumerate(("fr", "en")):
        text = _README[language].format(
            title=facts.title, organiser=facts.organiser, number=facts.number, day=facts.released_on.isoformat(),
            page=facts.page, opens=facts.opens_on.isoformat(), closes=facts.closes_on.isoformat(),
            tables="\n".join(f"| `{table.name}` | {rows[table.name]} | {table.words[language]} |" for table in tables),
            source=_SOURCE[language].format(facts.source) if facts.source else "",
        )  # fmt: skip
        (folder / f"README.{ending}.md").write_text(text)
    (folder / "LICENCE.txt").write_text(
        f"Licence Ouverte / Open Licence 2.0 (SPDX: {LICENCE})\n{LICENCE_ADDRESS}\n\n"
        f"Source : {facts.organiser}, « {facts.title} », {facts.page}, version {facts.number}, {facts.released_on}.\n\n"
        "Vous pouvez réutiliser ces données librement, même pour un usage commercial, en citant leur source et leur "
        "date.\nYou may reuse these data freely, also commercially, by naming their source and their date.\n"
    )


_SOURCE: Final = (
    "\nCes données ont été reprises d’un autre outil : {}\n",
    "\nThese data came from another tool: {}\n",
)

_README: Final = (
    """# {title} · données ouvertes

Version {number}, du {day}. Consultation de {organiser}, du {opens} au {closes} : {page}
{source}
## Ce qu’il y a ici

Chaque table existe en CSV, en JSON Lines (`.jsonl`) et en Parquet : les trois disent la même chose.

| Table | Lignes | Ce que c’est |
|---|---:|---|
{tables}

Le sens de chaque colonne, les clés et les renvois d’une table à l’autre sont dans `datapackage.json`.

## Commencer

- **Tableur** (LibreOffice, Excel) : ouvrez un fichier `.csv` en UTF-8, séparateur virgule. Une apostrophe est mise
  devant ce qu’un tableur prendrait pour une formule ; JSON Lines et Parquet ont le texte exact.
- **Python** : `pandas.read_parquet("votes.parquet")`
- **DuckDB** : `SELECT contribution, choice, count(*) FROM 'votes.parquet' GROUP BY ALL`
- **R** : `arrow::read_parquet("votes.parquet")`

## Ce qu’on ne trouve pas ici, et pourquoi

Personne ne doit pouvoir être reconnu. Il n’y a ni nom, ni adresse, ni heure, ni liste des votes d’une personne. Une
case vide veut dire : pas dit, sans objet, ou retenu parce que trop peu de personnes partagent cette réponse. Une
contribution retirée garde sa place, sans son texte. Le détail chiffré est dans `guarantee.fr.md`.

Les identifiants valent pour cette version seulement : la même contribution en a un autre dans la version suivante.

## Réutiliser

Licence Ouverte 2.0 : citez {organiser} et la date, {day}. Voir `LICENCE.txt`.
""",
    """# {title} · open data

Release {number}, of {day}. Consultation of {organiser}, from {opens} to {closes}: {page}
{source}
## What is here

Each table exists as CSV, as JSON Lines (`.jsonl`) and as Parquet: the three say the same.

| Table | Rows | What it is |
|---|---:|---|
{tables}

The meaning of each column, the keys and the references between tables are in `datapackage.json`.

## Getting started

- **Spreadsheet** (LibreOffice, Excel): open a `.csv` file as UTF-8, separated by commas. An apostrophe stands before
  whatever a spreadsheet would take for a formula; JSON Lines and Parquet have the exact text.
- **Python**: `pandas.read_parquet("votes.parquet")`
- **DuckDB**: `SELECT contribution, choice, count(*) FROM 'votes.parquet' GROUP BY ALL`
- **R**: `arrow::read_parquet("votes.parquet")`

## What is not here, and why

Nobody must be recognisable. There is no name, no address, no time of day, no list of one person's votes. An empty field
means: not said, not applicable, or withheld because too few people share that answer. A contribution that was removed
keeps its place, without its text. The figures are in `guarantee.en.md`.

Ids are good for this release only: the same contribution has another one in the next.

## Reusing

Licence Ouverte 2.0: name {organiser} and the date, {day}. See `LICENCE.txt`.
""",
)
