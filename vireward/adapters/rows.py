"""What a trainer hands over in a batch → the samples that rewards look at, row by row."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from fractions import Fraction
from numbers import Number

from vireward.batch_function import own_copy
from vireward.errors import BadParameter
from vireward.messages import message_text, prompt_text
from vireward.records import Sample


class Row(Mapping[str, object]):
    """A row as rewards see it: each look at a list or a mapping in it gives another copy.

    So nothing that a reward changes in place is seen by the trainer or by other rewards, and who looks at none of them
    pays nothing.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> object:
        return own_copy(self._values[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    def __reduce__(self) -> tuple[object, ...]:
        return dict, (dict(self._values),)  # what goes into another process is its own


def check_gold(gold: str | None, columns: Mapping[str, object], size: int) -> None:
    """Check that the column of golds is there and has one for each completion.

    Raises:
        BadParameter: it has not; the message has the columns that are there.
    """
    if gold is None:
        return
    if gold not in columns:
        raise BadParameter(f"TrlReward(gold={gold!r}): no such dataset column, there are {sorted(columns)}")
    if not _fits(columns[gold], size):
        rule = f"the column must be a list with one gold for each of {size} completions"
        raise BadParameter(f"TrlReward(gold={gold!r}): {rule}")


def _fits(column: object, size: int) -> bool:
    return isinstance(column, Sequence) and not isinstance(column, str) and len(column) == size


def rows_of(
    prompts: Sequence[object] | None,
    completions: Sequence[object],
    completion_ids: Sequence[Sequence[int]] | None,
    columns: Mapping[str, Sequence[object]],
) -> Iterator[dict[str, object]]:
    """The batch row by row; a column that is not one value for each completion is left out."""
    fitting = {name: values for name, values in columns.items() if _fits(values, len(completions))}
    for i, completion in enumerate(completions):
        row = {name: values[i] for name, values in fitting.items()}
        row["completion"] = completion
        row["prompt"] = prompts[i] if prompts is not None else None
        row["completion_ids"] = completion_ids[i] if completion_ids is not None else None
        yield row


def completion_text(completion: object) -> str | None:
    """The text of a completion; None where it has none that can be read."""
    if type(completion) is list and len(completion) == 1:  # nearly always, and read in a moment
        message = completion[0]
        if type(message) is dict and message.get("role") == "assistant":
            text = message.get("content")
            if type(text) is str:
                return text
    elif type(completion) is str:
        return completion
    try:
        return message_text(completion)
    except Exception:  # it is told for the completion that has it
        return None


def sample_of(row: Mapping[str, object], gold: str | None, step: int | None, stops: Collection[int] | None) -> Sample:
    """A row as a sample.

    Args:
        row: `completion`, and where known `prompt`, `completion_ids` and the columns of the data set.
        gold: The column of the gold; None when there is none.
        step: The trainer's global step.
        stops: The tokens that end a completion; one that ends with none of them was cut off.
    """
    ids = row.get("completion_ids")
    tokens = ids if isinstance(ids, Sequence) else None
    return Sample(
        completion=message_text(row["completion"]),
        gold=None if gold is None else gold_text(row.get(gold)),
        prompt=prompt_text(row.get("prompt")),
        tokens=None if tokens is None else len(tokens),
        truncated=None if tokens is None or stops is None else is_cut_off(tokens, stops),
        step=step,
        columns=Row(row),
    )


def is_cut_off(tokens: Sequence[int], stops: Collection[int]) -> bool:
    """Whether a completion ends with none of the tokens that end one."""
    return len(tokens) > 0 and tokens[-1] not in stops


def gold_text(gold: object) -> str | None:
    """A gold column's value as text; a number becomes an exact fraction, which every number style reads alike.

    A list is its values with semicolons between them; one of lists, and a mapping, is nothing that an answer can be.
    """
    if gold is None or isinstance(gold, str):
        return gold
    if isinstance(gold, list | tuple):
        values = [None if isinstance(value, list | tuple) else gold_text(value) for value in gold]
        kept = [value for value in values if value is not None]
        return "; ".join(kept) if kept and len(kept) == len(values) else None
    if isinstance(gold, Mapping | Set):
        return None
    if isinstance(gold, Number) and gold != gold:  # NaN is how tables write a missing value
        return None
    try:
        return str(Fraction(str(gold)))
    except ValueError:
        return str(gold)
