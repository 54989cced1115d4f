"""What stops a command, said once in French and once in English."""


class Stopped(Exception):
    """A command cannot go on. ``fr`` and ``en`` tell the person at the keyboard why and what to do."""

    def __init__(self, fr: str, en: str, *, exit_code: int = 1) -> None:
        super().__init__(f"{fr}\n{en}")
        self.fr = fr
        self.en = en
        self.exit_code = exit_code
