"""What axe says of each page, kept for the accessibility statement.

With ``CLOISON_AXE_RESULTS=FILE``, every page that a browser test checks adds a line to FILE, before the test judges it.
``python -m tests.axe FILE`` then makes ``gateway/site/accessibility.json``, which the page ``/accessibility`` shows.
"""

import datetime
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec

from gateway.site import accessibility
from gateway.site.accessibility import Results, TestedPage, Violation
from gateway.site.pages import CONSULTATION_PAGES, PAGES

VARIABLE: Final = "CLOISON_AXE_RESULTS"
IDENTIFIER: Final = re.compile(r"(?=.*[0-9])[0-9a-zA-Z_-]{20,}")
"""A segment of an address that differs from one run to the next."""
GATEWAY_PAGES: Final = {
    **dict.fromkeys(PAGES),
    **dict.fromkeys("/consultations/{slug}" + p for p in CONSULTATION_PAGES),
}
_FORMS: Final = {
    form: re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(form))) for form in GATEWAY_PAGES
}  # fmt: skip


def record(service: str, url: str, theme: str, response: dict[str, Any], language: str = "fr") -> None:
    """Keep what axe answered (``response``) about the page of ``service`` at ``url``, if anybody asked for it."""
    file = os.environ.get(VARIABLE)
    if not file:
        return
    line = {
        "service": service, "path": urlsplit(url).path, "language": language, "theme": theme,
        "tool": "axe-core " + response["testEngine"]["version"], "rules": [one["id"] for one in response["passes"]],
        "violations": [[one["id"], one["help"]] for one in response["violations"]],
        "to_judge": [one["id"] for one in response["incomplete"]],
    }  # fmt: skip
    with Path(file).open("a", encoding="utf-8") as results:
        results.write(json.dumps(line, ensure_ascii=False) + "\n")


def form_of(service: str, path: str) -> str | None:
    """The form of a page's address, the same in both languages; None for an address where there is no page."""
    if service == "gateway":
        path = re.sub(r"^/en(?=/|$)", "", path) or "/"
        return next((form for form, pattern in _FORMS.items() if pattern.fullmatch(path)), None)
    return None if path == "/nowhere" else "/".join("{…}" if IDENTIFIER.fullmatch(p) else p for p in path.split("/"))


def results_of(lines: Iterable[dict[str, Any]], day: datetime.date) -> Results:
    """All the lines of a run, page by page."""
    gathered: dict[tuple[str, str], list[dict[str, Any]]] = {}
    tool = ""
    for line in lines:
        tool = line["tool"]
        form = form_of(line["service"], line["path"])
        if form is not None:
            gathered.setdefault((line["service"], form), []).append(line)
    services = {
        service: tuple(_page(form, found) for (of, form), found in sorted(gathered.items()) if of == service)
        for service in ("gateway", "consultation", "identity")
    }
    return Results(tested_on=day, tool=tool, services=services)


def _page(form: str, lines: Sequence[dict[str, Any]]) -> TestedPage:
    def all_of(name: str) -> Iterator[Any]:
        return (one for line in lines for one in line[name])

    violations = sorted({(rule, about) for rule, about in all_of("violations")})
    return TestedPage(
        page=form, checks=len(lines), rules=len(set(all_of("rules"))),
        themes=tuple(sorted({line["theme"] for line in lines}, reverse=True)),
        languages=tuple(sorted({line["language"] for line in lines}, reverse=True)),
        violations=tuple(Violation(*one) for one in violations), to_judge=tuple(sorted(set(all_of("to_judge")))),
    )  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Write the file of the statement; returns the exit code."""
    if len(arguments) != 1:
        print(f"Usage: python -m tests.axe FILE, where {VARIABLE}=FILE kept the lines.", file=sys.stderr)
        return 2
    lines = [cast("dict[str, Any]", json.loads(line)) for line in Path(arguments[0]).read_text("utf-8").splitlines()]
    made = msgspec.json.encode(results_of(lines, datetime.datetime.now(datetime.UTC).date()))
    accessibility.FILE.write_bytes(msgspec.json.format(made, indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
