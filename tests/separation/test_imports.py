"""No service imports another, and the contracts import nothing that could make them more than a contract."""

import pathlib
import shutil

import grimp
import pytest

from tests.separation import imports

ROOT = pathlib.Path(__file__).parents[2]
FORBIDDEN = {
    "at the top": ("gateway/app.py", "import identity_service.store\n"),
    "in a function": ("consultation_service/app.py", "def f():\n    from identity_service import vault\n"),
    "for types only": ("identity_service/app.py", "if TYPE_CHECKING:\n    import consultation_service\n"),
    "through deploy": ("gateway/app.py", "from deploy import local\n"),
    "by name": ("gateway/app.py", "import importlib\nimportlib.import_module('identity' + '_service')\n"),
    "by name, renamed": ("gateway/app.py", "from importlib import import_module as load\n"),
    "by __import__": ("identity_service/app.py", "__import__('gateway')\n"),
    "by exec": ("identity_service/app.py", "exec('import gateway')\n"),
    "by another path": ("gateway/app.py", "import sys\nsys.path.append('/elsewhere')\n"),
    "by another process": ("gateway/app.py", "import subprocess\n"),
    "of a client, by the contracts": ("contracts/tokens.py", "import httpx\n"),
    "of a socket, by the contracts": ("contracts/tokens.py", "import socket\n"),
    "of a service, by the contracts": ("contracts/tokens.py", "from gateway import app\n"),
}


def test_no_service_imports_another() -> None:
    assert imports.findings(ROOT) == []


def test_the_import_graph_says_the_same() -> None:
    graph = grimp.build_graph(*imports.SERVICES, "contracts", cache_dir=None)
    for service in (*imports.SERVICES, "contracts"):
        reached = graph.find_upstream_modules(service, as_package=True)
        others = {module.split(".")[0] for module in reached} - {service, "contracts"}
        assert not others, f"{service} reaches {others}"


@pytest.mark.parametrize("how", FORBIDDEN)
def test_a_forbidden_import_is_noticed(how: str, tmp_path: pathlib.Path) -> None:
    for package in (*imports.SERVICES, "contracts"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    assert imports.findings(tmp_path) == []
    place, line = FORBIDDEN[how]
    with (tmp_path / place).open("a") as file:
        file.write(f"\n{line}")
    assert {finding.place for finding in imports.findings(tmp_path)} == {place}


def test_an_absent_service_is_noticed(tmp_path: pathlib.Path) -> None:
    assert len(imports.findings(tmp_path)) == 4
