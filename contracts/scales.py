"""Vote scales: the choices a participant has on an item, in the order in which they are shown and counted."""

from typing import Literal

ScaleName = Literal["agree_mixed_disagree", "agree_disagree_pass", "support", "one_to_five", "majority_judgment"]
ChoiceName = Literal[
    "agree", "mixed", "disagree", "pass", "support", "1", "2", "3", "4", "5",
    "excellent", "very_good", "good", "fairly_good", "passable", "insufficient", "reject",
]  # fmt: skip

SCALES: dict[ScaleName, tuple[ChoiceName, ...]] = {
    "agree_mixed_disagree": ("agree", "mixed", "disagree"),
    "agree_disagree_pass": ("agree", "disagree", "pass"),
    "support": ("support",),
    "one_to_five": ("1", "2", "3", "4", "5"),
    "majority_judgment": ("excellent", "very_good", "good", "fairly_good", "passable", "insufficient", "reject"),
}

# How a choice is stored (smallint). Never reuse or renumber: rows at rest depend on it.
CHOICE_CODES: dict[ChoiceName, int] = {
    "agree": 1, "mixed": 2, "disagree": 3, "pass": 4, "support": 5, "1": 6, "2": 7, "3": 8, "4": 9, "5": 10,
    "excellent": 11, "very_good": 12, "good": 13, "fairly_good": 14, "passable": 15, "insufficient": 16, "reject": 17,
}  # fmt: skip
CHOICE_NAMES: dict[int, ChoiceName] = {code: name for name, code in CHOICE_CODES.items()}
