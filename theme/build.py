"""Makes the files of the State's theme from the design system's own distribution (DSFR): ``build.py WHEEL FOLDER``.

Only what our pages use is taken: the colours that ``state.css`` names, light and dark, four faces of Marianne, the
block-marque and the icon of a tab. The colour scheme follows the browser's, without script; what the distribution
writes as ``data:`` becomes files, which our content security policy allows. Standard library only:
``deploy/install.py``, the images and ``hatch_build.py`` run it.
"""

import hashlib
import re
import sys
import zipfile
from pathlib import Path
from typing import Final
from urllib.parse import unquote

DISTRIBUTION: Final = "dsfr/static/dsfr/dist"
FACES: Final = {
    "Regular": ("400", "normal"),
    "Regular_Italic": ("400", "italic"),
    "Medium": ("500", "normal"),
    "Bold": ("700", "normal"),
}
DARK: Final = "@media (prefers-color-scheme:dark)"
PLACE: Final = "share/cloison/state"
"""Where the files are in an environment, below its data folder."""

Source = Path | zipfile.Path


def build(source: Source, folder: Path) -> None:
    """Write ``state.css`` and every file that it names into ``folder``; ``source`` is the design system's ``dist``."""
    folder.mkdir(parents=True, exist_ok=True)
    for former in folder.iterdir():
        former.unlink()
    core = _text(source / "core" / "core.main.min.css")
    dark_core = _text(source / "scheme" / "scheme.min.css")
    logo = _as_files(_scheme_of_the_browser(_text(source / "component" / "logo" / "logo.main.min.css")), folder)
    ours = (Path(__file__).parent / "state.css").read_text(encoding="utf-8")
    faces = "".join(_face(source, name, weight, style, folder) for name, (weight, style) in FACES.items())
    notice = "/*! DSFR | SPDX-License-Identifier: MIT | restricted use: services of the French State (see its terms) */"
    colours = tokens(_values(core), _values(dark_core), logo + ours)
    (folder / "state.css").write_text(notice + minified(faces + colours + logo + ours), encoding="utf-8")
    (folder / "state.svg").write_bytes((source / "favicon" / "favicon.svg").read_bytes())


def tokens(light: dict[str, str], dark: dict[str, str], used_by: str) -> str:
    """The design system's colours that ``used_by`` names, written out, and those that differ in the dark."""
    defined = set(re.findall(r"(--[\w-]+)\s*:", used_by))
    names = sorted(set(re.findall(r"var\((--[\w-]+)\)", used_by)) - defined)
    missing = [name for name in names if name not in light]
    if missing:
        raise SystemExit(f"The design system has no {missing[0]}: theme/state.css must follow its new names.")
    day = {name: _literal(name, light) for name in names}
    night = {name: value for name in names if (value := _literal(name, light | dark)) != day[name]}
    return f":root{{{_declarations(day)}}}{DARK}{{:root{{{_declarations(night)}}}}}"


def minified(css: str) -> str:
    """``css`` without comments and spaces that say nothing. It has no string with several spaces in a row."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,]) ?", r"\1", css).replace(";}", "}").strip()


def _text(file: Source) -> str:
    return file.read_text(encoding="utf-8")


def _values(css: str) -> dict[str, str]:
    """Every custom property and its first value; later ones belong to narrower selectors."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"(--[\w-]+):([^;{}]+)", css):
        found.setdefault(name, value)
    return found


def _literal(name: str, values: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda other: _literal(other[1], values), values[name])


def _declarations(values: dict[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in values.items())


def _scheme_of_the_browser(css: str) -> str:
    """The rules for a dark page, which wait for a script there, as rules for a browser that prefers dark."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    rules, media, queries = css.partition("@media")
    kept = []
    for selector, body in re.findall(r"([^{}]+)(\{[^{}]*\})", rules):
        if "data-fr-mourning" in selector:
            continue
        dark = selector.startswith("[data-fr-theme=dark] ")
        kept.append(f"{DARK}{{{selector.removeprefix('[data-fr-theme=dark] ')}{body}}}" if dark else selector + body)
    return "".join(kept) + re.sub(r"@media[^{]*\{\s*\}", "", media + queries)


def _as_files(css: str, folder: Path) -> str:
    """Pictures written into the style sheet, as files beside it."""

    def file_of(found: re.Match[str]) -> str:
        return f"url({_named(folder, 'marianne.svg', unquote(found[1]).encode())})"

    return re.sub(r'url\("data:image/svg\+xml;charset=utf8,([^"]*)"\)', file_of, css)


def _face(source: Source, name: str, weight: str, style: str, folder: Path) -> str:
    file = _named(folder, f"Marianne-{name}.woff2", (source / "fonts" / f"Marianne-{name}.woff2").read_bytes())
    return (
        f"@font-face{{font-family:Marianne;font-display:swap;font-style:{style};font-weight:{weight};"
        f'src:url({file}) format("woff2")}}'
    )


def _named(folder: Path, name: str, body: bytes) -> str:
    """Write a file whose name changes with its content; returns that name."""
    stem, _, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"
    (folder / hashed).write_bytes(body)
    return hashed


def main(wheel: Path, folder: Path) -> int:
    """Build from a wheel that has the distribution in it, or from the only wheel of a folder."""
    file = next(iter(sorted(wheel.glob("*.whl"))), wheel) if wheel.is_dir() else wheel
    build(zipfile.Path(file, DISTRIBUTION + "/"), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
