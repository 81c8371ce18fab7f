"""A resumed run: no change comes too late, and it has what it was started with, wherever those files are now."""

import pytest

from vireward import BadParameter
from vireward.training.folder import RunFolder
from vireward.training.resume import resumed_options

pytestmark = pytest.mark.training

FORMAT, ANSWER = 'version = 1\nuse = "format_exact"\n', 'version = 1\nuse = "answer_match"\n'


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.start(["--preset", "tiny", "--max_steps", "7"])
    return folder


def test_what_is_given_now_wins_over_what_the_run_was_started_with(folder):
    assert resumed_options(folder, ["--resume"]).trainer.max_steps == 7
    assert resumed_options(folder, ["--resume", "--max_steps", "9"]).trainer.max_steps == 9


@pytest.mark.parametrize("change", ["--max_steps 9", "--eval_problems 3", "--learning_rate 0.5", "--lora_r 4"])
def test_a_change_of_a_finished_run_is_refused(folder, change):
    folder.adapter.mkdir()
    with pytest.raises(BadParameter) as caught:
        resumed_options(folder, ["--resume", *change.split()])
    told = "all steps of run are done without it; leave it out, or start another run"
    assert str(caught.value) == f"{change.split()[0]}: {told}"


@pytest.mark.parametrize("same", ["", "--max_steps 7", "--samples_every 0", "--eval_batch 3", "--disable_tqdm true"])
def test_what_changes_nothing_of_a_finished_run_is_taken(folder, same):
    folder.adapter.mkdir()
    assert resumed_options(folder, ["--resume", *same.split()]).trainer.max_steps == 7


def test_another_reward_than_the_runs_own_is_refused(folder, tmp_path):
    first, copy, other = (tmp_path / name for name in ("first.toml", "copy.toml", "other.toml"))
    for file, text in ((first, FORMAT), (copy, FORMAT), (other, ANSWER), (folder.rewards, FORMAT)):
        file.write_text(text, encoding="utf-8")
    folder.command.unlink()
    folder.start(["--preset", "tiny", "--rewards", str(first)])
    first.write_text(ANSWER, encoding="utf-8")  # the run has its own
    for argv in ([], ["--rewards", str(copy)]):
        resumed_options(folder, ["--resume", *argv])
    with pytest.raises(BadParameter, match="the run goes on with the reward that it was started with; leave it out"):
        resumed_options(folder, ["--resume", "--rewards", str(other)])


@pytest.mark.parametrize("spelt", [["--config", "gone.yaml"], ["--config=gone.yaml"]])
def test_the_options_of_a_file_are_kept(folder, spelt):
    folder.command.unlink()
    folder.start(["--preset", "tiny", *spelt])
    folder.config.write_text("max_steps: 5\n", encoding="utf-8")
    assert resumed_options(folder, ["--resume"]).trainer.max_steps == 5


@pytest.mark.parametrize("note", ["{", "[]", '{"argv": 3}', ""])
def test_a_broken_note_is_told_in_one_line(folder, note):
    folder.command.write_text(note, encoding="utf-8")
    with pytest.raises(BadParameter, match=r"is broken .*; mend it, or start another run") as caught:
        folder.first_command()
    assert "\n" not in str(caught.value)
