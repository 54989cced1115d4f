"""``anonymity.py FILE``: k and l of ``contributions.csv`` as pycanon counts them."""

import json
import sys

import pandas
from pycanon import anonymity

QUASI = ["week", "department", "region", "age", "status"]
rows = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
people = rows[(rows.official == "false") & (rows.state == "published")].reset_index(drop=True)
described = people[people[QUASI[1:]].ne("").any(axis=1)].reset_index(drop=True)
described["said"] = described.section + described.kind + described.side
print(
    json.dumps(
        {"k": int(anonymity.k_anonymity(people, QUASI)), "l": int(anonymity.l_diversity(described, QUASI, ["said"]))}
    )
)
