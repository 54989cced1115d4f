"""Puts the files of the State's theme into the wheel, made from the design system's distribution (a build requirement).

They are data of the package's environment (``share/cloison/state``), where a service looks for them.
"""

import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StateTheme(BuildHookInterface[Any]):
    """The hook ``custom`` of ``pyproject.toml``."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is built."""
        sys.path.insert(0, self.root)
        from theme.build import DISTRIBUTION, PLACE, build

        found = importlib.util.find_spec("dsfr")
        if found is None or not found.submodule_search_locations:
            raise SystemExit("The wheel needs django-dsfr at build time: see requirements/theme.txt.")
        self.made = tempfile.TemporaryDirectory()
        build(Path(found.submodule_search_locations[0]).parent / DISTRIBUTION, Path(self.made.name))
        build_data["shared_data"][self.made.name] = PLACE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """After it."""
        self.made.cleanup()
