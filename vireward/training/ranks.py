"""The processes that train together, one for each device: the first writes the files of the run, all do the work."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


def count_devices() -> int:
    """Processes that train together, one for each device; a launcher says how many."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this is the one of the processes that writes the files of the run."""
    return os.environ.get("RANK", "0") == "0"


def of_first(make: Callable[[], T]) -> T:
    """What the first process makes, in all of them.

    Where it raises, the others are ended by the launcher, which ends all once one has failed.
    """
    if count_devices() == 1:
        return make()
    from accelerate.utils import broadcast_object_list

    return broadcast_object_list([make() if is_first() else None])[0]  # type: ignore[no-any-return]


def any_of_them(here: bool) -> bool:
    """Whether something is so in one of the processes at least; the same answer in all of them."""
    if count_devices() == 1:
        return here
    import torch
    from accelerate import PartialState
    from accelerate.utils import reduce

    return bool(reduce(torch.tensor(float(here), device=PartialState().device)) > 0)


@contextmanager
def first_before_others() -> Iterator[None]:
    """Let the first process go through alone, and the others after it, when what it makes is there."""
    if count_devices() == 1:
        yield
        return
    from accelerate import PartialState

    with PartialState().main_process_first():
        yield


def shared_out(work: Callable[[list[T]], list[Any]], things: Sequence[T]) -> list[Any]:
    """What `work` makes of all things, of which each process does its share; the same list in all of them, in order."""
    if count_devices() == 1:
        return work(list(things))
    from accelerate.utils import gather_object

    share = range(int(os.environ["RANK"]), len(things), count_devices())
    done = gather_object([*zip(share, work([things[i] for i in share]), strict=True)])
    return [made for _, made in sorted(done, key=lambda pair: pair[0])]
