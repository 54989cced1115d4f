"""Markdown to safe HTML, once, when a text is written. What comes out is stored and shown as it is by everybody.

Two barriers: markdown-it with HTML off, then nh3 with a short list of tags. No image (a tracking pixel tells who
reads), no reference link (a short text could repeat a long address thousands of times), headings below those of the
page.
"""

import asyncio
import functools
from typing import Final

import nh3
from markdown_it import MarkdownIt

from contracts.http import Refusal

MAX_BODY_BYTES: Final = 10_000
MAX_HTML_CHARS: Final = 200_000
SECONDS: Final = 2.0
SHORT_BYTES: Final = 1_000

TAGS: Final = frozenset(
    ("p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "a", "h4", "h5", "h6")
)  # fmt: skip
HEADINGS: Final = {"h1": "h4", "h2": "h5"}
_parser: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["image", "reference", "html_block", "html_inline"]
)
_sanitiser: Final = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style", "svg", "math"},
    attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
    url_schemes={"https", "http", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    strip_comments=True,
)


def render(text: str, most: int = MAX_BODY_BYTES) -> str:
    """The HTML of ``text``. Raises ``Refusal`` ``text_too_long`` over ``most`` bytes, or when the result is out of
    proportion.
    """
    if len(text.encode()) > most:
        raise Refusal("text_too_long", field="body", limit=most)
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = HEADINGS.get(token.tag, "h6")
    html: str = _sanitiser.clean(_parser.renderer.render(tokens, _parser.options, {}))
    if len(html) > MAX_HTML_CHARS:
        raise Refusal("text_too_long", field="body", limit=most)
    return html


@functools.cache
def _one_at_a_time() -> asyncio.Semaphore:
    return asyncio.Semaphore(1)


async def render_aside(text: str, most: int = MAX_BODY_BYTES) -> str:
    """``render``, in another thread when the text is long, so that no text holds up other people's votes."""
    if len(text) <= SHORT_BYTES:
        return render(text, most)
    try:
        async with asyncio.timeout(SECONDS):
            return await asyncio.to_thread(render, text, most)
    except TimeoutError:
        raise Refusal("text_too_long", field="body", limit=most) from None
