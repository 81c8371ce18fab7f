"""Mistakes in reward functions and data: what people write, each under a name that tells it."""

from trl_runs import ROWS, place


def with_column(name, value="mine"):
    return [{**row, name: value} for row in ROWS]


def fixed_score(completions, value, **columns):
    """Under one name whatever the value: a partial is named for its function."""
    return [value] * len(completions)


def logs_too_little(completions, log_extra, **columns):
    log_extra("seen", completions[:-1])
    return place(completions)


def logs_too_much(completions, log_extra, **columns):
    log_extra("seen", [*completions, "the end"])
    return place(completions)


def logs_the_first_step_only(completions, trainer_state, log_extra, **columns):
    if trainer_state.global_step == 0:
        log_extra("seen", list(completions))
    return place(completions)


def says_why(completions, log_extra, reason, **columns):
    log_extra("why", [reason] * len(completions))
    return place(completions)


def logs_a_taken_column(completions, log_extra, taken, **columns):
    log_extra(taken, ["mine"] * len(completions))
    return place(completions)


def one_is_odd(completions, value, at=(0,), **columns):
    """The place of each completion, and the odd value at some."""
    return [value if number in at else reward for number, reward in enumerate(place(completions))]


def divides_by_zero_once(completions, **columns):
    return [1 / number for number in place(completions)]


async def awaits_and_divides_by_zero_once(completions, **columns):
    return divides_by_zero_once(completions)


def takes_completions(completions):
    return place(completions)


def takes_the_columns_it_needs(prompts, completions, answer):
    return place(completions)


def takes_what_is_handed_over_today(prompts, completions, completion_ids, answer, trainer_state, log_extra, log_metric):
    return place(completions)


def adds_a_full_stop_in_place(completions, **columns):
    for number, completion in enumerate(completions):
        if isinstance(completion, str):
            completions[number] += " ."
        else:
            completion[-1]["content"] += " ."
    return place(completions)


def gives(completions, result, **columns):
    return result


async def gives_later(completions, result, **columns):
    return result


def limited_to(words):
    def within_the_limit(completions, **columns):
        return [float(len(completion.split()) <= words) for completion in completions]

    return within_the_limit
