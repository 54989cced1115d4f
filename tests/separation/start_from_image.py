"""Starts a service from the folder that stands for its image, with the libraries of its image only.

A program, run by an isolated interpreter: IMAGE LIBRARIES PACKAGE OURS INSTALLED, the last two separated by commas.
Exit code 0 when the package's ``app`` can be imported and no other program of ours can.
"""

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType


class OnlyWhatIsInstalled:
    """Hides what this machine has and the image has not."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        standard = name in sys.stdlib_module_names or name.startswith("_sysconfigdata_")
        if path is None and not standard and name not in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def strangers(image: str, package: str, ours: list[str]) -> list[str]:
    """Modules of ours that came from elsewhere than the image, and packages that it should not hold."""
    loaded = [
        name
        for name, module in sorted(sys.modules.items())
        if name.split(".")[0] in ours and not (getattr(module, "__file__", None) or image).startswith(image)
    ]
    finder = importlib.machinery.PathFinder
    others = [other for other in ours if other not in (package, "contracts") and finder.find_spec(other, [image])]
    return loaded + others


def main(image: str, libraries: str, package: str, ours: list[str], installed: list[str]) -> str | None:
    sys.path[:] = [path for path in sys.path if "site-packages" not in path] + [image, libraries]
    sys.meta_path.insert(0, OnlyWhatIsInstalled({*ours, *installed}))
    importlib.import_module(f"{package}.app")
    found = strangers(image, package, ours)
    return f"found: {' '.join(found)}" if found else None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], *(argument.split(",") for argument in sys.argv[4:6])))  # type: ignore[arg-type]
