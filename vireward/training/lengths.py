"""The lengths of prompts and completions: the prompt gets what its longest needs, the completion the rest."""

from vireward.errors import BadParameter
from vireward.training.preflight.tokenizer import prompt_lengths
from vireward.training.run import Run, say


def fit_lengths(run: Run) -> None:
    """Give the prompt what its longest needs, in tokens and one more, and the completion the rest or what was asked.

    Raises:
        BadParameter: no problem is left, or nothing for the completion.
    """
    asked, trainer = run.options.run, run.options.trainer
    if asked.max_prompt_tokens is not None:
        _leave_out_longer(run, asked.max_prompt_tokens)
    longest = max(_lengths(run))
    left = asked.max_seq_length - longest - 1
    if left < 1:
        raise BadParameter(
            f"--max_seq_length {asked.max_seq_length}: the longest prompt has {longest} tokens and leaves none for the "
            "completion; raise it, or leave out long problems with --max_prompt_tokens"
        )
    trainer.max_completion_length = min(left, trainer.max_completion_length or left)
    trainer.vllm_max_model_length = asked.max_seq_length
    say(f"prompts take up to {longest + 1} tokens, completions up to {trainer.max_completion_length}")


def _leave_out_longer(run: Run, limit: int) -> None:
    kept = [problem for problem, length in zip(run.train, _lengths(run), strict=True) if length <= limit]
    if not kept:
        raise BadParameter(f"--max_prompt_tokens {limit}: every prompt is longer; raise it")
    say(f"left out {len(run.train) - len(kept)} problems whose prompt has more than {limit} tokens")
    if run.source is not None:
        run.source.dropped["with a longer prompt"] = len(run.train) - len(kept)
    run.train = kept


def _lengths(run: Run) -> list[int]:
    return prompt_lengths(run.tokenizer, [problem.question for problem in run.train], run.tags)
