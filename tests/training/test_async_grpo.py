"""AsyncGRPO's own worker, in the process that it spawns, scores its groups with rewards by `to_trl`.

Its trainer needs GPUs to send weights to vLLM, so vLLM's server is one that answers as it does, and the samples of the
worker are read where the trainer reads them.
"""

import copy
import importlib.util
import json
import queue
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from trl_runs import CHAT_ROWS, GROUP, WORDS, tokenizer

from vireward import NumericMatch, from_trl, per_group, score_batch, to_trl, weighted
from vireward.records import Sample

pytestmark = [
    pytest.mark.training,
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("vllm", "aiohttp"))), reason="TRL's worker needs vLLM and aiohttp"
    ),
]

ANSWERS = ["7", "8", "6", "5 7", "", "9"]  # what the server says, one after the other


class Says(BaseHTTPRequestHandler):
    """Answers a request for a completion with the next of the answers, as vLLM does."""

    asked = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        text = ANSWERS[Says.asked % len(ANSWERS)]
        Says.asked += 1
        ids = [WORDS.index(word) for word in [*text.split(), "</s>"]]
        said = {"choices": [{"token_ids": ids, "logprobs": {"token_logprobs": [-1.0] * len(ids)}}]}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def server():
    with HTTPServer(("127.0.0.1", 0), Says) as standing_in:
        thread = threading.Thread(target=standing_in.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{standing_in.server_address[1]}"
        finally:
            standing_in.shutdown()
            thread.join()


def lengths(completions, answer, **columns):
    """A reward function as TRL calls it, which reads chat messages and a column."""
    assert len(answer) == len(completions)
    return [float(len(completion[0]["content"])) for completion in completions]


def differs(samples):
    """A reward over a group: how many of it say something else?"""
    return [float(sum(other.completion != sample.completion for other in samples)) for sample in samples]


def half(sample):
    """A reward that raises for each completion of two words."""
    if len(sample.completion.split()) > 1:
        raise ValueError("two words")
    return 0.5


REWARDS = [
    to_trl(weighted(number=(1.0, NumericMatch(anywhere=True)), length=(0.5, from_trl(lengths))), name="sum"),
    to_trl(per_group(differs, size=GROUP), name="differs"),
    to_trl(half, on_error="floor", floor=-2.0),
]


@contextmanager
def worker(url):
    from accelerate.state import PartialState
    from datasets import Dataset
    from trl.experimental.async_grpo.async_rollout_worker import AsyncRolloutWorker

    PartialState(cpu=True)  # which its log needs
    words = copy.deepcopy(tokenizer())
    words.response_template = {"defaults": {"role": "assistant"}, "fields": {"content": {}}}  # all of it is content
    made = AsyncRolloutWorker(
        model_name="tiny",
        dataset=Dataset.from_list(CHAT_ROWS),
        reward_funcs=REWARDS,
        processing_class=words,
        eos_token_ids=[words.eos_token_id],
        num_generations=GROUP,
        max_inflight_tasks=4,
        queue_maxsize=16,
        vllm_server_url=url,
    )
    made.start()
    try:
        yield made
    finally:
        if made._process.is_alive():  # its stop waits for ever for a process that has ended
            made.stop()


def scored(made, count):
    """Samples as the trainer takes them."""
    samples = []
    while len(samples) < count:
        try:
            samples.append(made.rollout_buffer.get(timeout=5))
        except queue.Empty:
            made.check_health(stale_after_s=60)
    return samples


def test_a_group_that_the_worker_has_scored_has_the_values_of_the_rewards(monkeypatch):
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")  # its notice that this may change
    with server() as url, worker(url) as made:
        samples = scored(made, 3 * GROUP)
    groups = defaultdict(list)
    for sample in samples:
        groups[sample.group_id].append(sample)
    golds = {row["prompt"][-1]["content"]: row["answer"] for row in CHAT_ROWS}
    for group in groups.values():
        texts = [sample.completion[0]["content"] for sample in group]
        gold = golds[group[0].prompt[-1]["content"]]
        for number, sample in enumerate(group):
            told = sample.metrics
            assert told["rewards/differs"] == sum(text != texts[number] for text in texts)
            assert told["rewards/half"] == (-2.0 if len(texts[number].split()) > 1 else 0.5)
            (judged,) = score_batch(NumericMatch(anywhere=True), [Sample(texts[number], gold)])
            assert told["rewards/sum"] == judged.value + 0.5 * len(texts[number])
        totals = [sample.metrics["reward"] for sample in group]
        assert sorted(range(GROUP), key=totals.__getitem__) == sorted(
            range(GROUP), key=lambda number: group[number].advantage
        )
