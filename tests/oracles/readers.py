"""``readers.py FOLDER``: votes by choice and texts, as pandas (fastparquet) and DuckDB read each form."""

import json
import sys

import duckdb
import pandas

folder = sys.argv[1]


def counted(source: str) -> dict[str, int]:
    return dict(duckdb.sql(f"select choice, count(*) from {source} group by choice").fetchall())


texts = [
    [value for (value,) in duckdb.sql(f"select body from '{folder}/contributions.parquet'").fetchall()],
    pandas.read_parquet(f"{folder}/contributions.parquet", engine="fastparquet").body,
    pandas.read_json(f"{folder}/contributions.jsonl", lines=True).body,
]
print(
    json.dumps(
        {
            "votes": [
                counted(f"'{folder}/votes.parquet'"),
                counted(f"read_csv('{folder}/votes.csv')"),
                counted(f"read_json('{folder}/votes.jsonl')"),
                pandas.read_parquet(f"{folder}/votes.parquet", engine="fastparquet").choice.value_counts().to_dict(),
                pandas.read_csv(f"{folder}/votes.csv").choice.value_counts().to_dict(),
                pandas.read_json(f"{folder}/votes.jsonl", lines=True).choice.value_counts().to_dict(),
            ],
            "texts": [sorted(value for value in read if isinstance(value, str)) for read in texts],
        }
    )
)
