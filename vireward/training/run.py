"""The steps of a training run, in the order of the tutorial; `examples/train_llama_grpo.py` calls them one by one."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vireward.adapters.trl import TrlReward, checked_on_error
from vireward.errors import BadData, BadParameter
from vireward.quantities.digits import Style, checked_style
from vireward.quantities.style_evidence import style_evidence
from vireward.tags import TagFormat
from vireward.training import checkpoints, failures, generation, models
from vireward.training.data import Problem, ProblemSet, hold_out, load_problems, prompt, rows_to_read
from vireward.training.folder import RunFolder, new_folder, read_lines, resumed_folder, write_lines, write_text
from vireward.training.options import Options, read_options
from vireward.training.preflight import checks as preflight
from vireward.training.preflight.finding import stop_at_errors
from vireward.training.presets import TINY
from vireward.training.ranks import first_before_others, is_first, of_first
from vireward.training.resume import resumed_options
from vireward.training.samples import GOLD, Shown, file_rewards, run_rewards

STOPPED = 130  # exit status after Ctrl-C, as shells have it


@dataclass(slots=True)
class Run:
    """A run in the making: its options and folder, and what its steps have found out so far."""

    argv: Sequence[str]
    options: Options
    folder: RunFolder
    generation: str  # "vllm" or "transformers"
    tags: TagFormat = field(default_factory=TagFormat)
    style: Style = "vi"
    source: ProblemSet | None = None
    train: Sequence[Problem] = ()
    held_out: Sequence[Problem] = ()
    rewards: Sequence[TrlReward] = ()
    model: Any = None  # a path or hub id; with Unsloth the model itself
    tokenizer: Any = None
    timing: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step takes, in seconds."""
        start = time.monotonic()
        yield
        self.timing[step] = round(time.monotonic() - start, 1)


def say(text: str) -> None:
    """One line to the person at the terminal, above a progress bar if there is one, by the first of the processes."""
    from tqdm import tqdm

    if is_first():
        tqdm.write(text, file=sys.stdout)


def check_environment(argv: Sequence[str]) -> Run:
    """Step 1: read the options, see what this machine can do, and choose the run's folder.

    Raises:
        VirewardError: an option, the machine or the name of the run does not fit; the message says what does.
    """
    options = read_options(argv)
    folder = of_first(lambda: _folder(options))  # its name may hold the time
    if options.run.resume:
        options = resumed_options(folder, argv)
    if options.run.number_style != "auto":
        checked_style(options.run.number_style)
    checked_on_error("options", options.run.on_error)
    if options.model.model_name_or_path is not None:
        models.check_loadable(options.model.model_name_or_path)
    options.trainer.output_dir = str(folder.path)
    run = Run(argv, options, folder, generation.chosen(options, say))
    say(f"preset {options.preset.name}: {options.preset.note}")
    say(f"backend {options.backend}, completions by {run.generation}, run folder {folder.path}")
    return run


def _folder(options: Options) -> RunFolder:
    outputs, name = Path(options.run.outputs), options.run.name
    if options.run.resume:
        return resumed_folder(outputs, name)
    return new_folder(outputs, name, preset=options.preset.name, seed=options.trainer.seed)


def load_data(run: Run) -> None:
    """Step 4: load the problems, find their golds, count what is dropped, decide the number style.

    Raises:
        BadData: a source cannot be used.
    """
    asked = run.options.run
    if asked.data is None:
        raise BadParameter("--data: name a hub id or a .jsonl, .json, .csv or .parquet file to train on")
    limit = rows_to_read(asked.max_rows, asked.held_out, asked.eval_problems)
    run.source = load_problems(asked.data, types=asked.types, limit=limit)
    if asked.held_out:
        run.train = run.source.problems
        run.held_out = load_problems(asked.held_out, types=asked.types, limit=asked.eval_problems).problems
    else:
        run.train, run.held_out = hold_out(run.source.problems, asked.eval_problems, asked.max_rows)
        if not run.held_out:
            raise BadData(
                f"{asked.data}: no problem is left to evaluate on, as all questions are trained on; name others with "
                "--held_out, or lower --max_rows"
            )
    evidence = style_evidence(problem.gold for problem in run.train)
    run.style = evidence.style if asked.number_style == "auto" else checked_style(asked.number_style)
    if asked.rewards is None:
        run.rewards = run_rewards(run.tags, run.style)
    else:
        file = run.folder.rewards if run.folder.rewards.exists() else Path(asked.rewards)
        run.rewards, run.tags = file_rewards(file, run.style, allow_import=asked.allow_import)
    on_error = checked_on_error("options", asked.on_error)
    run.rewards = [replace(reward, on_error=on_error) for reward in run.rewards]
    dropped = ", ".join(f"{count} {reason}" for reason, count in run.source.dropped.items()) or "none"
    say(f"data {asked.data}: {len(run.train)} problems to train on, {len(run.held_out)} held out; dropped: {dropped}")
    say(f"number style {run.style} ({evidence.votes[0]} golds can only be vi, {evidence.votes[1]} only en)")


def check_before(run: Run) -> None:
    """Look for what would end or spoil the run before its model is loaded; warnings are said, and the run goes on.

    Raises:
        Unready: something would; the message has a line for each.
    """
    options = run.options
    values = {**vars(options.run), **vars(options.model), **vars(options.trainer)}
    found = preflight.of_run(values, rewards=run.rewards, tags=run.tags, backend=options.backend)
    for finding in found.findings:
        if finding.level == "warning":
            say(f"warning: {finding}")
    stop_at_errors(found.findings)


def load_base(run: Run) -> None:
    """Step 2: the base model; the tiny one is built and warmed up here, Unsloth's comes with LoRA on.

    Raises:
        Unready: preflight found what would end or spoil the run.
        ModelUnavailable: it cannot be loaded; the message says how to get access to a gated one.
    """
    from vireward.training.lengths import fit_lengths  # which says things by this module

    check_before(run)
    options = run.options
    if options.preset.name == TINY and options.model.model_name_or_path is None:
        models.check_lessons(problem.gold for problem in run.train)
    if is_first():
        _take_folder(run)
    with run.timed("base_model"), first_before_others():
        if options.preset.name == TINY and options.model.model_name_or_path is None:
            options.model.model_name_or_path = str(
                models.tiny_base(
                    run.folder.base, run.train, run.tags, steps=options.run.warm_up_steps, seed=options.trainer.seed
                )
            )
        run.model = options.model.model_name_or_path
        if options.backend == "unsloth":
            run.model, run.tokenizer = models.unsloth_model(
                options.model,
                max_seq_length=options.run.max_seq_length,
                memory=options.trainer.vllm_gpu_memory_utilization,
                seed=options.trainer.seed,
            )
        else:
            run.tokenizer = models.load_tokenizer(run.model)
    fit_lengths(run)


def _take_folder(run: Run) -> None:
    """Make the run's folder, keep it to this process, and note what the run was started with."""
    run.folder.start(run.argv)
    run.folder.hold()
    for file, kept in ((run.options.run.rewards, run.folder.rewards), (run.options.config, run.folder.config)):
        if file is not None and not kept.exists():
            write_text(kept, Path(file).read_text(encoding="utf-8"))


def add_lora(run: Run) -> Any:
    """Step 3: the LoRA configuration for the trainer; None where Unsloth has put the adapter on already."""
    return None if run.options.backend == "unsloth" else models.lora_config(run.options.model)


def train(run: Run, lora: Any) -> bool:
    """Steps 5 and 6: GRPO with the four rewards, from the last whole checkpoint if there is one.

    Returns:
        Whether all steps were done; False after Ctrl-C, which leaves a checkpoint to go on from.
    """
    checkpoint = of_first(lambda: _checkpoint(run))
    if of_first(lambda: _is_trained(run, checkpoint)):
        return True
    trainer = _trainer(run, lora)
    say(f"going on from {checkpoint.name}" if checkpoint else "GRPO starts")
    with run.timed("training"), failures.with_the_way_on(run.folder.path, trainer):
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if trainer.state.global_step < trainer.state.max_steps:
        say(f"stopped after step {trainer.state.global_step} of {trainer.state.max_steps}; go on with --resume")
        return False
    save_adapter(run, run.model.save_lora if run.options.backend == "unsloth" else trainer.save_model)
    return True


def _checkpoint(run: Run) -> Path | None:
    """What to go on from, if anything; what a stop left broken is cleared away."""
    if run.folder.adapter.exists():
        return None
    checkpoints.discard_broken(run.folder.path)
    # Without a line that is cut off; and without room this fails here, where the file is still whole afterwards.
    write_lines(run.folder.metrics, read_lines(run.folder.metrics))
    return checkpoints.last_complete(run.folder.path)


def _is_trained(run: Run, checkpoint: Path | None) -> bool:
    """Whether all steps are done; the adapter is there then, and if it was not, it is that of the last checkpoint."""
    if run.folder.adapter.exists():
        say("all steps are done")
        return True
    trainer = run.options.trainer
    if checkpoint is None or not checkpoints.has_all_steps(
        checkpoint, max_steps=trainer.max_steps, epochs=trainer.num_train_epochs
    ):
        return False
    say(f"all steps are done: the adapter is that of {checkpoint.name}")
    unfinished = _new_adapter(run)
    checkpoints.copy_adapter(checkpoint, unfinished)
    unfinished.rename(run.folder.adapter)
    return True


def _trainer(run: Run, lora: Any) -> Any:
    from datasets import Dataset

    from vireward.training.callbacks import MetricsFile, StopOnInterrupt, show_progress
    from vireward.training.trainer import make_trainer

    trainer = make_trainer(
        run.model,
        run.rewards[0] if len(run.rewards) == 1 else run.rewards,
        args=run.options.trainer,
        train_dataset=Dataset.from_list([{"prompt": prompt(it.question, run.tags), GOLD: it.gold} for it in run.train]),
        processing_class=run.tokenizer,
        peft_config=lora,
        callbacks=[MetricsFile(run.folder.metrics), StopOnInterrupt()],
        gold=GOLD,
        on_error=run.options.run.on_error,
        watchers=[Shown(run.tags, run.options.run.samples_every, say)],
        say=say,
    )
    show_progress(trainer)
    return trainer


def save_adapter(run: Run, save: Callable[[str], object]) -> None:
    """Save the trained adapter under `adapter/`, which exists only once it is whole.

    All processes take part: one whose model is spread over them is gathered.
    """
    unfinished = of_first(lambda: _new_adapter(run))
    save(str(unfinished))
    of_first(lambda: unfinished.rename(run.folder.adapter))


def _new_adapter(run: Run) -> Path:
    unfinished = run.folder.adapter.with_name("adapter.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    return unfinished


def told_in_one_line(main: Callable[[], int]) -> int:
    """Run a script's main function; what is no bug becomes a line on standard error and the exit status 2."""
    try:
        return main()
    except Exception as error:
        known = failures.explained(error, "go on with --resume")
        if known is None:
            raise
        for line in str(known).split("\n"):  # one but for what preflight found
            print(f"vireward: {line}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("vireward: stopped; go on with --resume", file=sys.stderr)  # noqa: T201
        return STOPPED
