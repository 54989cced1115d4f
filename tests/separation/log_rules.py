"""What the log of a service may hold: JSON lines with the fields of ``contracts.logs``, and no trace of a client."""

import inspect
import json
import pathlib
import re

from contracts import logs

ALLOWED = set(inspect.signature(logs.log).parameters) | {"day"}
CLIENT = re.compile(r"\d+\.\d+\.\d+\.\d+|Mozilla|[?&]\w+=|@|\d\d:\d\d")
"""An address of a machine or of a person, a browser, a query string, an instant."""


def strange_lines(log: pathlib.Path) -> list[str]:
    """The lines that should not be there. Raises ``ValueError`` when there is no line at all."""
    lines = log.read_text().splitlines()
    if not lines:
        raise ValueError(f"{log} is empty")
    return [line for line in lines if not _expected(line)]


def _expected(line: str) -> bool:
    try:
        fields = json.loads(line)
    except ValueError:
        return False
    started = fields.get("event") == "started"
    # Where a service listens is said once, when it starts.
    address = fields.pop("address", "")
    return fields.keys() <= ALLOWED and (started or not address) and not CLIENT.search(json.dumps(fields))
