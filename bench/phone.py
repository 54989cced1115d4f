"""Pages as a modest phone gets them: ``./cloison bench phone [--json FILE]``.

Chromium at 375 × 812, its processor slowed down four times, its network that of DevTools' “Slow 4G” preset (562.5 ms of
latency for each request, 1.44 Mb/s down, 0.675 Mb/s up), nothing in its cache; over a République numérique and the
statements of bowling-green. For each page, medians over the rounds:

* ``lcp_ms``: largest contentful paint, from the beginning of the navigation (limit 1,800);
* ``interaction_ms``: the slowest answer to a key or a touch, from the event to the next paint, as browsers report it by
  steps of 8 ms (limit 200);
* ``kilobytes``: what travelled for the page, compressed, headers included and fonts apart (limit 150).
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright
from rich.console import Console
from rich.table import Table

from bench import library
from bench.pages import PAGE, Library

PHONE: Final = ViewportSize(width=375, height=812)
SLOWER: Final = 4
SLOW_4G: Final = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
LIMITS: Final = {"lcp_ms": 1800.0, "interaction_ms": 200.0, "kilobytes": 150.0}
SETTLED_MS: Final = 800
"""After loading: for what scripts do then, and the last paints."""
OBSERVED: Final = """
    window.painted = 0; window.slowest = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) painted = entry.startTime; })
        .observe({type: "largest-contentful-paint", buffered: true});
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) slowest = Math.max(slowest, entry.duration);
    }).observe({type: "event", durationThreshold: 16, buffered: true});
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one page cost."""

    lcp_ms: float
    interaction_ms: float
    kilobytes: float


async def _open(bench: Library) -> None:
    """Let the gateway believe that the statements, which were imported, are still voted on."""
    password = bench.stack.home.secrets.password("gateway")
    connection = await asyncpg.connect(bench.stack.postgres.dsn("gateway"), password=password)
    await connection.execute(
        """/* bench */
        update consultation set document = (document::jsonb || '{"closes_on": "2999-12-31", "state": "open"}')::text
        where slug = 'enonces';
        update revision set revision = revision + 1"""
    )
    await connection.close()


def addresses(bench: Library) -> dict[str, str]:
    """The pages that a participant goes through, by name."""
    site = bench.stack.origin("gateway")
    document = bench.documents()[0]
    pages = {
        "home": f"{site}/",
        "consultation": site + PAGE,
        "section": f"{site}{PAGE}?section={document['section']}",
        "contribution": f"{site}{PAGE}/contributions/{document['id']}",
        "search": f"{site}{PAGE}/search?q=logiciel",
        "results": f"{site}{PAGE}/results",
        "protection": f"{site}/protection",
        "help": f"{site}/help",
        "sign_in": f"{bench.stack.origin('identity')}/sign-in?lang=fr",
    }
    if library.STATEMENTS.is_dir():
        asyncio.run(_open(bench))
        first = json.loads(bench.read("/open-data/consultations/enonces/contributions?limit=1", {})[0])
        section = first["contributions"][0]["section"]
        pages["statements"] = f"{site}/consultations/enonces"
        pages["quick_vote"] = f"{site}/consultations/enonces/sections/{section}/vote"
    return pages


def visit(browser: Browser, address: str) -> Visit:
    """Load a page for the first time, then touch and type where one can."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, locale="fr-FR")
    page = context.new_page()
    session = context.new_cdp_session(page)
    travelled = _counting(session)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    page.add_init_script(OBSERVED)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(SETTLED_MS)
    painted, kilobytes = float(page.evaluate("painted")), travelled() / 1000
    _use(page)
    found = Visit(painted, float(page.evaluate("slowest")), kilobytes)
    context.close()
    return found


def _counting(session: CDPSession) -> Callable[[], float]:
    """The bytes that travelled so far, fonts apart."""
    fonts: set[str] = set()
    lengths: dict[str, float] = {}

    def answered(event: dict[str, str]) -> None:
        if event["type"] == "Font":
            fonts.add(event["requestId"])

    def finished(event: dict[str, float]) -> None:
        lengths[str(event["requestId"])] = event["encodedDataLength"]

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    return lambda: sum(length for request, length in lengths.items() if request not in fonts)


def _use(page: Page) -> None:
    """What leaves the page where it is: keys, the first thing to unfold, field and button of a vote."""
    for _ in range(3):
        page.keyboard.press("Tab")
    main = page.get_by_role("main")
    for found in (
        main.locator("summary"),
        main.get_by_role("textbox"),
        main.locator("[data-vote] button, .vote button"),
    ):
        here = found.locator("visible=true").first
        if here.count():
            here.tap()
            page.wait_for_timeout(SETTLED_MS)
    if page.get_by_role("textbox").locator("visible=true").count():
        page.keyboard.type("quai")
    page.wait_for_timeout(SETTLED_MS)


def measure(bench: Library, rounds: int, progress: Callable[[str], None]) -> dict[str, float | str]:
    """All the figures, medians over ``rounds``; each round goes through all the pages."""
    pages = addresses(bench)
    found: dict[str, list[Visit]] = {name: [] for name in pages}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for number in range(1, rounds + 1):
            for name, address in pages.items():
                progress(f"{name}, round {number} of {rounds}")
                found[name].append(visit(browser, address))
        browser.close()
    figures: dict[str, float | str] = {
        f"{what}_{name}": round(statistics.median(getattr(one, what) for one in visits), 1)
        for name, visits in found.items()
        for what in LIMITS
    }
    return {**figures, "data": bench.data, "rounds": rounds, "load_average": round(os.getloadavg()[0], 1)}


def beyond(figures: Mapping[str, float | str]) -> list[str]:
    """The figures that are over their limit."""
    return [
        name
        for name, value in figures.items()
        for what, limit in LIMITS.items()
        if name.startswith(f"{what}_") and not isinstance(value, str) and value > limit
    ]


def main(argv: Sequence[str]) -> int:
    """Run the measure; returns the exit code."""
    parser = argparse.ArgumentParser(prog="cloison bench phone", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, one flat object")
    parser.add_argument("--rounds", type=int, default=3, help="how many times each page is loaded (3)")
    options = parser.parse_args(argv)
    if shutil.which("chromium") is None:
        print("Chromium n’est pas installé. / Chromium is not installed (apt install chromium).", file=sys.stderr)
        return 2
    console = Console(stderr=True)
    # The database's system user must be able to reach its folder.
    with console.status("phone: import") as status, tempfile.TemporaryDirectory(prefix="cloison-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Library(folder, lambda _, en: status.update(f"phone: {en}")) as bench:
            figures = measure(bench, options.rounds, lambda text: status.update(f"phone: {text}"))
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures) + "\n")
    return 0


def _print(figures: Mapping[str, float | str]) -> None:
    table = Table(title=f"Phone: processor ÷ {SLOWER}, slow 4G", caption=f"load average {figures['load_average']}")
    table.add_column("page")
    for what, limit in LIMITS.items():
        table.add_column(f"{what} (≤ {limit:g})", justify="right")
    over = beyond(figures)
    for name in (key.removeprefix("lcp_ms_") for key in figures if key.startswith("lcp_ms_")):
        cells = [(f"{figures[f'{what}_{name}']}", f"{what}_{name}" in over) for what in LIMITS]
        table.add_row(name, *(f"[bold red]{text} ![/]" if wrong else text for text, wrong in cells))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
