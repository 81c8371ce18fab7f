"""Reward functions that score a batch a call, as TRL's do → rewards, which compose and score a single sample, too."""

import functools
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from vireward.errors import BadParameter, BadScore
from vireward.records import Sample, Score, as_score, expression, message_text, prompt_text, shown
from vireward.signatures import check_scores, is_batch_function, signature_of

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_NO_COLUMNS = ("prompt", "completion", "completion_ids")  # a row's keys that TRL hands over under another name


@dataclass(frozen=True, slots=True)
class BatchFunction:
    """What does a reward function say that scores a batch a call, as TRL's do? Built by `from_trl`."""

    function: Callable[..., Any]
    gold: str | None = "answer"
    chat: bool | None = None

    @property
    def __name__(self) -> str:
        named: Any = self.function
        while isinstance(named, functools.partial):
            named = named.func
        return str(getattr(named, "__name__", type(named).__name__))

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample; those of a batch are handed over together, once."""
        batch = sample.batch
        if batch is None or batch.samples[sample.place] is not sample:
            return as_score(self._results([sample], {})[0])
        settings = (self.gold, self.chat)
        results = batch.once(self.function, settings, lambda: self._results(batch.samples, batch.context))
        return as_score(results[sample.place])

    def _results(self, samples: Sequence[Sample], context: Mapping[str, object]) -> list[object]:
        """One result of the function for each sample."""
        given = self._arguments(samples, context)
        signature = signature_of(self.function)
        known = signature.parameters if signature else {}
        if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            given = {name: value for name, value in given.items() if name in known}
        results = self.function(**given)
        if isinstance(results, Coroutine):
            results = _finished(results)
        if not isinstance(results, Iterable):
            raise BadScore(f"{self.__name__}: gave {shown(results)}, not one result for each completion")
        results = list(results)
        if len(results) != len(samples):
            raise BadScore(f"{self.__name__}: gave {len(results)} results for {len(samples)} completions")
        return results

    def _arguments(self, samples: Sequence[Sample], context: Mapping[str, object]) -> dict[str, object]:
        """The keywords that TRL would give: a column only where every row has it, its own three always."""
        shared = [name for name in samples[0].columns if all(name in sample.columns for sample in samples)]
        columns = {name: [sample.columns[name] for sample in samples] for name in shared if name not in _NO_COLUMNS}
        if self.gold is not None and (self.gold not in columns or any(map(_has_own_gold, samples))):
            columns[self.gold] = [sample.gold for sample in samples]
        state = context.get("trainer_state") or SimpleNamespace(global_step=samples[0].step)
        return columns | {
            "prompts": [self._prompt(sample) for sample in samples],
            "completions": [self._completion(sample) for sample in samples],
            "completion_ids": [sample.columns.get("completion_ids") for sample in samples],
            "trainer_state": state,
            "log_extra": context.get("log_extra") or _ignored,
            "log_metric": context.get("log_metric") or _ignored,
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
            return given
        return [{"role": role, "content": text}] if chat and text is not None else text

    def __repr__(self) -> str:
        gold = "" if self.gold == "answer" else f", gold={self.gold!r}"
        chat = "" if self.chat is None else f", chat={self.chat!r}"
        return f"from_trl({expression(self.function)}{gold}{chat})"


def from_trl(function: Callable[..., Any], *, gold: str | None = "answer", chat: bool | None = None) -> BatchFunction:
    """Make a reward of a reward function in TRL's signature, `(completions, **columns) -> list[float | None]`.

    Within a trainer's batch it is called once for all of the batch, with all that the trainer gave; for a sample of its
    own, with a batch of one. It gets only the keywords that it takes. A coroutine function is run to its end.

    Args:
        function: The reward function, or a callable object.
        gold: The name under which it takes the gold; None when it takes none.
        chat: Whether it reads prompts and completions as chat messages (`completion[0]["content"]`) rather than text;
            None hands them over as the trainer gave them, and as text where only that is known.

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
    return BatchFunction(function, gold, chat)


def _has_own_gold(sample: Sample) -> bool:
    """Whether another reward has changed the gold, so that the trainer's column says something else."""
    return sample.batch is not None and sample.batch.samples[sample.place].gold != sample.gold


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
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


def _ignored(*_: object) -> None:
    """Stands in for the trainer's logging where there is no trainer."""
