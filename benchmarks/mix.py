r"""A seeded mix of completions such as a policy writes in GRPO on Vietnamese mathematics, with what is true of each.

    python benchmarks/mix.py [--seed SEED] [--count COUNT] > mix.jsonl

The mix of a seed is the same each time, and shares no text with that of another. Neighbours in groups of `GROUP` have
one prompt and one gold. What is true of a completion follows from how it is made; no grader is asked:

    right   the one answer block holds the gold, in whatever spelling
    wrong   the answer block holds something else, or there are two with different answers
    none    there is no one block, or nothing to be seen in it
"""

import argparse
import json
import math
import random
import sys
from bisect import bisect
from dataclasses import asdict, dataclass
from itertools import accumulate, cycle
from statistics import NormalDist
from typing import Literal, NamedTuple

import problems
from hostile import BLANK, SILENT, TAGGED, grown
from problems import Problem

COUNT, GROUP = 10_000, 8  # completions, and how many of them have one prompt
SHARES = {
    "right": 28.0,
    "wrong": 20.0,
    "spelled": 9.0,
    "prose": 7.0,
    "LaTeX": 5.0,
    "words": 4.0,
    "missing tag": 8.0,
    "repeated tag": 4.0,
    "truncated": 6.0,
    "wrong order": 1.0,
    "nested": 1.0,
    "no tags": 2.0,
    "trailing text": 2.0,
    "degenerate": 3.3,
}
DEGENERATE = (
    *("reasoning blocks", "reasoning openings", "answer openings", "loop", "<", "blanks", "line ends", "digits"),
    *("exponents", "full-width digits", "zero-width", "NUL", "lone surrogates", "nan and inf", "stops and commas"),
    *("open boxes", "dollars", "brace nest", "emoji", "power tower", "factorial nest", "mixed marks", "backslashes"),
    *("letters", "anchors", "or", "words", "digits and stops"),
)
SHORTEST, LONGEST = 200, 8_000  # characters
# The logarithms of lengths are spread normally, for a mean of about 1,700; the ends leave room for what tags add.
_LENGTHS, _SHORT, _LONG = NormalDist(math.log(1_370), 0.69), 320, 7_800
_FRAME = 90  # characters for tags, line ends and an answer

_OPEN, _CLOSE, _BEGIN, _END = _TAGS = ("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>")
_THINGS = ("quả táo", "quả cam", "quyển vở", "viên bi", "cái kẹo", "bông hoa", "tấm thẻ")
_VIETNAMESE = (
    "Ta có %(a)d + %(b)d = %(c)d.",
    "%(who)s có %(a)d %(what)s, được cho thêm %(b)d nên có tất cả %(c)d %(what)s.",
    "Trước hết cần tìm tổng của %(a)d và %(b)d, kết quả là %(c)d.",
    "Lấy %(c)d bớt đi %(b)d thì còn lại %(a)d, khớp với đề bài.",
    "Khoan đã, để mình thử lại: %(c)d - %(a)d = %(b)d, vậy là đúng.",
    "Mỗi buổi %(who)s xếp được %(a)d %(what)s, nên sau %(b)d buổi sẽ có %(a)d × %(b)d %(what)s.",
    "Gọi x là số %(what)s cần tìm, ta được x + %(a)d = %(c)d, suy ra x = %(b)d.",
    "Vì %(a)d bé hơn %(c)d nên hiệu hai số bằng %(b)d.",
    "Chỗ này dễ nhầm: người ta hỏi số %(what)s chứ không hỏi %(a)d đồng kia.",
    "Do đó sau ngày thứ hai, số %(what)s của %(who)s là %(c)d.",
    "Tiếp theo, chia đều %(c)d %(what)s vào %(a)d hộp rồi xem còn dư bao nhiêu.",
    "Như vậy bước trên cho ta %(b)d, giờ chỉ cần cộng thêm %(a)d nữa là xong.",
)
_ENGLISH = (
    "So far we have %(a)d + %(b)d = %(c)d.",
    "%(who)s starts with %(a)d items and buys %(b)d more, which makes %(c)d.",
    "Let me check that: %(c)d - %(b)d is %(a)d, as it should be.",
    "Wait, the question asks for the remaining amount, not for the total of %(c)d.",
    "If x is the unknown number, then x + %(a)d = %(c)d, hence x = %(b)d.",
    "Next, each of the %(a)d boxes holds %(b)d pieces.",
    "Since %(a)d is smaller than %(c)d, the difference of the two is %(b)d.",
)
_LATEX = (
    r"Ta có $%(a)d + %(b)d = %(c)d$.",
    r"Suy ra \[x = \frac{%(c)d - %(a)d}{1} = %(b)d.\]",
    r"Do đó $\frac{%(a)d}{%(b)d} < \frac{%(c)d}{%(b)d}$, nên ta quy đồng hai vế.",
    r"Diện tích là \(S = %(a)d \times %(b)d\,\text{cm}^2\).",
    r"Bình phương hai vế: $\left(x - %(a)d\right)^2 = %(b)d^2$ và $x \geq \sqrt{%(c)d}$.",
)

Truth = Literal["right", "wrong", "none"]
Written = tuple[str, Truth, bool]  # a text, what is true of its answer, and whether it is well formed
_FALLEN = {f"degenerate: {name}": name for name in DEGENERATE}


@dataclass(frozen=True, slots=True)
class Item:
    """One completion, its prompt and gold, and what is true of its answer and of its layout."""

    group: int
    kind: str
    prompt: str
    text: str
    gold: str
    truth: Truth
    well_formed: bool

    @property
    def degenerate(self) -> bool:
        """Whether a policy writes this only when it degenerates."""
        return self.kind.startswith("degenerate")


def generate(seed: int, count: int = COUNT) -> list[Item]:
    """The mix of a seed, with shares and lengths as exact as the count allows."""
    rng, items = random.Random(f"mix {seed}"), list[Item]()
    lengths = [min(max(math.exp(_LENGTHS.inv_cdf((i + 0.5) / count)), _SHORT), _LONG) for i in range(count)]
    rng.shuffle(lengths)
    for i, (kind, length) in enumerate(zip(_kinds(rng, count), lengths, strict=True)):
        if i % GROUP == 0:
            problem = problems.drawn(rng)
            question = f"Hỏi {problem.who} có bao nhiêu {problem.unit or 'phần'}?"
            prompt = f"{_reasoning(rng, _VIETNAMESE, 100)} {question}"
        draft = _Draft(rng, problem, _templates(kind, rng), int(length))
        text, truth, well_formed = draft.fallen(kind) if kind in _FALLEN else draft.written(kind)
        items.append(Item(i // GROUP, kind, prompt, text, problem.gold, truth, well_formed))
    return items


def _kinds(rng: random.Random, count: int) -> list[str]:
    """Each kind in its share, in any order; the degenerate ones take turns."""
    ends = tuple(accumulate(SHARES.values()))
    names = [tuple(SHARES)[bisect(ends, (i + 0.5) / count * ends[-1])] for i in range(count)]
    turns = cycle(rng.sample(tuple(_FALLEN), len(_FALLEN)))
    kinds = [next(turns) if name == "degenerate" else name for name in names]
    rng.shuffle(kinds)
    return kinds


def _templates(kind: str, rng: random.Random) -> tuple[str, ...]:
    if kind == "LaTeX":
        return _LATEX + _VIETNAMESE[:3]
    return _ENGLISH if kind != "prose" and rng.random() < 0.3 else _VIETNAMESE


def _reasoning(rng: random.Random, templates: tuple[str, ...], room: int) -> str:
    """Sentences for so many characters or a few more; their numbers make it a text of its own."""
    sentences, length, joint = list[str](), 0, rng.choice((" ", "\n", "\n\n"))
    while length < room:
        a, b = rng.randint(2, 999), rng.randint(2, 999)
        values = {"a": a, "b": b, "c": a + b, "who": rng.choice(problems.NAMES), "what": rng.choice(_THINGS)}
        sentences.append(rng.choice(templates) % values)
        length += len(sentences[-1]) + len(joint)
    return joint.join(sentences)


class _Draft(NamedTuple):
    """A completion to be written."""

    rng: random.Random
    problem: Problem
    templates: tuple[str, ...]
    length: int

    def reasoning(self) -> str:
        return _reasoning(self.rng, self.templates, self.length - _FRAME)

    def sentence(self) -> str:
        return _reasoning(self.rng, self.templates, 1)

    def laid_out(self, answer: str) -> str:
        edge, gap = self.rng.choice(("\n", "\n", "\n", "")), self.rng.choice(("\n", "\n", "\n", "\n", "\n\n", " ", ""))
        block = f"{_BEGIN}{answer}{_END}{self.rng.choice(('', '', chr(10)))}"
        return f"{_OPEN}{edge}{self.reasoning()}{edge}{_CLOSE}{gap}{block}"

    def either(self, right: float) -> tuple[str, Truth]:
        """The gold with this probability, else another answer."""
        if self.rng.random() < right:
            return self.problem.gold, "right"
        return problems.wrong(self.problem, self.rng), "wrong"

    def written(self, kind: str) -> Written:
        rng, problem, (answer, truth) = self.rng, self.problem, self.either(0.8)
        match kind:
            case "right" | "wrong":
                answer, truth = self.either(kind == "right")
            case "spelled":
                answer, truth = problems.spelled(problem, rng), "right"
            case "prose" if truth == "right":
                answer = problems.with_unit(problem)
            case "LaTeX" if truth == "right":
                answer = problems.in_latex(problem, rng)
            case "words" if truth == "right":
                answer = problems.in_words(problem)
            case "prose" | "LaTeX" | "words":
                pass
            case _:
                return self.broken(kind)
        return self.laid_out(answer), truth, True

    def broken(self, kind: str) -> Written:
        """A completion with one fault of layout."""
        answer, truth = self.either(0.6)
        text = self.laid_out(answer)
        match kind:
            case "missing tag":
                tag = self.rng.choice(_TAGS)
                text, truth = text.replace(tag, "", 1), truth if tag in (_OPEN, _CLOSE) else "none"
            case "repeated tag":
                text, truth = self.repeated(text, truth)
            case "truncated":
                close = text.index(_CLOSE)
                in_answer = text.index(_BEGIN) + len(_BEGIN) + self.rng.randint(0, len(answer))
                cut = in_answer if self.rng.random() < 0.15 else max(SHORTEST, int(close * self.rng.uniform(0.6, 1)))
                text, truth = text[:cut], "none"
            case "wrong order":
                text = f"{_BEGIN}{answer}{_END}\n{_OPEN}{self.reasoning()}{_CLOSE}"
            case "nested":
                text = f"{_OPEN}{self.reasoning()}\n{_BEGIN}{answer}{_END}{_CLOSE}"
            case "no tags":
                text, truth = f"{self.reasoning()}\nĐáp án là: {answer}", "none"
            case "trailing text":
                text = f"{text}\n{self.sentence()}"
        return text, truth, False

    def repeated(self, text: str, truth: Truth) -> tuple[str, Truth]:
        """The text with a tag or the whole answer block once more; two blocks have different answers."""
        match self.rng.randrange(4):
            case 0:
                return text.replace(_CLOSE, f"\n{_OPEN}{self.sentence()}{_CLOSE}"), truth
            case 1:
                return text.replace(_CLOSE, f"{_CLOSE}\n{self.sentence()}{_CLOSE}"), truth
            case 2:
                return text.replace(_BEGIN, _BEGIN * 2), "none"
        other, _ = self.either(truth == "wrong")
        return f"{text}{_BEGIN}{other}{_END}", "wrong"

    def fallen(self, kind: str) -> Written:
        """A completion that degenerates: in the reasoning for good, in the reasoning for a while, or in the answer."""
        name = _FALLEN[kind]
        junk, first = grown(name, max(self.length - 2 * _FRAME, SHORTEST)), f"{_OPEN}\n{self.sentence()} "
        place = self.rng.randrange(3)
        if place == 0 and name not in TAGGED:
            truth: Truth = "none" if name in BLANK else "wrong"
            return f"{first}\n{_CLOSE}\n{_BEGIN}{junk}{_END}", truth, name not in SILENT
        if place == 1:
            text = f"{first}{junk}\n{_CLOSE}\n{_BEGIN}{self.problem.gold}{_END}"
            return text, "none" if _BEGIN in junk else "right", name not in TAGGED
        return f"{first}{junk}", "none", False


def main() -> int:
    """Write the mix as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=COUNT, help="default: %(default)s")
    args = parser.parse_args()
    for item in generate(args.seed, args.count):
        print(json.dumps(asdict(item)))  # in ASCII: a lone surrogate has no other encoding
    return 0


if __name__ == "__main__":
    sys.exit(main())
