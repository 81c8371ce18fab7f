"""What a run does beside training: the metrics file, the progress bar, and a clean stop at Ctrl-C."""

import json
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_callback import ProgressCallback

from vireward.training.diagnostics import Diagnostics
from vireward.training.folder import read_lines, write_lines
from vireward.training.ranks import any_of_them


class MetricsFile(TrainerCallback):
    """Appends each log of the trainer to `metrics.jsonl`, with step and seconds of training."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.before = 0.0  # seconds of earlier sessions of the run
        self.started = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Keep what a resumed run logged up to its checkpoint; what it logged after that is done again."""
        if not state.is_world_process_zero:
            return
        kept = [row for row in read_lines(self.file) if row["step"] <= state.global_step]
        write_lines(self.file, kept)
        self.before = max((row["seconds"] for row in kept), default=0.0)
        self.started = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Append one line."""
        if not state.is_world_process_zero:
            return
        seconds = round(self.before + time.monotonic() - self.started, 2)
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"step": state.global_step, "seconds": seconds, **(logs or {})}) + "\n")


class ResumedDiagnostics(TrainerCallback):
    """Has the diagnostics of a resumed run go on where its checkpoint stands."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Drop what was written after the checkpoint."""
        if state.is_world_process_zero:
            self.diagnostics.resume(state.global_step)


class RewardProgress(ProgressCallback):
    """The progress bar, with the mean reward of the last step beside it instead of a line for each log."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show the reward."""
        if self.training_bar is not None and logs and "reward" in logs:
            self.training_bar.set_postfix(reward=f"{logs['reward']:.2f}")


def show_progress(trainer: Trainer) -> None:
    """Have a trainer show one bar with the mean reward, where it would show one, and print no logs."""
    if not trainer.args.disable_tqdm:
        trainer.remove_callback(ProgressCallback)
        trainer.add_callback(RewardProgress)
    trainer.remove_callback(PrinterCallback)


class StopOnInterrupt(TrainerCallback):
    """Ctrl-C ends the run after the current step, with a checkpoint; pressed again it ends it at once."""

    def __init__(self) -> None:
        self.asked = False
        self._previous: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Take over Ctrl-C, where signals can be taken: in the main thread."""
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_signal)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Save and stop, if asked here or in another of the processes: they end with the same step."""
        if any_of_them(self.asked):
            control.should_save = True
            control.should_training_stop = True

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Give Ctrl-C back."""
        self.release()

    def release(self) -> None:
        """Give Ctrl-C back to whoever had it."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        from tqdm import tqdm

        self.asked = True
        self.release()
        tqdm.write("stopping after this step, with a checkpoint; Ctrl-C again stops at once")
