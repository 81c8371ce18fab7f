"""What a reward says of some completions, whatever it does: raise, hang, die, or give what is no score.

A reward that pickles is asked in a process of its own, which is killed when it takes too long. Any other is asked here,
where only the main thread can be interrupted.
"""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from vireward.errors import in_words
from vireward.overrun import Overrun, bounded
from vireward.records import Batch, Outcome, Reward, Sample, Score, as_score, failure_of
from vireward.workers.broker import LOADING, Reply
from vireward.workers.worker import Worker

LONGEST = 2_000  # characters of a reason
_NOT_HELD = "not held"


@dataclass(slots=True)
class Asking:
    """A reward that can be asked for scores.

    Args:
        reward: The reward.
        seconds: How long it may take for the completions of one call.
        worker: The process that it is asked in; None where it cannot be taken to another one.
    """

    reward: Reward
    seconds: float
    worker: Worker | None = None
    _payload: bytes = field(default=b"", repr=False)

    def together(self, samples: Sequence[Sample], seconds: float | None = None) -> list[Score]:
        """The scores of the completions of a batch, in their order; where asking fails as a whole, it fails for each.

        Args:
            samples: The completions.
            seconds: How long it may take for them, if not as long as always.
        """
        limit = self.seconds if seconds is None else seconds
        reply = self._replied([samples], limit)
        if reply.end == "done" and isinstance(reply.value, list):
            scores: list[Score] = reply.value[0]
            return scores
        why = f"no score within {limit:g} s" if reply.end == "timeout" else reply.why or "no scores came back"
        return [Score(None, why, outcome="error" if reply.end == "done" else reply.end)] * len(samples)

    def singly(self, samples: Sequence[Sample]) -> list[Score]:
        """The score of each completion by itself; many are asked for at once, as far as that is done in time."""
        if len(samples) == 1:
            return self.together(samples)
        reply = self._replied([[one] for one in samples], self.seconds)
        if reply.end == "done" and isinstance(reply.value, list):
            return [score for scores in reply.value for score in scores]
        return [score for one in samples for score in self.together([one])]  # one of them is the one that fails

    def _replied(self, batches: Sequence[Sequence[Sample]], seconds: float) -> Reply:
        return self._here(batches, seconds) if self.worker is None else self._there(self.worker, batches, seconds)

    def _here(self, batches: Sequence[Sequence[Sample]], seconds: float) -> Reply:
        try:
            with bounded(seconds):
                return Reply("done", [score_together(self.reward, batch) for batch in batches])
        except Overrun:
            return Reply("timeout")

    def _there(self, worker: Worker, batches: Sequence[Sequence[Sample]], seconds: float) -> Reply:
        reply = worker.call(_scored, batches, seconds=seconds)
        if reply.value == _NOT_HELD:  # a worker that was killed is another one now
            held = worker.call(_hold, self._payload, seconds=LOADING)
            reply = worker.call(_scored, batches, seconds=seconds) if held.end == "done" else held
        return reply

    def close(self) -> None:
        """End its process."""
        if self.worker is not None:
            self.worker.close()


@contextmanager
def asking(reward: Reward, seconds: float) -> Iterator[Asking]:
    """A reward to be asked, in a process of its own if it can be taken there."""
    payload = _pickled(reward)
    asked = Asking(reward, seconds)
    if payload is not None:
        worker = Worker()
        held = worker.call(_hold, payload, seconds=LOADING)
        asked = Asking(reward, seconds, worker, payload) if held.end == "done" else asked
        if asked.worker is None:
            worker.close()
    try:
        yield asked
    finally:
        asked.close()


def score_together(reward: Reward, samples: Sequence[Sample]) -> list[Score]:
    """The scores of a batch; a failure is the outcome of the completion that it happened on."""
    return [_score(reward, sample) for sample in Batch(samples).samples]


def _score(reward: Reward, sample: Sample) -> Score:
    try:
        return _plain(as_score(reward(sample)))
    except Overrun:
        raise
    except (Exception, SystemExit) as error:  # a reward may do anything
        told = in_words(error) if isinstance(error, Exception) else f"SystemExit: {error}"
        return Score(None, told, outcome="error")


def _plain(score: Score) -> Score:
    """A score of texts and numbers alone, so that it can be sent and shown."""
    failure = failure_of(score)
    outcome: Outcome = "scored" if score.value is not None else failure or "abstained"
    parts = {str(name): _plain(as_score(part)) for name, part in score.parts.items()}
    return Score(score.value, str(score.why)[:LONGEST], parts, outcome=outcome)


def _pickled(reward: Reward) -> bytes | None:
    """A reward as bytes that another process can read; None for a lambda, a local function or one of the script."""
    try:
        payload = pickle.dumps(reward)
    except Exception:
        return None
    return None if b"__main__" in payload or b"__mp_main__" in payload else payload


# --- in the worker ---

_held: list[Reward] = []


def _hold(payload: bytes) -> None:
    _held[:] = [pickle.loads(payload)]


def _scored(batches: Sequence[Sequence[Sample]]) -> list[list[Score]] | str:
    return [score_together(_held[0], batch) for batch in batches] if _held else _NOT_HELD
