"""What a deployment chooses of how the pages look: theme, name, logo, colour. The three services are given the same.

``neutral`` is ours and bears no mark of the State. ``state`` is the State's design system, for its services only: its
files are made when Cloison is installed (``theme/build.py``), and it has its own colours.
"""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

LOOK_NAMES: Final = ("THEME", "SITE_NAME", "SITE_LOGO", "SITE_COLOUR")
"""The settings, after the prefix of a service. Each may be absent."""
NEUTRAL: Final = "neutral"
STATE: Final = "state"
CONTRAST: Final = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
LONGEST_NAME: Final = 60
LOGO_BYTES: Final = 200_000
PNG: Final = b"\x89PNG\r\n\x1a\n"

WHITE: Final = (255, 255, 255)
BLACK: Final = (0, 0, 0)
NIGHT: Final = (0x20, 0x20, 0x2F)
INK: Final = (0x10, 0x10, 0x1F)

Colour = tuple[int, int, int]


class WrongLook(ValueError):
    """A setting of the look cannot be used; the message is a sentence for whoever deploys."""


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a site, as templates read it."""

    name: str = "Cloison"
    state: bool = False
    """Whether this is a service of the State."""
    image: str = "icon.svg"
    """The static file shown beside the name; empty for none."""
    size: tuple[int, int] = (32, 32)
    """Its width and height on the page."""
    icon: str = "icon.svg"
    """The static file that stands for the site in a tab."""
    sheets: tuple[str, ...] = ()
    """Style sheets to load after a service's own."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """The static files that come with it."""


PLAIN: Final = Look()
"""What nobody chose."""


def look_of(values: Mapping[str, str], prefix: str, state_files: PurePath, read: Callable[[str], bytes]) -> Look:
    """The look that settings ask for; ``read`` gives the content of a file. Raises ``WrongLook``."""
    name = " ".join(values.get("SITE_NAME", "").split()) or PLAIN.name
    if len(name) > LONGEST_NAME:
        raise WrongLook(f"{prefix}SITE_NAME has at most {LONGEST_NAME} characters: it must fit on a telephone.")
    theme = values.get("THEME") or NEUTRAL
    if theme not in (NEUTRAL, STATE):
        raise WrongLook(f"{prefix}THEME must be {NEUTRAL} or {STATE}.")
    files: dict[str, bytes] = {}
    size = (0, 0) if theme == STATE else PLAIN.size
    if logo := values.get("SITE_LOGO"):
        files["logo.png"], size = _logo(logo, prefix, read)
    image = "logo.png" if logo else "" if theme == STATE else PLAIN.image
    colour = values.get("SITE_COLOUR", "")
    if theme == NEUTRAL:
        if colour:
            files["site.css"] = stylesheet(_colour(colour, prefix)).encode()
        return Look(name, False, image, size, sheets=("site.css",) if colour else (), files=files)
    if colour:
        raise WrongLook(
            f"{prefix}SITE_COLOUR cannot be chosen with {prefix}THEME={STATE}: the State's colours are set."
        )
    files |= _state(state_files, prefix, read)
    return Look(name, True, image, size, icon="state.svg", sheets=("state.css",), files=files)


def _state(folder: PurePath, prefix: str, read: Callable[[str], bytes]) -> dict[str, bytes]:
    """``state.css`` and every file that it names."""
    try:
        sheet = read(str(folder / "state.css"))
        names = ["state.svg", *re.findall(r"url\(([\w.-]+)\)", sheet.decode())]
        return {"state.css": sheet, **{name: read(str(folder / name)) for name in names}}
    except FileNotFoundError:
        raise WrongLook(
            f"{prefix}THEME={STATE} needs the files of the State's design system, which are not in {folder}. "
            "From the source tree, remove .venv and run ./cloison again; an image or a package must be built again."
        ) from None


def _logo(path: str, prefix: str, read: Callable[[str], bytes]) -> tuple[bytes, tuple[int, int]]:
    """A PNG: unlike an SVG, it holds no script and names no other address."""
    try:
        body = read(path)
    except OSError:
        raise WrongLook(f"{prefix}SITE_LOGO names a file that cannot be read.") from None
    if not body.startswith(PNG) or body[12:16] != b"IHDR" or len(body) > LOGO_BYTES:
        raise WrongLook(f"{prefix}SITE_LOGO must be a PNG image of at most {LOGO_BYTES // 1000} kB.")
    width, height = struct.unpack(">II", body[16:24])
    if not 0 < height <= 4000 or not 0 < width <= 4 * height:
        raise WrongLook(f"{prefix}SITE_LOGO must be at most four times as wide as it is high.")
    return body, (round(40 * width / height), 40)


def _colour(text: str, prefix: str) -> Colour:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise WrongLook(f"{prefix}SITE_COLOUR must be written like #1a5f7a.")
    colour = int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    found = contrast(colour, WHITE)
    if found < CONTRAST:
        raise WrongLook(
            f"{prefix}SITE_COLOUR {text} is too light: its contrast on white is {found:.1f}:1, "
            f"and words are readable from {CONTRAST}:1 on. Choose a darker one."
        )
    return colour


def stylesheet(colour: Colour) -> str:
    """The custom properties of our style sheets that hold the accent, by day and by night."""
    wash, dusk = _mixed(colour, WHITE, 0.09), _mixed(colour, NIGHT, 0.2)
    day = _readable(colour, (wash, WHITE), BLACK)
    night = _readable(colour, (dusk, NIGHT), WHITE)
    by_day, by_night = _properties(day, WHITE, wash, BLACK), _properties(night, INK, dusk, WHITE)
    return f":root{{{by_day}}}@media (prefers-color-scheme:dark){{:root{{{by_night}}}}}"


def _properties(accent: Colour, on: Colour, wash: Colour, end: Colour) -> str:
    given = (
        (accent, ("accent", "blue", "support", "total", "one")), (_mixed(end, accent, 0.25), ("accent-hover",)),
        (wash, ("accent-wash", "blue-tint")), (on, ("on-accent", "on-blue")),
    )  # fmt: skip
    return "".join(f"--{name}:#{bytes(value).hex()};" for value, names in given for name in names)


def _readable(colour: Colour, grounds: tuple[Colour, ...], end: Colour) -> Colour:
    """``colour``, as much nearer to ``end`` as it takes to be read on every one of ``grounds``."""
    steps = (_mixed(end, colour, step / 50) for step in range(51))
    return next((each for each in steps if min(contrast(each, on) for on in grounds) >= CONTRAST), end)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
