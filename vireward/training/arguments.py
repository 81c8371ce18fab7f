"""What a run can be told, beside the trainer's own settings."""

from dataclasses import dataclass, field


@dataclass
class RunArguments:
    """Options of vireward; those of the trainer are `trl.GRPOConfig`'s, those of model and LoRA `trl.ModelConfig`'s."""

    preset: str = field(default="auto", metadata={"help": "llama-3.2-1b, tiny, or auto: the first on a GPU, else tiny"})
    backend: str = field(
        default="auto", metadata={"help": "unsloth, trl, or auto: unsloth on one GPU where it is installed, else trl"}
    )
    data: str | None = field(
        default=None, metadata={"help": "hub id or .jsonl, .json, .csv, .parquet file to train on"}
    )
    held_out: str | None = field(
        default=None, metadata={"help": "the same, to evaluate on; by default rows of the data that are not trained on"}
    )
    types: list[str] = field(default_factory=list, metadata={"help": "only problems of these types; all by default"})
    max_rows: int | None = field(default=None, metadata={"help": "train on the first so many rows that have a gold"})
    number_style: str = field(default="auto", metadata={"help": "vi, en, or auto: decided once over all golds"})
    rewards: str | None = field(
        default=None, metadata={"help": "TOML file of the reward to train with; by default the tutorial's four"}
    )
    allow_import: bool = field(default=False, metadata={"help": "let the file of --rewards name modules to import"})
    on_error: str = field(
        default="abstain",
        metadata={"help": "a reward that raises: abstain gives the completion no score, raise ends the run"},
    )
    max_seq_length: int = field(default=2048, metadata={"help": "tokens of prompt and completion together"})
    max_prompt_tokens: int | None = field(
        default=None, metadata={"help": "leave out problems with a longer prompt; by default none"}
    )
    eval_problems: int = field(default=200, metadata={"help": "held-out problems answered before and after training"})
    eval_temperature: float = field(default=0.8, metadata={"help": "sampling temperature of the evaluation"})
    eval_top_p: float = field(default=0.95, metadata={"help": "nucleus of the evaluation"})
    eval_batch: int = field(default=64, metadata={"help": "problems that the evaluation answers at a time"})
    samples_every: int = field(default=5, metadata={"help": "show one completion every so many reward calls; 0: never"})
    warm_up_steps: int = field(default=0, metadata={"help": "tiny: steps of supervised warm-up"})
    outputs: str = field(default="outputs", metadata={"help": "folder of all runs"})
    name: str | None = field(
        default=None, metadata={"help": "name of the run's folder; by default preset, seed and time"}
    )
    resume: bool = field(default=False, metadata={"help": "go on with the named run, or with the newest, after a stop"})
