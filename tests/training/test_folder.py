"""The run folder: written whole or not at all, found again, and only whole checkpoints gone on from."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import BadParameter
from vireward.training.checkpoints import is_complete, last_complete
from vireward.training.folder import new_folder, read_lines, resumed_folder, write_json, write_lines


def checkpoint(run, step):
    """A checkpoint with the files and the layout that the trainer leaves."""
    folder = run / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {}}).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    for part in ("optimizer.pt", "scheduler.pt"):
        (folder / part).write_bytes(b"state")
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    return folder


def test_the_whole_checkpoint_with_the_most_steps_is_taken(tmp_path):
    assert last_complete(tmp_path) is None
    for step in (2, 10, 9):
        checkpoint(tmp_path, step)
    (tmp_path / "checkpoint-11").mkdir()
    (tmp_path / "checkpoint-best").mkdir()
    assert last_complete(tmp_path).name == "checkpoint-10"


@pytest.mark.parametrize("part", ["adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json"])
def test_a_checkpoint_without_one_of_its_files_is_not_whole(tmp_path, part):
    folder = checkpoint(tmp_path, 1)
    assert is_complete(folder)
    (folder / part).unlink()
    assert not is_complete(folder)


@given(data=st.data(), part=st.sampled_from(["adapter_model.safetensors", "trainer_state.json"]))
def test_a_checkpoint_cut_off_anywhere_is_not_whole(tmp_path_factory, data, part):
    folder = checkpoint(tmp_path_factory.mktemp("run"), 3)
    whole = (folder / part).read_bytes()
    (folder / part).write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert not is_complete(folder)


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
