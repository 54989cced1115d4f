"""The look that a deployment chooses, the files of the State's theme, and how static files are sent."""

import gzip
import struct
import zipfile
from pathlib import Path, PurePath
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codings import chosen
from contracts.http import Refusal
from contracts.look import CONTRAST, INK, NIGHT, PNG, WHITE, WrongLook, contrast, look_of, stylesheet
from contracts.static import StaticFiles
from theme.build import DISTRIBUTION, FACES, build, main, minified, tokens

pytestmark = pytest.mark.anyio

HERE = PurePath("/theme")
STATE = {
    "/theme/state.css": b"@font-face{src:url(Marianne-Bold.0123456789ab.woff2)}",
    "/theme/state.svg": b"<svg/>",
    "/theme/Marianne-Bold.0123456789ab.woff2": b"font",
}


def read(path: str) -> bytes:
    if path not in STATE:
        raise FileNotFoundError(path)
    return STATE[path]


def a_png(width: int, height: int) -> bytes:
    return PNG + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(40)


def test_without_settings_the_theme_bears_no_mark_of_the_state() -> None:
    look = look_of({}, "GATEWAY_", HERE, read)
    assert (look.name, look.state, look.image, look.sheets, dict(look.files)) == ("Cloison", False, "icon.svg", (), {})


def test_the_state_theme_brings_every_file_that_it_names() -> None:
    look = look_of({"THEME": "state", "SITE_NAME": " Ma   consultation "}, "GATEWAY_", HERE, read)
    assert look.state
    assert look.name == "Ma consultation"
    assert set(look.files) == {"state.css", "state.svg", "Marianne-Bold.0123456789ab.woff2"}
    assert look.sheets == ("state.css",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"THEME": "royal"}, "neutral or state"),
        ({"SITE_COLOUR": "red"}, "like #1a5f7a"),
        ({"SITE_COLOUR": "#ff9900"}, "too light"),
        ({"SITE_COLOUR": "#1a5f7a", "THEME": "state"}, "cannot be chosen"),
        ({"SITE_LOGO": "/nowhere.png"}, "cannot be read"),
        ({"SITE_LOGO": "/theme/state.svg"}, "PNG"),
        ({"SITE_NAME": "n" * 61}, "at most 60"),
    ],
)
def test_a_look_that_cannot_be_used_is_refused_with_a_sentence(given: dict[str, str], said: str) -> None:
    with pytest.raises(WrongLook, match=said) as wrong:
        look_of(given, "IDENTITY_", HERE, read)
    assert str(wrong.value).startswith("IDENTITY_")


def test_the_state_theme_without_its_files_says_what_to_do() -> None:
    with pytest.raises(WrongLook, match=r"remove \.venv and run \./cloison again"):
        look_of({"THEME": "state"}, "GATEWAY_", PurePath("/elsewhere"), read)


@pytest.mark.parametrize(("width", "size"), [(80, (80, 40)), (160, (160, 40))])
def test_a_logo_is_a_png_forty_pixels_high(width: int, size: tuple[int, int]) -> None:
    look = look_of({"SITE_LOGO": "logo"}, "GATEWAY_", HERE, lambda path: a_png(width, 40))
    assert look.image == "logo.png"
    assert look.size == size


@pytest.mark.parametrize("body", [a_png(2000, 40), a_png(40, 40) + bytes(300_000), a_png(40, 0)])
def test_a_logo_of_no_shape_is_refused(body: bytes) -> None:
    with pytest.raises(WrongLook):
        look_of({"SITE_LOGO": "logo"}, "GATEWAY_", HERE, lambda path: body)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast((0x77, 0x77, 0x77), WHITE) == pytest.approx(4.48, abs=0.01)


@given(st.tuples(*[st.integers(0, 255)] * 3).filter(lambda colour: contrast(colour, WHITE) >= CONTRAST))
def test_any_colour_that_is_accepted_is_read_by_day_and_by_night(colour: tuple[int, int, int]) -> None:
    def value(part: str, name: str) -> tuple[int, int, int]:
        text = part.partition(f"--{name}:#")[2][:6]
        return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)

    day, _, night = stylesheet(colour).partition("@media")
    for part, ground, on in ((day, WHITE, WHITE), (night, NIGHT, INK)):
        for accent in ("accent", "accent-hover"):
            assert contrast(value(part, accent), ground) >= CONTRAST - 0.01
            assert contrast(value(part, accent), on) >= CONTRAST - 0.01
        assert contrast(value(part, "accent"), value(part, "accent-wash")) >= CONTRAST


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (b"gzip, deflate, br", "br"),
        (b"br;q=0.2, gzip;q=0.8", "gzip"),
        (b"BR ; Q=1", "br"),
        (b"gzip", "gzip"),
        (b"*", "br"),
        (b"*;q=0.5, br;q=0", "gzip"),
        (b"gzip;q=0.5, identity", "identity"),
        (b"br;q=0, gzip;q=0", "identity"),
        (b"br;q=x", "identity"),
        (b"", "identity"),
    ],
)
def test_the_coding_that_the_client_weighs_most_is_chosen(header: bytes, coding: str) -> None:
    assert chosen(header) == coding


async def ask(files: StaticFiles, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await files({"method": method, "path": path, "root_path": "/static", "headers": given}, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, sent[1]["body"]


STYLE = b"p { margin: 0; } " * 50
FILES = StaticFiles(
    "/static", {"a/pages.css": STYLE, "short.js": b"1", "x.0123456789ab.woff2": b"font"},
    {"br": brotli.compress, "gzip": gzip.compress},
)  # fmt: skip


async def test_a_hashed_name_is_kept_for_ever_and_a_plain_one_is_asked_for_again() -> None:
    address = FILES.address("a/pages.css")
    status, headers, body = await ask(FILES, address)
    assert (status, body) == (200, STYLE)
    assert "immutable" in headers["cache-control"]
    _, headers, body = await ask(FILES, "/static/a/pages.css")
    assert (headers["cache-control"], body) == ("no-cache", STYLE)
    status, _, body = await ask(FILES, "/static/a/pages.css", if_none_match=headers["etag"])
    assert (status, body) == (304, b"")
    _, headers, _ = await ask(FILES, "/static/x.0123456789ab.woff2")
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"] == "font/woff2"


async def test_a_static_file_is_sent_in_the_coding_asked_for() -> None:
    tags = set()
    for accepted, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        _, headers, body = await ask(FILES, "/static/a/pages.css", accept_encoding=accepted)
        assert headers["content-encoding"] == accepted
        assert headers["vary"] == "accept-encoding"
        assert unpack(body) == STYLE
        tags.add(headers["etag"])
    assert len(tags) == 2
    _, headers, body = await ask(FILES, "/static/short.js", accept_encoding="br")
    assert "content-encoding" not in headers
    assert (await ask(FILES, "/static/short.js", "HEAD"))[2] == b""


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/", "/static/a", "/static//etc/passwd"])
async def test_nothing_else_is_served(path: str) -> None:
    with pytest.raises(Refusal, match="not_found"):
        await ask(FILES, path)


def test_tokens_are_written_out_for_both_schemes() -> None:
    light = {"--ink": "var(--grey)", "--grey": "#111", "--same": "#222", "--unused": "#333"}
    css = tokens(light, {"--grey": "#eee"}, "p{color:var(--ink);top:var(--same);left:var(--own);--own:1px}")
    assert css == ":root{--ink:#111;--same:#222}@media (prefers-color-scheme:dark){:root{--ink:#eee}}"
    with pytest.raises(SystemExit, match="--gone"):
        tokens(light, {}, "p{color:var(--gone)}")


def test_minified_styles_keep_what_counts() -> None:
    assert minified("/* a */ p > a , b {\n  margin: 0 1px;\n}\n") == "p > a,b{margin: 0 1px}"


def a_distribution(folder: Path, colours: str) -> Path:
    """A design system of one colour."""
    texts = {
        "core/core.main.min.css": f":root{{{colours}}}",
        "scheme/scheme.min.css": ":root[data-fr-theme=dark]{--x:#000}",
        "component/logo/logo.main.min.css": (
            '/*! */.fr-logo:after{background:url("data:image/svg+xml;charset=utf8,%3Csvg/%3E")}'
            "[data-fr-theme=dark] .fr-logo:after{top:1px}:root[data-fr-mourning] .fr-logo:after{top:2px}"
            "@media (min-width:1em){ /*! sm */}"
        ),
        "favicon/favicon.svg": "<svg/>",
        **{f"fonts/Marianne-{face}.woff2": face for face in FACES},
    }
    for name, text in texts.items():
        file = folder / DISTRIBUTION / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / DISTRIBUTION


def test_the_theme_is_made_from_a_wheel_or_a_folder(tmp_path: Path) -> None:
    ours = (Path(__file__).parents[2] / "theme" / "state.css").read_text()
    used = sorted({part.partition(")")[0] for part in ours.split("var(")[1:]})
    source = a_distribution(tmp_path, ";".join(f"{name}:#123456" for name in used))
    build(source, tmp_path / "one")
    with zipfile.ZipFile(tmp_path / "dsfr.whl", "w") as wheel:
        for file in source.rglob("*.*"):
            wheel.write(file, file.relative_to(tmp_path))
    assert main(tmp_path, tmp_path / "two") == 0
    made = {file.name: file.read_bytes() for file in (tmp_path / "one").iterdir()}
    assert made == {file.name: file.read_bytes() for file in (tmp_path / "two").iterdir()}
    sheet = made["state.css"].decode()
    assert "data:" not in sheet
    assert "mourning" not in sheet
    assert "@media (prefers-color-scheme:dark){.fr-logo:after{top:1px}}" in sheet
    look = look_of({"THEME": "state"}, "X_", tmp_path / "one", lambda path: Path(path).read_bytes())
    assert set(look.files) == set(made)
    assert len(brotli.compress(made["state.css"])) < 60_000
