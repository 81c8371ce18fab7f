"""Each law is broken by a reward that is made to break it, and by no reward that is not."""

import random
import re
import threading
import time
import unicodedata
from dataclasses import dataclass, field

import pytest

from vireward import (
    AnswerMatch,
    Diversity,
    FormatExact,
    LawBroken,
    NumericMatch,
    Sample,
    Score,
    TagFormat,
    gate,
    per_group,
    weighted,
)
from vireward.testing import LAWS, check_reward, laws_of_time, subject

TAGS = TagFormat()
GOOD = weighted(shape=(1.0, FormatExact()), answer=(1.0, AnswerMatch()))


@pytest.fixture
def impatient(monkeypatch):
    """A call may take half a second."""
    monkeypatch.setattr(subject, "SECONDS", 0.5)
    monkeypatch.setattr(laws_of_time, "SECONDS", 0.5)


def answer_of(sample):
    return TAGS.scan(sample.completion).answer


# --- rewards, each with one fault ---


def raises_on_circumflex(sample):
    if "\u0302" in sample.completion:
        raise UnicodeError("cannot read this")
    return 0.0


def leaves_the_process(sample):
    if "####" in sample.completion:
        raise SystemExit(3)
    return 0.0


def hangs_on_boxes(sample):
    while "\\boxed" in sample.completion:
        pass
    return 0.0


def not_a_number(sample):
    return float("nan") if "?" in sample.completion else 0.0


def a_text(sample):
    return "good"


def one_for_all(completions, **columns):
    return [1.0]


def needs_a_gold(sample):
    return float(len(sample.gold) > 2)


def rises_without_end(sample):
    return float(len(sample.completion))


def by_chance(sample):
    return random.random()


@dataclass
class Remembers:
    """Have I seen this before?"""

    seen: set = field(default_factory=set)

    def __call__(self, sample):
        new = sample.completion not in self.seen
        self.seen.add(sample.completion)
        return float(new)


def above_the_mean(completions, **columns):
    mean = sum(map(len, completions)) / len(completions)
    return [float(len(one) > mean) for one in completions]


def by_place(completions, **columns):
    return [float(place) for place in range(len(completions))]


def pops_answers(completions, answer, **columns):
    return [float(answer.pop() is None) for _ in completions]


def fills_columns(sample):
    sample.columns["notes"] = "seen"
    return 0.0


def takes_no_more(completions, answer):
    return [0.0 for _ in completions]


def counts_columns(sample):
    return float(len(sample.columns))


def reads_text_only(completions, **columns):
    return [float(one.startswith("<")) for one in completions]


def reads_chat_only(completions, **columns):
    return [float(one[0]["content"].startswith("<")) for one in completions]


def looks_for_an_anchor(sample):
    return float("Đáp án" in sample.completion)


def same_text(sample):
    return float(answer_of(sample) == sample.gold)


def digits_alone(sample):
    """Are the digits of the answer those of the gold? The sign, marks and words are not looked at."""
    numbers = [
        re.findall(r"\d", unicodedata.normalize("NFKC", text or "")) for text in (answer_of(sample), sample.gold)
    ]
    return float(numbers[0] == numbers[1])


def gold_within(sample):
    return float(sample.gold is not None and sample.gold in (answer_of(sample) or ""))


def wrong_is_best(sample):
    return -NumericMatch()(sample).value if sample.gold else None


def tags_in_order(sample):
    return float(
        re.search(r"<thinking>.*</thinking>.*<SOLUTION>.*</SOLUTION>", sample.completion, re.DOTALL) is not None
    )


def by_hash(sample):
    return float(hash(sample.completion) % 1000)


class Unprintable:
    def __call__(self, sample):
        return 0.0


@dataclass
class Shared:
    """How long is the completion? It is put down where all threads write."""

    text: str = ""

    def __call__(self, sample):
        self.text = sample.completion
        time.sleep(0.0002)
        return float(len(self.text))


def every_pair(sample):
    return float(len(re.findall(r"<SOLUTION>(?=.*</thinking>)", sample.completion, re.DOTALL)) > 10**9)


def calculates(sample):
    found = re.search(r"(\d+)\*\*(\d+)\*\*(\d+)", sample.completion)
    return 0.0 if found is None else float(len(str(9**9 ** int(found[3]))))


BREAKING = [
    ("total", raises_on_circumflex),
    ("total", leaves_the_process),
    ("total", hangs_on_boxes),
    ("finite", not_a_number),
    ("finite", a_text),
    ("finite", one_for_all),
    ("missing_gold", needs_a_gold),
    ("in_range", rises_without_end),
    ("deterministic", by_chance),
    ("deterministic", Remembers()),
    ("batch_independent", above_the_mean),
    ("order_equivariant", by_place),
    ("leaves_inputs", pops_answers),
    ("leaves_inputs", fills_columns),
    ("extra_columns", takes_no_more),
    ("extra_columns", counts_columns),
    ("shapes", reads_text_only),
    ("shapes", reads_chat_only),
    ("normalisation_blind", looks_for_an_anchor),
    ("normalisation_blind", same_text),
    ("notation_blind", same_text),
    ("separates_values", digits_alone),
    ("separates_values", gold_within),
    ("separates_values", wrong_is_best),
    ("wrong_never_beats_right", gold_within),
    ("blank_blocks", tags_in_order),
    ("nothing_outside", tags_in_order),
    ("pickles", lambda sample: 0.0),
    ("prints", Unprintable()),
    ("same_in_every_process", by_hash),
    ("thread_safe", Shared()),
    ("linear_time", every_pair),
    ("comes_back", calculates),
]


@pytest.mark.parametrize(("law", "reward"), [pytest.param(*one, id=f"{one[0]}-{i}") for i, one in enumerate(BREAKING)])
def test_a_law_is_broken_by_a_reward_that_is_made_to_break_it(law, reward, impatient):
    with pytest.raises(LawBroken) as caught:
        check_reward(reward, laws=[law], value_range=(0.0, 50.0))
    (breach,) = caught.value.breaches
    assert breach.law == law
    assert str(breach) in str(caught.value)
    assert breach.cases or law in ("pickles", "prints")


def test_every_law_is_broken_by_some_reward():
    assert {law for law, _ in BREAKING} == {law.name for law in LAWS}


def test_a_good_reward_keeps_every_law():
    assert check_reward(GOOD, value_range=(-1.5, 6.0)) == {law.name: "holds" for law in LAWS}


def test_counter_examples_are_small():
    sizes = {"total": 12, "normalisation_blind": 60, "separates_values": 60}
    for law, reward in ((law, reward) for law, reward in BREAKING if law in sizes and reward is not hangs_on_boxes):
        with pytest.raises(LawBroken) as caught:
            check_reward(reward, laws=[law])
        case = caught.value.breaches[0].cases[0]
        assert len(case.completion) <= sizes[law] + 20, case


# --- which rewards a law speaks of ---


def found(reward, law, **options):
    return check_reward(reward, laws=[law], **options)[law]


@pytest.mark.parametrize("law", ["notation_blind", "separates_values", "wrong_never_beats_right"])
def test_laws_about_correctness_speak_of_rewards_that_read_the_gold(law):
    assert found(AnswerMatch(), law) == "holds"
    assert found(gate(NumericMatch(), when=FormatExact()), law) == "holds"
    assert found(FormatExact(), law) == "does not apply: its value is not seen to depend on the gold"
    assert found(needs_a_gold, law).startswith(("does not apply", "holds"))


def test_laws_about_layout_speak_of_rewards_that_look_at_it():
    assert found(FormatExact(), "blank_blocks") == found(FormatExact(), "nothing_outside") == "holds"
    assert found(AnswerMatch(), "blank_blocks") == "does not apply: its value is not seen to depend on the layout"
    line = TagFormat.preset("gsm8k")
    assert found(FormatExact(line), "nothing_outside", tags=line).startswith("does not apply: any text may stand")


def test_a_reward_over_groups_is_handed_whole_groups():
    results = check_reward(per_group(Diversity(), size=4))
    assert {law for law, told in results.items() if told == "holds"} >= {"total", "order_equivariant", "linear_time"}
    assert results["batch_independent"] == "does not apply: it looks at all completions of a prompt"


def test_nothing_is_left_running(impatient):
    before = threading.active_count()
    with pytest.raises(LawBroken):
        check_reward(calculates, laws=["comes_back"])
    check_reward(AnswerMatch(), laws=["thread_safe", "same_in_every_process"])
    assert threading.active_count() == before


def test_a_score_of_vireward_is_read_with_its_reason():
    def telling(sample: Sample):
        return Score(1.0 if answer_of(sample) in (sample.gold, f"-{sample.gold}") else 0.0, "looked at digits")

    with pytest.raises(LawBroken, match=r"score 1.0 \(looked at digits\)"):
        check_reward(telling, laws=["separates_values"])
