"""A whole Cloison in a temporary home, shared by the tests that leave it as they found it."""

import shutil
from collections.abc import Iterator

import pytest

from deploy.local import Stack
from tests.harness import free_port_base, temporary_folder


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The five processes, ready, with the demonstration consultation."""
    folder = temporary_folder()
    with Stack(folder / "home", free_port_base()) as running:
        yield running
    shutil.rmtree(folder)
