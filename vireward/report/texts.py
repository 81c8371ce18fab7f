"""Texts of a run's files as the page shows them: short, and with every character to be seen."""

import json
import unicodedata

HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # Unicode categories of characters that do not show


def plain(value: object, limit: int = 600) -> str:
    """A value as one short text that shows every character it holds; a number as the file writes it."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return visible(text[:limit]) + ("\u2026" if len(text) > limit else "")


def visible(text: str) -> str:
    """The text with control, zero-width and direction characters spelled as ⟨U+200B⟩: none can hide or reorder it."""
    hidden = {c for c in text if unicodedata.category(c) in HIDDEN} - {"\n", "\t"}
    return text.replace("\r\n", "\n").translate({ord(c): f"⟨U+{ord(c):04X}⟩" for c in hidden})
