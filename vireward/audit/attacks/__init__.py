"""Attacks as data: what a policy may try instead of the work, for any format, style and gold."""

from vireward.audit.attacks.answers import ANSWERS
from vireward.audit.attacks.attack import Attack
from vireward.audit.attacks.layout import LAYOUT
from vireward.audit.attacks.words import WORDS

__all__ = ["ATTACKS", "Attack"]

ATTACKS: tuple[Attack, ...] = LAYOUT + ANSWERS + WORDS
