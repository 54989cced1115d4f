"""What the source of a package imports, read from its syntax: everywhere in a file, functions and branches included.

import-linter checks the same rule on the import graph; this is a second opinion that shares no code with it, and that
also refuses the ways of importing which no graph shows.
"""

import ast
import dataclasses
import pathlib
import sys
from collections.abc import Iterator

SERVICES = ("identity_service", "consultation_service", "gateway")
OURS = (*SERVICES, "contracts", "audit", "deploy", "bench", "tests")
CALLS_THAT_IMPORT = {"__import__", "exec", "eval", "compile", "execfile"}
MODULES_THAT_IMPORT = {"importlib", "imp", "runpy", "pkgutil", "zipimport", "code", "codeop", "builtins", "subprocess"}
HARMLESS = {"importlib.resources", "importlib.metadata"}
MODULES_THAT_REACH_OUT = {"socket", "ssl", "urllib.request", "http.client", "smtplib", "ftplib", "sqlite3", "ctypes"}


@dataclasses.dataclass(frozen=True)
class Finding:
    """One forbidden thing, where it is and what it is."""

    place: str
    what: str


def modules(file: pathlib.Path) -> Iterator[str]:
    """The full names of the modules imported anywhere in ``file``; a relative import stays within its package."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)


def hidden(file: pathlib.Path) -> Iterator[str]:
    """The ways of importing, in ``file``, that an import graph does not show."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Name(id=name) if name in CALLS_THAT_IMPORT:
                yield name
            case ast.Attribute(attr=("__import__" | "import_module" | "exec_module" | "__loader__") as name):
                yield name
            case ast.Attribute(
                value=ast.Name(id="sys"), attr=("path" | "modules" | "meta_path" | "path_hooks") as name
            ):
                yield f"sys.{name}"
    for module in modules(file):
        harmless = any(f"{module}.".startswith(f"{h}.") for h in HARMLESS) or (
            module == "importlib" and _only_harmless(file)
        )
        if module.split(".")[0] in MODULES_THAT_IMPORT and not harmless:
            yield module


def findings(root: pathlib.Path) -> list[Finding]:
    """Everything under ``root`` that breaks the partition between the services."""
    found = []
    for package in (*SERVICES, "contracts"):
        files = sorted((root / package).rglob("*.py"))
        if not files:
            found.append(Finding(package, "is empty or absent"))
        for file in files:
            place = str(file.relative_to(root))
            found += [Finding(place, f"imports {m}") for m in modules(file) if not _allowed(m, package)]
            found += [Finding(place, f"may import by {h}") for h in hidden(file)]
    return found


def _allowed(module: str, package: str) -> bool:
    first = module.split(".")[0]
    if package == "contracts":
        return first in {"contracts", "msgspec"} or (
            first in sys.stdlib_module_names
            and not any(f"{module}.".startswith(f"{m}.") for m in MODULES_THAT_REACH_OUT)
        )
    return first not in OURS or first in {package, "contracts"}


def _only_harmless(file: pathlib.Path) -> bool:
    """``from importlib import resources`` names the bare package too, without giving access to it."""
    return all(
        alias.name != "importlib"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    )
