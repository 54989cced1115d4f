"""Markdown attacks: what comes out is what every reader's browser gets."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation_service.markdown import MAX_HTML_CHARS, TAGS, render
from contracts.http import Refusal

TAG = re.compile(r"</?([a-z0-9]+)((?: [a-z]+=\"[^\"]*\")*)>")


def check(html: str) -> None:
    """Every ``<`` belongs to an allowed tag, and every attribute to the few that are allowed."""
    left = TAG.sub(lambda tag: "" if tag[1] in TAGS else tag[0], html)
    assert "<" not in left
    for tag in TAG.finditer(html):
        names = set(re.findall(r" ([a-z]+)=", re.sub(r'"[^"]*"', '""', tag[2])))
        assert names <= {"a": {"href", "rel"}, "ol": {"start"}}.get(tag[1], set())
    for address in re.findall(r'href="([^"]*)"', html):
        assert re.match(r"(https?:|mailto:|[^:]*$)", address)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![pixel](https://tracker.example/p.gif)",
        "<svg/onload=alert(1)>",
        "<math><mi//xlink:href='data:x,<script>'>",
        "[x](vbscript:msgbox(1))",
        '<https://a.example/"onclick=alert(1)>',
        '[x](https://a.example "onmouseover=alert(1)")',
        "<style>*{}</style>",
        "<!-- --!><img src=x>",
        '```"onload=\n<b>\n```',
        "[a]: https://a.example/" + "x" * 4000 + "\n" + "[a]" * 1500,
        "&lt;script&gt;",
        "<iframe src=//evil.example>",
        "[x](\x01javascript:alert(1))",
    ],
)
def test_attacks_come_out_harmless(attack: str) -> None:
    html = render(attack)
    check(html)
    assert "<img" not in html
    assert len(html) < 40_000


@given(st.text(alphabet=st.sampled_from("<>&\"'[]()!*_`#-+=:/\\ \nabjsx1.&;~|\t\u00e9\U0001f600"), max_size=300))
def test_any_text_comes_out_with_allowed_tags_only(text: str) -> None:
    check(render(text))


@pytest.mark.parametrize(
    "bomb", [">", "[", "*a ", "- ", "`", "<http:a>", "[a](<", "![", "**a_", "\\", "&#", "1. ", "<a ", "  " * 50 + "-\n"]
)
def test_bombs_are_quick_and_bounded(bomb: str) -> None:
    began = time.perf_counter()
    html = render((bomb * 10_000)[:10_000])
    assert time.perf_counter() - began < 2
    assert len(html) < MAX_HTML_CHARS
    check(html)


def test_what_people_write() -> None:
    html = render("# Titre\n\nUn *mot*, **deux**.\nligne\n\n- a\n- b\n\n> cité\n\n[lien](https://a.example)")
    assert html == (
        "<h4>Titre</h4>\n<p>Un <em>mot</em>, <strong>deux</strong>.<br>\nligne</p>\n"
        "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
        "<blockquote>\n<p>cité</p>\n</blockquote>\n"
        '<p><a href="https://a.example" rel="noopener noreferrer nofollow ugc">lien</a></p>\n'
    )


def test_ten_thousand_bytes_and_no_more() -> None:
    render("é" * 5_000)
    with pytest.raises(Refusal, match="text_too_long"):
        render("é" * 5_001)
