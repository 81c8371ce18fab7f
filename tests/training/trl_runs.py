"""Short runs of TRL's own trainer: a Llama of two layers, two prompts a step with four completions each, on the CPU.

    run = trained([reward_function], rows, max_steps=2, log_completions=True)
    run.logged("reward"), run.column("advantage", step=2)

Nothing is downloaded and nothing stands in for anything: the model generates, is scored and learns. A run takes about
0.1 s after the first.
"""

import copy
import functools
import gc
import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

GROUP = 4  # completions of one prompt
BATCH = 8  # completions of one step
ROWS = [{"prompt": f"{n} + 4 =", "answer": str(n + 4)} for n in range(2, 6)]
CHAT_ROWS = [{**row, "prompt": [{"role": "user", "content": row["prompt"]}]} for row in ROWS]

SETTINGS = {
    "num_generations": GROUP,
    "per_device_train_batch_size": BATCH,
    "per_device_eval_batch_size": BATCH,
    "max_completion_length": 4,
    "max_steps": 1,
    "learning_rate": 1e-3,
    "shuffle_dataset": False,  # so that a step's prompts are known: the first two rows, then the next two
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
    "gradient_checkpointing": False,
    "use_cpu": True,
    "bf16": False,
}
WORDS = ["<pad>", "<s>", "</s>", "<unk>", *"0123456789", "10", "+", "="]
CHAT_TEMPLATE = "{% for message in messages %}<s> {{ message['content'] }} </s> {% endfor %}"


def place(completions, **columns):
    """A sound reward function: 0, 1, 2 … down the batch, so that the completions of a prompt differ."""
    return [float(number) for number, _ in enumerate(completions)]


class Recorder:
    """A sound reward function that remembers what it was called with, as it was then."""

    __name__ = "recorder"

    def __init__(self):
        self.calls = []

    def __call__(self, completions, **columns):
        self.calls.append({"completions": copy.deepcopy(completions), **columns})
        return place(completions)


@dataclass(frozen=True)
class Run:
    """What a finished run leaves."""

    history: list  # everything that was logged, in order
    tables: list  # the table of completions after each logged step, row by row; empty without log_completions
    model: object
    diagnostics: list = ()  # one entry for each batch; empty without `make_trainer`

    def logged(self, name):
        """One metric's value at each logged step."""
        return [entry[name] for entry in self.history if name in entry]

    def column(self, name, step=1):
        """One column of the table of completions that was written after a step."""
        return [row[name] for row in self.tables[step - 1]]


@functools.cache
def tokenizer():
    """One token a word."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        chat_template=CHAT_TEMPLATE,
    )


@functools.cache
def base_model():
    """The same random weights in every run."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=64,
            bos_token_id=tokenizer().bos_token_id,
            eos_token_id=tokenizer().eos_token_id,
            pad_token_id=tokenizer().pad_token_id,
        )
    )


@contextmanager
def settled_objects():
    """What there is by now is left out of garbage collection.

    A training ends with a collection, which took nine tenths of a run by looking through all imported libraries.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def trainer(reward_funcs, rows=ROWS, *, eval_rows=None, **settings):
    """A trainer that is built and has not trained yet; its output folder goes when the block is left."""
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    with settled_objects(), TemporaryDirectory() as folder:
        yield GRPOTrainer(
            model=copy.deepcopy(base_model()),
            reward_funcs=list(reward_funcs),
            args=GRPOConfig(output_dir=folder, **{**SETTINGS, **settings}),
            train_dataset=Dataset.from_list(rows),
            eval_dataset=None if eval_rows is None else Dataset.from_list(eval_rows),
            processing_class=copy.deepcopy(tokenizer()),
        )


@contextmanager
def guarded_trainer(rewards, rows=ROWS, *, eval_rows=None, wrapper=None, **settings):
    """The same trainer, built by `make_trainer`; `wrapper` holds further parameters of that."""
    from datasets import Dataset
    from trl import GRPOConfig

    from vireward.training import make_trainer

    with settled_objects(), TemporaryDirectory() as folder:
        yield make_trainer(
            copy.deepcopy(base_model()),
            rewards,
            args=GRPOConfig(output_dir=folder, **{**SETTINGS, **settings}),
            train_dataset=Dataset.from_list(rows),
            processing_class=copy.deepcopy(tokenizer()),
            **(wrapper or {}),
            **({} if eval_rows is None else {"eval_dataset": Dataset.from_list(eval_rows)}),
        )


def trained(reward_funcs, rows=ROWS, **settings):
    """A whole run: one step on the first two rows, unless the settings say otherwise."""
    with trainer(reward_funcs, rows, **settings) as built:
        return finished(built)


def guarded(rewards, rows=ROWS, **settings):
    """A whole run of `guarded_trainer`."""
    with guarded_trainer(rewards, rows, **settings) as built:
        return finished(built)


def finished(built):
    """Train to the end, and read what is left."""
    import pyarrow.parquet

    built.train()
    folder = Path(built.args.output_dir)
    tables = [pyarrow.parquet.read_table(file).to_pylist() for file in sorted(folder.glob("completions/*.parquet"))]
    diagnostics = folder / "diagnostics.jsonl"
    lines = diagnostics.read_text(encoding="utf-8").splitlines() if diagnostics.exists() else []
    return Run(built.state.log_history, tables, built.model, [json.loads(line) for line in lines])
