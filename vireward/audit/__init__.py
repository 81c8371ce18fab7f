"""Attacks on a reward, told in the units that training feels."""
