"""TRL's `GRPOTrainer` with rewards that are guarded and watched."""

import copy
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, GenerationConfig, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from vireward.adapters.trl import TrlReward
from vireward.adapters.trl_parts import TrlPart
from vireward.errors import BadData, BadParameter
from vireward.group import PerGroup, within
from vireward.records import shown
from vireward.training.callbacks import ResumedDiagnostics
from vireward.training.diagnostics import NAME, Diagnostics
from vireward.training.order import EpochOrder, GenerationOrder
from vireward.training.preflight.columns import CLASHING, FATAL
from vireward.training.reward_functions import Rewards, reward_functions
from vireward.training.watch import Watcher, watched

_logger = logging.getLogger(__name__)


def make_trainer(
    model: Any,
    rewards: Rewards,
    *,
    args: GRPOConfig,
    train_dataset: Any,
    processing_class: Any = None,
    callbacks: Sequence[TrainerCallback] | None = None,
    gold: str | None = "answer",
    on_error: str = "abstain",
    floor: float = -1.0,
    separate: bool = False,
    watchers: Sequence[Watcher] = (),
    say: Callable[[str], None] = _logger.warning,
    **others: Any,
) -> GRPOTrainer:
    """Build TRL's trainer with rewards that cannot spoil its run.

    A single reward becomes one reward function, with its parts as metrics. With `separate`, or for several rewards,
    each part is a function of its own, weighed by TRL: for GDPO (`multi_objective_aggregation="normalize_then_sum"`),
    or to see each with its standard deviation. Where one of them has no value for a completion, none of them has: to
    TRL a None beside a number is a 0.

    Whatever a reward does, it neither ends the run (unless `on_error="raise"`) nor spoils a batch: what it returns is
    one number within ±100,000 or None for each completion; what it changes in place stays its own; what it logs stands
    under its name, in full. A line for each batch goes to `diagnostics.jsonl` in the output folder.

    Args:
        model: A path, a hub id, or a loaded model.
        rewards: A reward, a reward function as TRL calls it, or several of both: a list, or a mapping from names.
        args: The trainer's settings; `reward_weights` weighs several rewards.
        train_dataset: Prompts and columns; a column of golds where a reward needs one.
        processing_class: The tokenizer; by default the model's own.
        callbacks: Of transformers.
        gold: The column of golds; None when no reward needs one. Functions that TRL calls get the columns as they are.
        on_error: What a reward that fails does: `abstain`, `raise` or `floor`, as in `to_trl`.
        floor: The value of a failure with `on_error="floor"`, not above 0.
        separate: Whether the parts of a `weighted` sum become functions of their own: `PART`, and `NAME/PART` in a
            mapping or among several rewards.
        watchers: Called with each batch once all rewards have scored it.
        say: Tells a person that the rewards give no signal; by default a warning in the log.
        **others: Further parameters of `GRPOTrainer`.

    Returns:
        The trainer, not started.

    Raises:
        BadParameter: a reward, a name, a weight or a setting does not fit, or the trainer refuses one.
        BadData: the data set lacks the column of golds, or has one of a name that TRL takes for itself.
    """
    policy = {"gold": gold, "on_error": on_error, "floor": floor, "stops": _stops(model, processing_class)}
    functions, weights = reward_functions(rewards, weights=args.reward_weights, separate=separate, **policy)
    _check_group_sizes(functions, args)
    evaluated = others.get("eval_dataset")
    for data in (train_dataset, *(evaluated.values() if isinstance(evaluated, Mapping) else [evaluated])):
        _check_columns(data, gold)
    args = copy.copy(args)
    args.reward_weights = weights
    built: list[GRPOTrainer] = []
    diagnostics = _diagnostics(args, built, say)
    try:
        trainer = GRPOTrainer(
            model=model,
            reward_funcs=watched(functions, weights, [diagnostics, *watchers]),
            args=args,
            train_dataset=train_dataset,
            processing_class=processing_class,
            callbacks=[*_resuming(diagnostics, built), *(callbacks or ())],
            **others,
        )
    except ValueError as error:
        raise BadParameter(f"the trainer refuses its settings: {' '.join(str(error).split())}") from error
    built.append(trainer)
    return trainer


def _resuming(diagnostics: Diagnostics, built: Sequence[GRPOTrainer]) -> list[TrainerCallback]:
    """What a resumed run needs to go on as if it had not been stopped."""
    return [ResumedDiagnostics(diagnostics), EpochOrder(), GenerationOrder(lambda: built[0])]


def _diagnostics(args: GRPOConfig, built: Sequence[GRPOTrainer], say: Callable[[str], None]) -> Diagnostics:
    """Diagnostics that ask a trainer, once it is built, whether it trains or evaluates."""
    return Diagnostics(
        Path(args.output_dir, NAME) if args.process_index == 0 else None,
        group_size=lambda training: args.num_generations if training else _in_evaluation(args),
        is_training=lambda: built[0].model.training,
        say=say,
    )


def _in_evaluation(args: GRPOConfig) -> int:
    return int(args.num_generations_eval or args.num_generations)


def _check_group_sizes(functions: Sequence[TrlReward | TrlPart], args: GRPOConfig) -> None:
    """Check that what compares the completions of a prompt gets as many of them as it compares."""
    first = functions[0]  # of several functions each has the sum of all
    sampled = {"num_generations": args.num_generations, "num_generations_eval": _in_evaluation(args)}
    scored = args.per_device_train_batch_size * args.steps_per_generation  # at once, in one process
    for part in within(first.whole if isinstance(first, TrlPart) else first):
        if not isinstance(part, PerGroup):
            continue
        told = f"{shown(part)} compares {part.size} completions of a prompt"
        for setting, size in sampled.items():
            if part.size != size:
                raise BadParameter(f"GRPOConfig({setting}={size}): {told}; make both numbers the same")
        if args.world_size > 1 and scored % part.size:
            sizes = f"per_device_train_batch_size={args.per_device_train_batch_size}"
            way = f"make that × steps_per_generation={args.steps_per_generation} a multiple of {part.size}"
            raise BadParameter(f"GRPOConfig({sizes}): {told}, and a process scores {scored} of them at a time; {way}")


def _check_columns(data: Any, gold: str | None) -> None:
    """Check the names of a data set's columns; of a stream they may not be known."""
    columns = getattr(data, "column_names", None)
    if not isinstance(columns, list):
        return
    if gold is not None and gold not in columns:
        there = ", ".join(map(repr, columns))
        raise BadData(f"the data set has no column {gold!r}, there are {there}; name it by gold=, None without golds")
    for name in CLASHING:
        if name in columns:
            told = f"the data set's column {name!r} has the name of an argument of TRL's reward call: {CLASHING[name]}"
            if name in FATAL:
                raise BadData(f"{told}; rename it")
            warnings.warn(f"{told}; rename it", stacklevel=3)


def _stops(model: Any, processing_class: Any) -> frozenset[int] | None:
    """The tokens that end a completion, as the trainer finds them; None where they are not known before it is built."""
    named = isinstance(model, str)
    try:
        tokenizer = processing_class or AutoTokenizer.from_pretrained(model if named else model.config.name_or_path)
        settings = GenerationConfig.from_pretrained(model) if named else model.generation_config
    except (OSError, ValueError, AttributeError):
        return None
    tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
    own = settings.eos_token_id
    ends = own if isinstance(own, list) else [own]
    return frozenset(end for end in (*ends, tokenizer.eos_token_id, tokenizer.pad_token_id) if end is not None)
