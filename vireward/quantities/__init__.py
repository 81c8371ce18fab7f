"""The text of a quantity ↔ its exact value: digits, words, units, and the ways in which a number can be written."""
