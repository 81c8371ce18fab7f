"""Rewards for the replies of a shop."""
