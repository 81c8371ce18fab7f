"""A module that cannot be imported, as when a package that it needs is not there."""

from dataclasses import dataclass

raise ImportError("the stock list is not installed\nask the shop for it")


@dataclass(frozen=True)
class StockLevel:
    """Does the reply know what is in stock?"""

    def __call__(self, sample, /):
        return 1.0
