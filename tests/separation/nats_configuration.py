"""A reader of NATS configuration files, written apart from the program that writes them."""

import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(
    r"""(?P<blank>[\s,;]+|(?:\#|//)[^\n]*)|(?P<mark>[{}\[\]])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'"""
    r"""|(?P<equals>[:=])|(?P<bare>[^\s,;{}\[\]"'#=]+?(?=:\s|[\s,;{}\[\]"'#=]|$))""",
)


def parse(text: str) -> dict[str, Any]:
    """The configuration as dictionaries, lists and strings. Raises ``ValueError``."""
    tokens = list(_tokens(text))
    value, rest = _map(tokens, 0, closing="")
    if rest != len(tokens):
        raise ValueError("text after the end")
    return value


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(f"not understood at {text[at : at + 30]!r}")
        at = found.end()
        kind = str(found.lastgroup)
        if kind != "blank":
            yield kind, found.group(kind)


def _map(tokens: list[tuple[str, str]], at: int, closing: str) -> tuple[dict[str, Any], int]:
    result: dict[str, Any] = {}
    while at < len(tokens) and tokens[at] != ("mark", closing):
        kind, key = tokens[at]
        if kind in {"mark", "equals"} or key in result:
            raise ValueError(f"{key!r} is no key or comes twice")
        at += 1
        if at < len(tokens) and tokens[at][0] == "equals":
            at += 1
        result[key], at = _value(tokens, at)
    if closing and at >= len(tokens):
        raise ValueError(f"{closing} is missing")
    return result, at


def _value(tokens: list[tuple[str, str]], at: int) -> tuple[Any, int]:
    if at >= len(tokens):
        raise ValueError("a value is missing")
    kind, text = tokens[at]
    if (kind, text) == ("mark", "{"):
        value, at = _map(tokens, at + 1, closing="}")
        return value, at + 1
    if (kind, text) != ("mark", "["):
        if kind in {"mark", "equals"}:
            raise ValueError(f"{text!r} is no value")
        return text, at + 1
    items = []
    at += 1
    while at < len(tokens) and tokens[at] != ("mark", "]"):
        item, at = _value(tokens, at)
        items.append(item)
    if at >= len(tokens):
        raise ValueError("] is missing")
    return items, at + 1
