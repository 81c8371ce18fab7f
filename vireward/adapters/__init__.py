"""Signatures of the trainers; none of them is imported here."""
