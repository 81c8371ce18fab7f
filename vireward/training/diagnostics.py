"""What the rewards of a run say, batch by batch: as lines of JSON, as metrics, in words where nothing can be learnt.

Example line (shortened; shares are in [0, 1], of completions or of groups):

    {"step": 12, "mode": "train", "completions": 64, "groups": 8, "seconds": 0.013, "truncated": 0.05,
     "total": {"mean": 3.1, "std": 2.4, "informative": 0.75},
     "rewards": {"answer_match": {"mean": 1.2, "informative": 0.5, "error": 0.0, "p95_ms": 0.05,
                                  "reasons": {"… is the gold": 12, "no answer block": 3}}}}
"""

import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from vireward.messages import message_text
from vireward.records import Outcome, Score, failure_of
from vireward.training.folder import read_lines, write_lines
from vireward.training.watch import Scored

NAME = "diagnostics.jsonl"
_FAILURES: tuple[Outcome, ...] = ("error", "timeout", "crashed")
_PATIENCE = 10  # batches of training without a signal before it is told
_LONGEST = 2_000  # characters of a completion that is kept
_KINDS = 12  # reasons of one reward that are told of a batch; the rest is counted together
_VARIES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d+(?:[.,/]\d+)*%?")  # quoted texts and numbers


class Diagnostics:
    """Watches the batches of a run.

    Args:
        file: Gets one line for each batch; None where another process writes it.
        group_size: How many completions of one prompt are sampled, given whether the model is training.
        is_training: Whether a batch is one of training, not of evaluation.
        say: Tells a person something, once.
    """

    def __init__(
        self,
        file: Path | None,
        *,
        group_size: Callable[[bool], int],
        is_training: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self.file, self.group_size, self.is_training, self.say = file, group_size, is_training, say
        self._before: float | None = None  # when the batch before this one was scored
        self._early: int | None = 0  # lines of evaluations before the training; None once that has begun
        self._slowest = 0.0
        self._silent: int | None = 0  # batches in a row without a signal; None once it was told

    def resume(self, step: int) -> None:
        """Keep what was written up to a checkpoint; the batches after it are scored again.

        From step 0 on nothing of another run stays in the file, and what this one has evaluated before it does.
        """
        early, self._early = self._early or 0, None
        if self.file is not None and self.file.exists():
            try:
                rows = read_lines(self.file)
                kept = [row for row in rows if _is_before(row, step)] if step else rows[len(rows) - early :]
                write_lines(self.file, kept)
            except OSError as error:
                self._end(self.file, error)

    def __call__(self, batch: Scored) -> None:
        """Sum a batch up: into the file, into the trainer's metrics, and to the person if nothing can be learnt."""
        if not batch.call.completions:
            return
        start = time.perf_counter()
        training = self.is_training()
        told = self._told(batch, training)
        self._log(told, batch.call.context.get("log_metric"))
        if training:
            self._warn(told)
        told["diagnostics_seconds"] = round(time.perf_counter() - start, 6)
        if self._early is not None and not training:
            self._early += 1
        if self.file is not None:
            self._write(self.file, json.dumps(told, ensure_ascii=False) + "\n")

    def _write(self, file: Path, line: str) -> None:
        try:
            with file.open("a", encoding="utf-8", errors="replace") as lines:
                lines.write(line)
        except OSError as error:
            self._end(file, error)

    def _end(self, file: Path, error: OSError) -> None:
        """Go on without a file: a run is worth more than its diagnostics."""
        self.file = None
        self.say(f"{file}: {error.strerror}; the run goes on without further diagnostics")

    def _told(self, batch: Scored, training: bool) -> dict[str, Any]:
        size, count = self.group_size(training), len(batch.call.completions)
        since = None if self._before is None else round(batch.started - self._before, 4)
        self._before = batch.started
        return {
            "step": batch.call.step,
            "mode": "train" if training else "eval",
            "completions": count,
            "groups": count // size,
            "seconds": round(batch.took, 6),
            "step_seconds": since,
            "truncated": batch.truncated,
            "total": _spread(batch.totals) | {"informative": _informative(batch.totals, size)},
            "rewards": dict(_rewards(batch, size)),
            "slowest": self._slowest_of(batch),
        }

    def _slowest_of(self, batch: Scored) -> dict[str, Any] | None:
        """The completion that took longest, if longer than any before it in this run."""
        taken = [sum(row) for row in zip(*batch.seconds.values(), strict=True)]
        if not taken or max(taken) <= self._slowest or (min(taken) == max(taken) and len(taken) > 1):
            return None  # the last where all share the time of one call, so that none stands out
        self._slowest = max(taken)
        text = _text(batch.call.completions[taken.index(self._slowest)])
        return {
            "milliseconds": round(1e3 * self._slowest, 4),
            "characters": len(text),
            "completion": text[:_LONGEST],
        }

    def _log(self, told: Mapping[str, Any], log_metric: Any) -> None:
        """The same figures as metrics, for whatever the trainer reports to."""
        if log_metric is None:
            return
        for name, row in told["rewards"].items():
            for key in ("informative", "p50_ms", "p95_ms"):
                if row[key] is not None:
                    log_metric(f"{name}/{key}", row[key])
        figures = {"informative": told["total"]["informative"], "seconds": told["seconds"]}
        for key, value in (figures | {"truncated": told["truncated"]}).items():
            if value is not None:
                log_metric(f"all_rewards/{key}", value)

    def _warn(self, told: Mapping[str, Any]) -> None:
        if self._silent is None or told["total"]["informative"] is None:
            return
        self._silent = 0 if told["total"]["informative"] > 0 else self._silent + 1
        if self._silent >= _PATIENCE:
            self._silent = None
            reasons = ", ".join(f"{name}: {_usual(row['reasons'])}" for name, row in told["rewards"].items())
            self.say(
                f"no signal: in {_PATIENCE} batches all completions of each prompt got the same reward, so the model "
                f"learns nothing from them; look at the prompts, the temperature and the rewards ({reasons})"
            )


def _is_before(row: Mapping[str, Any], step: int) -> bool:
    """Whether a batch belongs to what a checkpoint after so many steps has seen."""
    done = row.get("step") or 0
    return done < step or (done == step > 0 and row.get("mode") == "eval")


def _rewards(batch: Scored, size: int) -> list[tuple[str, dict[str, Any]]]:
    """Each function, and each part of one that is trained as a whole."""
    rows = []
    for name, scores in batch.scores.items():
        rows.append((name, _reward(scores, batch.seconds.get(name), size)))
        for part in dict.fromkeys(part for score in scores for part in score.parts):
            if part in batch.seconds and part not in batch.scores:
                asked = [score.parts.get(part, score) for score in scores]
                rows.append((f"{name}/{part}", _reward(asked, batch.seconds[part], size)))
    return rows


def _reward(scores: Sequence[Score], seconds: Sequence[float] | None, size: int) -> dict[str, Any]:
    values, failures = [score.value for score in scores], Counter(map(failure_of, scores))
    failed: dict[str, float] = {kind: round(failures[kind] / len(scores), 6) for kind in _FAILURES}
    abstained = values.count(None) - sum(failures[kind] for kind in _FAILURES)
    return {
        **_spread(values),
        "informative": _informative(values, size),
        "abstained": round(abstained / len(scores), 6),
        **failed,
        "p50_ms": _quantile(seconds, 0.5),
        "p95_ms": _quantile(seconds, 0.95),
        "reasons": _reasons(scores),
    }


def _reasons(scores: Sequence[Score]) -> dict[str, int]:
    """How often each kind of reason stands, the most frequent first."""
    texts = Counter(score.why for score in scores)
    kinds: Counter[str] = Counter()
    for why, count in texts.items():
        kinds[_VARIES.sub("…", why[:300])] += count
    told = dict(kinds.most_common(_KINDS))
    rest = sum(kinds.values()) - sum(told.values())
    return told | ({"other": told.get("other", 0) + rest} if rest else {})


def _usual(reasons: Mapping[str, int]) -> str:
    return max(reasons, key=lambda kind: reasons[kind], default="no reason")


def _spread(values: Sequence[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    if not known:
        return {"mean": None, "std": None}
    return {"mean": round(statistics.fmean(known), 6), "std": round(statistics.pstdev(known), 6)}


def _informative(values: Sequence[float | None], size: int) -> float | None:
    """The share of groups whose values differ; None where the batch has no whole groups."""
    if not values or len(values) % size:
        return None
    groups = [[v for v in values[i : i + size] if v is not None] for i in range(0, len(values), size)]
    return round(sum(any(a != b for a, b in pairwise(group)) for group in groups) / len(groups), 6)


def _quantile(seconds: Sequence[float] | None, q: float) -> float | None:
    if not seconds:
        return None
    ranked = sorted(seconds)
    return round(1e3 * ranked[min(int(q * len(ranked)), len(ranked) - 1)], 4)


def _text(completion: object) -> str:
    try:
        return message_text(completion)
    except Exception:  # of no readable shape, which its scores say
        return repr(completion)
