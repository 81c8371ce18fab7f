"""The options of a run that goes on: those that it was started with, changed by those that are given now."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from vireward.errors import BadParameter
from vireward.training.folder import RunFolder
from vireward.training.options import Options, read_options

# Options that change nothing of what a run comes to.
_ANYTIME = {"resume", "outputs", "name", "output_dir", "run_name", "samples_every", "eval_batch"}
_ANYTIME |= {"disable_tqdm", "report_to", "logging_steps", "log_level", "accelerator_config"}


def resumed_options(folder: RunFolder, argv: Sequence[str]) -> Options:
    """The options of a resumed run.

    Args:
        folder: The run's folder.
        argv: The command line that resumes it.

    Raises:
        BadParameter: all steps are done, so that a change would come too late, or the reward is another one.
    """
    first, done = folder.first_command(), folder.adapter.exists()
    options = read_options([*first, *argv])
    if not done and options.run.rewards is None:  # anything else may be changed
        return options
    before = read_options([*first, "--resume"])
    changed = next(_changed(before, options), None) if done else None
    if changed is not None:
        told = f"all steps of {folder.path.name} are done without it"
        raise BadParameter(f"--{changed}: {told}; leave it out, or start another run")
    asked = options.run.rewards
    if asked is not None and asked != before.run.rewards and _differs(Path(asked), folder.rewards):
        told = "the run goes on with the reward that it was started with"
        raise BadParameter(f"--rewards {asked}: {told}; leave it out, or start another run")
    return options


def _changed(before: Options, now: Options) -> Iterator[str]:
    """The names of the options whose values differ, and with them what a run comes to."""
    for one, other in ((before.run, now.run), (before.trainer, now.trainer), (before.model, now.model)):
        for option in fields(one):
            if option.name not in _ANYTIME and getattr(one, option.name) != getattr(other, option.name):
                yield option.name


def _differs(file: Path, kept: Path) -> bool:
    """Whether a file of a reward is another one than the one that a run has kept."""
    return not kept.exists() or not file.is_file() or file.read_bytes() != kept.read_bytes()
