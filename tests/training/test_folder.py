"""The run folder: written whole or not at all, found again, and only whole checkpoints gone on from."""

import io
import json
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import BadParameter
from vireward.training.checkpoints import copy_adapter, discard_broken, has_all_steps, is_complete, last_complete
from vireward.training.folder import new_folder, read_lines, resumed_folder, write_json, write_lines


def archive():
    """The bytes of a file that torch saves: a zip."""
    with zipfile.ZipFile(file := io.BytesIO(), "w") as entries:
        entries.writestr("data.pkl", bytes(50))
    return file.getvalue()


HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {}}).encode()
# In the order in which the trainer writes them.
PARTS = {
    "adapter_model.safetensors": struct.pack("<Q", len(HEADER)) + HEADER + bytes(8),
    "adapter_config.json": b"{}",
    "optimizer.pt": archive(),
    "scheduler.pt": archive(),
    "rng_state.pth": archive(),
    "trainer_state.json": b"",
}
NEEDED = [part for part in PARTS if part != "adapter_config.json"]


def checkpoint(run, step, **state):
    """A checkpoint with the files and the layout that the trainer leaves."""
    folder = run / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    for part, data in PARTS.items():
        (folder / part).write_bytes(data)
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step, **state}))
    return folder


def test_the_whole_checkpoint_with_the_most_steps_is_taken(tmp_path):
    assert last_complete(tmp_path) is None
    for step in (2, 10, 9):
        checkpoint(tmp_path, step)
    (tmp_path / "checkpoint-11").mkdir()
    (tmp_path / "checkpoint-best").mkdir()
    assert last_complete(tmp_path).name == "checkpoint-10"


@pytest.mark.parametrize("part", NEEDED)
def test_a_checkpoint_without_one_of_its_files_is_not_whole(tmp_path, part):
    folder = checkpoint(tmp_path, 1)
    assert is_complete(folder)
    (folder / part).unlink()
    assert not is_complete(folder)


@given(data=st.data(), part=st.sampled_from(NEEDED))
def test_a_checkpoint_cut_off_anywhere_is_not_whole(tmp_path_factory, data, part):
    folder = checkpoint(tmp_path_factory.mktemp("run"), 3)
    whole = (folder / part).read_bytes()
    (folder / part).write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert not is_complete(folder)


@given(parts=st.integers(0, len(PARTS) - 1), data=st.data())
def test_a_kill_anywhere_in_a_save_loses_no_whole_checkpoint_and_leaves_no_half_one(tmp_path_factory, parts, data):
    run = tmp_path_factory.mktemp("run")
    checkpoint(run, 4)
    half = checkpoint(run, 8)
    *_, last = (kept := list(PARTS)[: parts + 1])
    for part in set(PARTS) - set(kept):
        (half / part).unlink()
    whole = (half / last).read_bytes()
    (half / last).write_bytes(whole[: data.draw(st.integers(0, max(len(whole) - (last == "trainer_state.json"), 0)))])
    discard_broken(run)
    assert [folder.name for folder in run.iterdir()] == ["checkpoint-4"]
    assert last_complete(run).name == "checkpoint-4"


@given(deleted=st.sets(st.sampled_from(list(PARTS)), min_size=1))
def test_a_kill_anywhere_in_the_deletion_of_an_old_one_leaves_the_newer_ones(tmp_path_factory, deleted):
    run = tmp_path_factory.mktemp("run")
    for step in (4, 8, 12):
        checkpoint(run, step)
    for part in deleted:
        (run / "checkpoint-4" / part).unlink()
    discard_broken(run)
    left = {folder.name for folder in run.iterdir()}
    assert left - {"checkpoint-4"} == {"checkpoint-8", "checkpoint-12"}
    assert deleted == {"adapter_config.json"} or "checkpoint-4" not in left
    assert last_complete(run).name == "checkpoint-12"


def test_a_checkpoint_in_an_unknown_layout_is_not_thrown_away(tmp_path):
    for step in (4, 8):
        (checkpoint(tmp_path, step) / "optimizer.pt").unlink()
    discard_broken(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    checkpoint(tmp_path, 6)
    discard_broken(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {"checkpoint-6", "checkpoint-8"}


@pytest.mark.parametrize(
    ("state", "max_steps", "epochs", "all_steps"),
    [
        ({"max_steps": 9, "epoch": 1.5}, 9, 3, True),
        ({"max_steps": 9, "epoch": 1.5}, 8, 3, True),
        ({"max_steps": 9, "epoch": 1.5}, 10, 3, False),
        ({"max_steps": 9, "epoch": 3.0}, -1, 3, True),
        ({"max_steps": 12, "epoch": 2.25}, -1, 3, False),
        ({"max_steps": 9, "epoch": 3.0}, -1, 4, False),
        ({"max_steps": 9, "epoch": 0.5}, -1, 0.5, True),
        ({"max_steps": 9, "epoch": 0.5}, -1, 1, False),
    ],
)
def test_whether_anything_is_left_to_train(tmp_path, state, max_steps, epochs, all_steps):
    assert has_all_steps(checkpoint(tmp_path, 9, **state), max_steps=max_steps, epochs=epochs) is all_steps


def test_the_adapter_of_a_checkpoint_is_what_is_not_for_training(tmp_path):
    copy_adapter(checkpoint(tmp_path, 9), tmp_path / "adapter")
    assert {file.name for file in (tmp_path / "adapter").iterdir()} == {
        "adapter_model.safetensors",
        "adapter_config.json",
    }


def test_a_new_run_leaves_nothing_until_it_starts_and_is_then_the_latest(tmp_path):
    folder = new_folder(tmp_path / "outputs", None, preset="tiny", seed=1)
    assert not (tmp_path / "outputs").exists()
    folder.start(["--preset", "tiny"])
    again = resumed_folder(tmp_path / "outputs", None)
    assert again.path == folder.path.resolve()
    assert again.first_command() == ["--preset", "tiny"]
    again.start(["--resume"])
    assert again.first_command() == ["--preset", "tiny"]


def test_the_newest_run_is_the_latest(tmp_path):
    for name in ("first", "second"):
        new_folder(tmp_path, name, preset="tiny", seed=1).start([])
    assert (tmp_path / "latest").resolve().name == "second"


@pytest.mark.parametrize("kept", ["link", "folder"])
def test_a_kill_in_the_middle_of_a_start_does_not_let_the_run_before_pass_for_the_latest(tmp_path, kept):
    new_folder(tmp_path, "first", preset="tiny", seed=1).start([])
    second = new_folder(tmp_path, "second", preset="tiny", seed=1)
    second.start([])
    second.command.unlink()
    if kept == "link":
        second.path.rmdir()
    with pytest.raises(BadParameter, match=r"no run 'latest' in .*; there are first; without --resume one starts"):
        resumed_folder(tmp_path, None)
    new_folder(tmp_path, "second", preset="tiny", seed=1).start(["--seed", "1"])
    assert resumed_folder(tmp_path, None).first_command() == ["--seed", "1"]


def test_the_latest_is_the_new_run_before_there_is_one(tmp_path, monkeypatch):
    new_folder(tmp_path, "first", preset="tiny", seed=1).start([])
    monkeypatch.setattr("vireward.training.folder.write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        new_folder(tmp_path, "second", preset="tiny", seed=1).start([])
    with pytest.raises(BadParameter, match="no run 'latest'"):
        resumed_folder(tmp_path, None)


def test_a_name_that_is_taken_or_no_name_is_refused(tmp_path):
    new_folder(tmp_path, "mine", preset="tiny", seed=1).start([])
    with pytest.raises(BadParameter, match=r"--name mine: .* holds a run; go on with --resume, or choose another name"):
        new_folder(tmp_path, "mine", preset="tiny", seed=1)
    for name in ("../up", "a/b", "..", "latest"):
        with pytest.raises(BadParameter, match="must be a plain folder name"):
            new_folder(tmp_path, name, preset="tiny", seed=1)


def test_resuming_what_is_not_there_lists_what_is(tmp_path):
    with pytest.raises(BadParameter, match=r"--resume: no run 'latest' in .*; .* holds none"):
        resumed_folder(tmp_path, None)


@pytest.mark.parametrize("outputs", ["file", "file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path, outputs):
    (tmp_path / "file").write_text("", encoding="utf-8")
    folder = new_folder(tmp_path / outputs, "run", preset="tiny", seed=1)
    with pytest.raises(BadParameter, match=r"--outputs .*: the run's folder 'run' cannot be made there \(.*\); name"):
        folder.start([])


def test_a_name_that_no_folder_can_have_is_refused(tmp_path):
    with pytest.raises(BadParameter, match=r"--name ệ{20}…: has 100 characters; take a shorter one"):
        new_folder(tmp_path, "ệ" * 100, preset="tiny", seed=1)
    new_folder(tmp_path, "mine", preset="tiny", seed=1).start([])
    with pytest.raises(BadParameter, match=r"--resume: no run 'yours' in .*; there are mine"):
        resumed_folder(tmp_path, "yours")


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    file = tmp_path / "summary.json"
    write_json(file, {"a": 1})
    with pytest.raises(TypeError):
        write_lines(file, iter([{"b": 2}, {"b": object()}]))
    with pytest.raises(UnicodeEncodeError):
        write_json(file, "\ud800")
    assert json.loads(file.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [file]


def test_lines_up_to_a_cut_off_one_are_read(tmp_path):
    file = tmp_path / "metrics.jsonl"
    assert read_lines(file) == []
    file.write_text('{"step": 1}\n{"step": 2}\n{"ste')
    assert read_lines(file) == [{"step": 1}, {"step": 2}]
