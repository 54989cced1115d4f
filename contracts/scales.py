"""Vote scales: the choices a participant has on an item, in the order in which they are shown and counted."""

from typing import Literal

ScaleName = Literal["agree_mixed_disagree", "agree_disagree_pass", "support"]
ChoiceName = Literal["agree", "mixed", "disagree", "pass", "support"]

SCALES: dict[ScaleName, tuple[ChoiceName, ...]] = {
    "agree_mixed_disagree": ("agree", "mixed", "disagree"),
    "agree_disagree_pass": ("agree", "disagree", "pass"),
    "support": ("support",),
}

# How a choice is stored (smallint). Never reuse or renumber: rows at rest depend on it.
CHOICE_CODES: dict[ChoiceName, int] = {"agree": 1, "mixed": 2, "disagree": 3, "pass": 4, "support": 5}
CHOICE_NAMES: dict[int, ChoiceName] = {code: name for name, code in CHOICE_CODES.items()}
