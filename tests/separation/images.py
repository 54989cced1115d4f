"""What a container image would hold of this repository, worked out from its Dockerfile without building it.

Everything copied from the build context counts, in whichever stage: what an earlier stage saw could reach the last one.
"""

import dataclasses
import fnmatch
import pathlib
import re
import shlex
import shutil

_CONTINUED = re.compile(r"\\\s*\n")


@dataclasses.dataclass(frozen=True)
class Copy:
    """A COPY or ADD of the build context."""

    sources: tuple[str, ...]
    destination: str


def copies(dockerfile: str) -> list[Copy]:
    """The instructions of ``dockerfile`` that take something from the build context. Raises ``ValueError``."""
    found = []
    for line in _CONTINUED.sub(" ", dockerfile).splitlines():
        words = shlex.split(line, comments=True)
        if not words or words[0].upper() not in {"COPY", "ADD"}:
            if words and words[0].upper() == "RUN" and "type=bind" in line and "from=" not in line:
                raise ValueError("a RUN that mounts the build context")
            continue
        options = [word for word in words[1:] if word.startswith("--")]
        places = [word for word in words[1:] if not word.startswith("--")]
        if any(option.startswith("--from=") for option in options):
            continue
        if any("$" in place for place in places) or len(places) < 2:
            raise ValueError(f"a COPY that is not plain: {line}")
        found.append(Copy(tuple(places[:-1]), places[-1]))
    return found


def ignored(path: str, patterns: list[str]) -> bool:
    """Whether ``.dockerignore`` leaves ``path`` out; the last pattern that matches decides."""
    result = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!").strip("/")
        parts = path.split("/")
        below = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if any(_matches(part, wanted) for part in below):
            result = not pattern.startswith("!")
    return result


def _matches(path: str, pattern: str) -> bool:
    expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    expression = expression.replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.fullmatch(expression, path) is not None


def materialise(dockerfile: str, ignore: str, context: pathlib.Path, image: pathlib.Path) -> list[str]:
    """Copy into ``image`` what the image would hold of ``context``, at the same place; returns the files' paths."""
    taken = contents(dockerfile, ignore, context)
    for path in taken:
        target = image / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(context / path, target)
    return taken


def contents(dockerfile: str, ignore: str, context: pathlib.Path) -> list[str]:
    """The paths of the files of ``context`` that the image would hold."""
    patterns = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    taken = []
    for copy in copies(dockerfile):
        for source in copy.sources:
            for file in _files(context, source):
                path = file.relative_to(context).as_posix()
                if not ignored(path, patterns):
                    taken.append(path)
    return sorted(set(taken))


def _files(context: pathlib.Path, source: str) -> list[pathlib.Path]:
    cleaned = source.strip("/").removeprefix("./")
    if cleaned in ("", "."):
        roots = [context]
    elif any(mark in cleaned for mark in "*?["):
        roots = [p for p in context.rglob("*") if fnmatch.fnmatch(p.relative_to(context).as_posix(), cleaned)]
    else:
        roots = [context / cleaned]
    if not roots or not all(root.exists() for root in roots):
        raise ValueError(f"{source} does not exist")
    return [file for root in roots for file in ([root] if root.is_file() else root.rglob("*")) if file.is_file()]
