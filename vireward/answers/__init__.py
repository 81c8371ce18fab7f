"""What the text of an answer asserts: choices, yes or no, several values, expressions, and words that take it back."""
