"""Processes that run a call under a hard time limit, and are killed and replaced."""
