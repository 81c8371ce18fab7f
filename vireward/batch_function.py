"""Reward functions that score a batch a call, as TRL's do → rewards, which compose and score a single sample, too."""

import copy
import functools
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from vireward.errors import BadParameter, BadScore
from vireward.messages import message_text, prompt_text
from vireward.parameters import check_name
from vireward.records import Batch, Sample, Score, as_score, expression, finite, shown
from vireward.signatures import check_scores, is_batch_function, signature_of

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_INT64 = 2**63
_PLAIN = frozenset({str, int, float, bool, type(None)})  # what nobody can change in place
_FIGURES = ("abstained", "failed", "informative", "p50_ms", "p95_ms")  # what is logged of each reward
_NO_COLUMNS = ("prompt", "completion", "completion_ids")  # a row's keys that TRL hands over under another name


@dataclass(frozen=True, slots=True)
class BatchFunction:
    """What does a reward function say that scores a batch a call, as TRL's do? Built by `from_trl`."""

    function: Callable[..., Any]
    gold: str | None = "answer"
    chat: bool | None = None
    name: str | None = None
    _columns: set[str] = field(default_factory=set, init=False, repr=False, compare=False)  # that it has logged

    @property
    def __name__(self) -> str:
        if self.name is not None:
            return self.name
        named: Any = self.function
        while isinstance(named, functools.partial):
            named = named.func
        return str(getattr(named, "__name__", type(named).__name__))

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample; those of a batch are handed over together, once."""
        batch = sample.batch
        if batch is None or batch.samples[sample.place] is not sample:
            return as_score(self._results([sample], {})[0])
        results = batch.once(self.function, self._settings, lambda: self._results(batch.samples, batch.context))
        return as_score(results[sample.place])

    @property
    def _settings(self) -> tuple[object, ...]:
        return (self.gold, self.chat, self.name)

    def fill(self, batch: Batch) -> None:
        """Leave its columns empty in a batch for which nobody asked it, or the trainer shows the old values again."""
        if not batch.has_done(self.function, self._settings):
            _Lent(self.__name__, len(batch.samples), batch.context, self._columns).fill()

    def _results(self, samples: Sequence[Sample], context: Mapping[str, object]) -> list[object]:
        """One result of the function for each sample."""
        lent = _Lent(self.__name__, len(samples), context, self._columns)
        given = self._arguments(samples, context) | {"log_extra": lent.extra, "log_metric": lent.metric}
        signature = signature_of(self.function)
        known = signature.parameters if signature else {}
        if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            given = {name: value for name, value in given.items() if name in known}
        try:
            results = self.function(**given)
            if isinstance(results, Coroutine):
                results = finished(results)
        finally:
            lent.fill()
        if not isinstance(results, Iterable) or isinstance(results, str | bytes | Mapping | Set):
            raise BadScore(f"{self.__name__}: gave {shown(results)}, not one result for each completion")
        results = list(results)
        if len(results) != len(samples):
            raise BadScore(f"{self.__name__}: gave {len(results)} results for {len(samples)} completions")
        return results

    def _arguments(self, samples: Sequence[Sample], context: Mapping[str, object]) -> dict[str, object]:
        """The keywords that TRL would give: a column only where every row has it, its own three always."""
        shared = [name for name in samples[0].columns if all(name in sample.columns for sample in samples)]
        columns = {name: [own_copy(s.columns[name]) for s in samples] for name in shared if name not in _NO_COLUMNS}
        if self.gold is not None and (self.gold not in columns or any(map(_has_own_gold, samples))):
            columns[self.gold] = [sample.gold for sample in samples]
        state = context.get("trainer_state") or SimpleNamespace(global_step=samples[0].step)
        return columns | {
            "prompts": [self._prompt(sample) for sample in samples],
            "completions": [self._completion(sample) for sample in samples],
            "completion_ids": [own_copy(sample.columns.get("completion_ids")) for sample in samples],
            "trainer_state": state,
        }

    def _prompt(self, sample: Sample) -> object:
        given = sample.columns.get("prompt")
        return self._in_shape(given, sample.prompt in (None, prompt_text(given)), sample.prompt, "user")

    def _completion(self, sample: Sample) -> object:
        given = sample.columns.get("completion")
        same = given is not None and message_text(given) == sample.completion
        return self._in_shape(given, same, sample.completion, "assistant")

    def _in_shape(self, given: object, same: bool, text: str | None, role: str) -> object:
        """A text in the shape that the function reads: what the trainer gave, where that has the text and the shape."""
        plain = given is None or isinstance(given, str)
        chat = not plain if self.chat is None else self.chat
        if same and chat is not plain:
            return own_copy(given)
        return [{"role": role, "content": text}] if chat and text is not None else text

    def __repr__(self) -> str:
        gold = "" if self.gold == "answer" else f", gold={self.gold!r}"
        chat = "" if self.chat is None else f", chat={self.chat!r}"
        name = "" if self.name is None else f", name={self.name!r}"
        return f"from_trl({expression(self.function)}{gold}{chat}{name})"


def from_trl(
    function: Callable[..., Any], *, gold: str | None = "answer", chat: bool | None = None, name: str | None = None
) -> BatchFunction:
    """Make a reward of a reward function in TRL's signature, `(completions, **columns) -> list[float | None]`.

    Within a trainer's batch it is called once for all of the batch, with all that the trainer gave; for a sample of its
    own, with a batch of one. It gets only the keywords that it takes, and prompts, completions and columns of its own:
    it cannot change those of other rewards. A coroutine function is run to its end.

    What it logs goes to the trainer under its name, as `NAME/column` and `NAME/metric`: a column in full, and once
    logged in each batch, empty where the function leaves it out.

    Args:
        function: The reward function, or a callable object.
        gold: The name under which it takes the gold; None when it takes none.
        chat: Whether it reads prompts and completions as chat messages (`completion[0]["content"]`) rather than text;
            None hands them over as the trainer gave them, and as text where only that is known.
        name: What it is called in logs; by default the function's own name.

    Raises:
        BadParameter: `function` is a class or takes no `completions`, or another parameter is of the wrong type.
    """
    given = f"from_trl({shown(function)})"
    if isinstance(function, type) or not is_batch_function(function):
        raise BadParameter(f"{given}: must be a function of (completions, **columns)")
    check_scores(given, function, "completions")
    if not (gold is None or isinstance(gold, str)):
        raise BadParameter(f"from_trl(gold={shown(gold)}): must be the name of a column, or None")
    if not (chat is None or isinstance(chat, bool)):
        raise BadParameter(f"from_trl(chat={shown(chat)}): must be True, False or None")
    check_name("from_trl", name)
    return BatchFunction(function, gold, chat, name)


def _has_own_gold(sample: Sample) -> bool:
    """Whether another reward has changed the gold, so that the trainer's column says something else."""
    return sample.batch is not None and sample.batch.samples[sample.place].gold != sample.gold


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, run in another thread, for this one may run an event loop already."""
    import asyncio  # costs 30 ms, and few reward functions are asynchronous

    return asyncio.run_coroutine_threadsafe(coroutine, _event_loop((os.getpid(), threading.get_ident()))).result()


@functools.cache
def _event_loop(_caller: tuple[int, int]) -> "AbstractEventLoop":
    """The loop for all calls from a thread of a process; one, since clients and locks belong to the first they meet."""
    import asyncio

    loop = asyncio.new_event_loop()
    threading.Thread(target=_run, args=[loop], name="vireward", daemon=True).start()
    return loop


def _run(loop: "AbstractEventLoop") -> None:
    while True:  # a coroutine that raises one of these ends the loop, and who waits for it would wait for ever
        with suppress(SystemExit, KeyboardInterrupt):
            loop.run_forever()


def own_copy(value: object) -> object:
    """A value whose lists and mappings can be changed without changing the trainer's."""
    return _copied(value) if isinstance(value, list | dict) else value


def _copied(value: object) -> object:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return [one if type(one) in _PLAIN else _copied(one) for one in cast(list[object], value)]
    if kind is dict:
        return {name: _copied(one) for name, one in cast(dict[object, object], value).items()}
    return copy.deepcopy(value)


class _Lent:
    """The trainer's ways to log, lent to one function for one batch."""

    def __init__(self, name: str, size: int, context: Mapping[str, object], known: set[str]) -> None:
        self.name, self.size, self.known = name, size, known
        self.logged: set[str] = set()
        self.log_extra: Any = context.get("log_extra") or _ignored
        self.log_metric: Any = context.get("log_metric") or _ignored

    def extra(self, column: str, values: Iterable[object]) -> None:
        """Log a column of the trainer's table of completions."""
        column, values = str(column), list(values)
        if len(values) != self.size:
            raise BadScore(f"{self.name}: log_extra({column!r}) got {len(values)} values for {self.size} completions")
        self.logged.add(column)
        self.log_extra(f"{self.name}/{column}", _in_table(values))

    def metric(self, name: str, value: object) -> None:
        """Log a metric."""
        try:
            number = finite(value)
        except BadScore as error:
            raise BadScore(f"{self.name}: log_metric({name!r}) got {shown(value)}, no finite number") from error
        self.log_metric(metric_name(self.name, str(name)), number)

    def fill(self) -> None:
        """Log the columns of earlier batches that this one lacks, or the trainer shows the old values again."""
        for column in sorted(self.known - self.logged):
            self.log_extra(f"{self.name}/{column}", [None] * self.size)
        self.known |= self.logged


def metric_name(reward: str, name: str) -> str:
    """The metric of a part, or of what a reward logs: `REWARD/NAME`, with `/mean` where that is a figure's name."""
    return f"{reward}/{name}/mean" if name.rpartition("/")[2] in _FIGURES else f"{reward}/{name}"


def encodable(text: str) -> str:
    """A text that can be written as UTF-8: half of a character becomes `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _in_table(values: Sequence[object]) -> list[object]:
    """Values of one kind, as a column of a table has them: all numbers, or all text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds in ({bool}, {float}) or (kinds == {int} and all(v is None or -_INT64 <= v < _INT64 for v in values)):  # type: ignore[operator]  # all are int
        return list(values)
    return [None if value is None else encodable(str(value)) for value in values]


def _ignored(*_: object) -> None:
    """Stands in for the trainer's logging where there is no trainer."""
