"""Participants without a browser: API clients with a token, and visitors who read pages and fill in forms."""

import dataclasses
import html
import html.parser
import json
import re
import secrets
import time
import urllib.parse
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any, Final, Self

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts import tokens
from deploy.local import Place
from deploy.secrets import trusted_line

CODE: Final = re.compile(r"(?<!\d)(\d{4})\s?(\d{4})(?!\d)")


def bearer(place: Place, consultation: str) -> str:
    """The access token of a person who never existed, signed with the key of identity that is in the home."""
    pem = place.home.secrets.path("identity", "token.pem").read_bytes()
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, Ed25519PrivateKey)
    token = tokens.AccessToken(
        iss=place.origin("identity"),
        consultation=consultation,
        sub=tokens.b64u(secrets.token_bytes(32)),
        exp=tokens.expiry(time.time()),
        jti=secrets.token_urlsafe(16),
        state="",
        terms="1",
    )
    return tokens.encode(token, trusted_line(pem).split()[0], key.sign)


def api_session(place: Place, address: str) -> str:
    """The session of a program that signs ``address`` in."""
    with httpx.Client(base_url=place.origin("identity"), timeout=10) as client:
        asked = client.post("/v1/codes", json={"email": address})
        assert asked.status_code == 202, asked.text
        code = {"attempt": asked.json()["attempt"], "code": newest_code(place, address)}
        opened = client.post("/v1/sessions", json=code)
        assert opened.status_code == 201, opened.text
        session: str = opened.json()["session"]
        return session


def first_consultation(place: Place) -> dict[str, Any]:
    """What the gateway says of the consultation that is open, with all that it began with."""
    found: list[dict[str, Any]] = []

    def published() -> bool:
        listed = httpx.get(f"{place.origin('gateway')}/open-data/consultations", timeout=10).json()["consultations"]
        found[:] = [one for one in listed if one["state"] == "open"]
        return bool(found and found[0]["figures"]["opinions"] + found[0]["figures"]["proposals"])

    wait_until(published)
    return found[0]


def wait_until(said: Callable[[], object], seconds: float = 10) -> None:
    """Return when ``said`` is true. Raises ``AssertionError`` when it is still not so after ``seconds``."""
    until = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < until, f"not so after {seconds} s: {said}"
        time.sleep(0.1)


@dataclasses.dataclass
class Form:
    """A form of a page: where it goes, what is in it, and which of its fields a person would fill in."""

    action: str
    method: str
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    types: dict[str, str] = dataclasses.field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = dataclasses.field(default_factory=list)
    """Text, name and value of each button."""

    def field(self, *kinds: str) -> str:
        """The name of the only field of one of these kinds. Raises ``LookupError``."""
        found = [name for name, kind in self.types.items() if kind in kinds]
        if len(found) != 1:
            raise LookupError(f"{kinds} among {self.types}")
        return found[0]


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.button: tuple[str, str] | None = None
        self.area = ""
        self.list = ""
        self.said = ""
        self.links: dict[str, str] = {}
        self.link = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a":
            self.link, self.said = given.get("href", ""), ""
        if tag == "form":
            self.open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
        elif self.open is not None:
            self._control(self.open, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "button":
            self.button, self.said = (name, given.get("value", "")), ""
        elif tag == "select":
            form.types[name], self.list = "select", name
        elif tag == "option" and self.list:
            if self.list not in form.values or "selected" in given:
                form.values[self.list] = given.get("value", "")
        elif tag == "textarea":
            form.types[name], self.area, self.said = "textarea", name, ""
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind == "text" and given.get("autocomplete") == "one-time-code":
                kind = "code"
            form.types[name] = kind
            if kind not in ("checkbox", "radio") or "checked" in given:
                form.values[name] = given.get("value", "on" if kind in ("checkbox", "radio") else "")

    def handle_data(self, data: str) -> None:
        self.said += data

    def handle_endtag(self, tag: str) -> None:
        words = " ".join(self.said.split())
        if tag == "form":
            self.open = None
        elif tag == "a":
            self.links[words] = self.link
        elif tag == "button" and self.open is not None and self.button is not None:
            self.open.buttons.append((words, *self.button))
        elif tag == "textarea" and self.open is not None:
            self.open.values[self.area] = self.said.lstrip("\n")


class Visitor:
    """A browser without script. ``headers`` go with every request, as those of a browser or of a proxy would."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self.client = httpx.Client(timeout=15, headers=headers)
        self.cookies: dict[str, dict[str, str]] = {}
        self.page = httpx.Response(204)
        self.visited: list[str] = []
        self.cookies_set_by: set[str] = set()
        self.token_subject = ""
        """The pseudonymous token that this visitor carried from identity to consultation."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.client.close()

    def go(self, address: str) -> httpx.Response:
        """Open a page, following redirections."""
        return self._send("GET", address, None)

    @property
    def address(self) -> str:
        """Where the visitor is."""
        return str(self.page.url)

    @property
    def forms(self) -> list[Form]:
        """The forms of the page."""
        return self._read().forms

    @property
    def links(self) -> dict[str, str]:
        """The links of the page, by what they say."""
        return self._read().links

    def follow(self, words: str) -> httpx.Response:
        """Follow the first link that says ``words``."""
        target = next(where for said, where in self.links.items() if words in said)
        return self.go(urllib.parse.urljoin(self.address, target))

    def submit(self, form: Form, values: dict[str, str] | None = None, button: str = "") -> httpx.Response:
        """Send a form with ``values``, by the button that says ``button`` or the first one."""
        filled = {**form.values, **(values or {})}
        if "token" in filled:
            self.token_subject = json.loads(tokens.unb64u(filled["token"].split(".")[1])).get("sub", "")
        for said, name, value in form.buttons:
            if name and (button in said if button else (said, name, value) == form.buttons[0]):
                filled[name] = value
                break
        target = urllib.parse.urljoin(self.address, form.action)
        if form.method == "get":
            return self._send("GET", f"{target}?{urllib.parse.urlencode(filled)}", None)
        return self._send("POST", target, filled)

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.page.text)
        return reader

    def _send(self, method: str, address: str, values: dict[str, str] | None) -> httpx.Response:
        headers = {}
        if method == "POST":
            came_from = urllib.parse.urlsplit(self.address)
            headers["origin"] = f"{came_from.scheme}://{came_from.netloc}"
        for _ in range(10):
            host = urllib.parse.urlsplit(address).hostname or ""
            jar = self.cookies.setdefault(host, {})
            if jar:
                headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
            answer = self.client.request(method, address, data=values, headers=headers)
            self.visited.append(address)
            self._keep_cookies(answer, jar)
            if not answer.is_redirect:
                self.page = answer
                return answer
            address = urllib.parse.urljoin(address, answer.headers["location"])
            method, values, headers = "GET", None, {}
        raise AssertionError("too many redirections")

    def _keep_cookies(self, answer: httpx.Response, jar: dict[str, str]) -> None:
        for line in answer.headers.get_list("set-cookie"):
            self.cookies_set_by.add(f"{answer.url.scheme}://{answer.url.netloc.decode()}")
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value


def take_part(visitor: Visitor, place: Place, consultation: str, address: str, back: str) -> None:
    """The whole journey from the link on a gateway page to the same page, signed in."""
    question = urllib.parse.urlencode({"consultation": consultation, "return": back})
    visitor.go(f"{place.origin('consultation')}/participate?{question}")
    give_address(visitor, address)
    give_code(visitor, place, address)
    agree(visitor)
    assert visitor.address.startswith(place.origin("gateway")), (visitor.address, visitor.page.text)


def give_address(visitor: Visitor, address: str) -> None:
    """Fill in the page that asks for an e-mail address."""
    form = _form_with(visitor, "email")
    visitor.submit(form, {form.field("email"): address})


def give_code(visitor: Visitor, place: Place, address: str) -> None:
    """Read the code in the mailbox of the machine and type it."""
    form = _form_with(visitor, "code")
    visitor.submit(form, {form.field("code"): newest_code(place, address)})


def agree(visitor: Visitor) -> None:
    """Consent, then go on as a browser without script does: by pressing the button of the last page."""
    form = _form_with(visitor, "checkbox")
    visitor.submit(form, {form.field("checkbox"): "yes"})
    visitor.submit(next(form for form in visitor.forms if "token" in form.values))


def newest_code(place: Place, address: str) -> str:
    """The last code sent to ``address``."""
    found: list[str] = []

    def arrived() -> bool:
        text = httpx.get(f"{place.origin('identity')}/mailbox", timeout=10).text
        found[:] = ["".join(digits) for digits in CODE.findall(text[text.find(html.escape(address)) :])]
        return html.escape(address) in text and bool(found)

    wait_until(arrived)
    return found[0]


def _form_with(visitor: Visitor, kind: str) -> Form:
    for form in visitor.forms:
        if kind in form.types.values():
            return form
    raise AssertionError(f"no {kind} on {visitor.address}: {visitor.page.text[:3000]}")
