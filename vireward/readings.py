"""What was read and compared in a batch, so that a text that occurs again is not read again.

Completions of one prompt have one gold, and often one answer. What is kept belongs to its batch, and goes with it.
"""

from vireward.extract import unwrapped
from vireward.judge import compare_stated
from vireward.numerals import Number, read_number
from vireward.records import Comparison, Sample


class Readings:
    """Readings of texts in one batch."""

    __slots__ = ("_compared", "_numbers", "_unwrapped")

    def __init__(self) -> None:
        self._unwrapped: dict[str, str] = {}
        self._numbers: dict[tuple[str, str], Number | None] = {}
        self._compared: dict[tuple[str, str, str], Comparison] = {}

    def unwrapped(self, text: str) -> str:
        """The answer in a text, as `extract.unwrapped` has it."""
        found = self._unwrapped.get(text)
        if found is None:
            found = self._unwrapped[text] = unwrapped(text)
        return found

    def number(self, text: str, style: str) -> Number | None:
        """The number that a text is, as `read_number` has it."""
        key = (text, style)
        if key not in self._numbers:
            self._numbers[key] = read_number(text, style)
        return self._numbers[key]

    def compared(self, given: str, gold: str, style: str) -> Comparison:
        """An answer and a gold, both unwrapped, as `compare` has them."""
        key = (given, gold, style)
        found = self._compared.get(key)
        if found is None:
            found = self._compared[key] = compare_stated(given, gold, style, self.number)
        return found


def readings_of(sample: Sample) -> Readings:
    """The readings of a sample's batch; new ones for a sample of its own."""
    if sample.batch is None:
        return Readings()
    readings: Readings = sample.batch.once(Readings, None, Readings)
    return readings
