r"""Rewards that look at how a completion is written: its repetitions, its language, its steps, its wording.

Example row: the words of `Ta có \frac{6}{2} = 3, so the số là 3` are ta, có, so, the, số, là; `the` alone is foreign.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from vireward.errors import BadParameter
from vireward.parameters import check_count, check_penalty, check_tags
from vireward.records import Sample, Score
from vireward.registry import register
from vireward.spelling import canonical, folded, words_of
from vireward.syllables import is_syllable
from vireward.tags import TagFormat

LANGUAGES = ("vi",)
_MARKUP = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[a-zA-Z]+|</?\w{1,40}>")
# Each stops at the next delimiter of its kind, and so takes linear time.
_FORMULA = re.compile(r"\$[^$\n]{1,200}\$|\\\((?:(?!\\[()]).)*\\\)|\\\[(?:(?!\\[\[\]]).)*\\\]", re.DOTALL)
_SHORT = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,3}(?![^\W\d_])")
# Chinese and Japanese are written without blanks, so that each character is taken for a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+")
_CAPITALS = re.compile("[A-Z]{1,4}")  # points, angles and sets: AB, ABCD
_LETTER = re.compile("[đα-ωℕℤℚℝℂ]")  # the unit, variables and sets of one letter
_SPOKEN = re.compile("[aeiouy].|.[aeiouy]")  # two letters, and not only consonants: no variable, no unit such as km
_FUNCTIONS = words_of("sin cos tan cot log max min mod sqrt frac")

_SAID = (
    "(?:đầu tiên|trước hết|trước tiên|thứ nhất|thứ hai|thứ ba|tiếp theo|kế tiếp|sau đó|cuối cùng|như vậy|vì vậy|vậy|"
    r"do đó|từ đó|suy ra|first(?:ly)?|second(?:ly)?|third(?:ly)?|next|then|finally|therefore|thus)\b"
)
_MARK = r"[-*+•][ \t]++(?=\S)|\(?\d{1,3}[.)][ \t]++(?=\S)|[#*_]*+[ \t]*+(?:bước|step)[ \t]*+\d+"
# Possessive, so that a line of blanks takes linear time. A mark and the word after it are one step.
_STEP = re.compile(
    rf"^[ \t]*+(?:(?:{_MARK})[ \t:.)*_]*+(?:{_SAID})?|[#*_]*+{_SAID})|(?<=[.!?;:]\s){_SAID}", re.MULTILINE
)


@register("repetition")
@dataclass(frozen=True, slots=True)
class Repetition:
    """How much of the completion has it said before?

    `worst` times the share of its n-grams that are repeats, 1 - distinct / total; 0.0 for fewer than `n` units. A unit
    is a word (a Vietnamese syllable) between white space or punctuation, in any case and Unicode form, or a character
    that is no white space. Needs no gold and never abstains.

    Args:
        n: Length of an n-gram, in units.
        characters: Whether the units are characters, for a policy that repeats single signs.
        worst: Score of a text that only repeats itself, approached and never reached.

    Returns:
        A value in [worst, 0].

    Raises:
        BadParameter: unless `n` is a whole number > 0, `characters` True or False, and `worst` finite and <= 0.

    Source: the n-gram penalty of appendix C.2 of https://arxiv.org/abs/2502.03373, as in open-r1. Those split at white
    space only, so that `ba,` and `ba` differ, and the paper's is for wrong answers only: put this behind a `gate`.
    """

    n: int = 3
    characters: bool = False
    worst: float = -1.0

    def __post_init__(self) -> None:
        check_count("Repetition", n=self.n)
        if not isinstance(self.characters, bool):
            raise BadParameter(f"Repetition(characters={self.characters!r}): must be True or False")
        check_penalty("Repetition", "worst", self.worst)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        text = folded(sample.completion)
        units: Sequence[str] = text.replace(" ", "") if self.characters else re.findall(r"[^\W_]+", text)
        kind = "characters" if self.characters else "words"
        if len(units) < self.n:
            return Score(0.0, f"fewer than {self.n} {kind}")
        grams = _grams(units, self.n)
        counts = Counter(grams)
        repeats = len(grams) - len(counts)
        if not repeats:
            return Score(0.0, f"no run of {self.n} {kind} is repeated")
        most, times = counts.most_common(1)[0]
        start = grams.index(most)
        shown = ("" if self.characters else " ").join(units[start : start + min(self.n, 60)])
        why = f"{repeats} of {len(grams)} runs of {self.n} {kind} are repeats; {shown!r:.60} stands {times} times"
        return Score(self.worst * (repeats / len(grams)), why)


@register("language_share")
@dataclass(frozen=True, slots=True)
class LanguageShare:
    """Is the reasoning written in Vietnamese?

    The share of its words that are Vietnamese. The reasoning is the text after the first opening reasoning tag (of a
    prefilled format, from the beginning), up to the next tag of the format; boxes and answer lines in it belong to it.
    Without that tag it is the whole completion; where the format has no reasoning tags, the text before its one answer.
    Numbers, LaTeX, tags, symbols, variables and units of measure are no words; a Chinese character is one. Abstains
    when there is no word.

    A word is Vietnamese when it is built as a Vietnamese syllable: onset, rime and tone. Without a mark it may be
    English as well (`so`, `do`, `can`), and counts unless the nearest words that are certain are all foreign. No
    dictionary is asked: loan words and names (`video`, `Emma`) are foreign, and so is nearly all that lacks its marks.
    Measured: 99.9 % of 16,219 words of the bundled problems, 0.03 % of 63,811 words of a model's English solutions,
    and 0.8 % of 1,564 words of Vietnamese without its marks are taken for Vietnamese.

    Args:
        tags: The answer format.
        language: The language asked for; `vi` is the only one so far.

    Returns:
        A value in [0, 1], or None without a word.

    Raises:
        BadParameter: `tags` is no TagFormat, or the language is unknown.

    Source: DeepSeek-R1, language consistency reward, section 2.3.2 (https://arxiv.org/abs/2501.12948).
    """

    tags: TagFormat = field(default_factory=TagFormat)
    language: str = "vi"

    def __post_init__(self) -> None:
        check_tags("LanguageShare", self.tags)
        if self.language not in LANGUAGES:
            raise BadParameter(f"LanguageShare(language={self.language!r}): must be one of {', '.join(LANGUAGES)}")

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        words = list(_words(_reasoning(self.tags, sample.completion)))
        if not words:
            return Score(None, "no word in the reasoning")
        foreign = [word for word, fits in zip(words, _in_context(words), strict=True) if not fits]
        ours = len(words) - len(foreign)
        shown = f", not {', '.join(dict.fromkeys(foreign[:50])):.60}" if foreign else ""
        return Score(ours / len(words), f"{ours} of {len(words)} words are Vietnamese{shown}")


@register("reasoning_steps")
@dataclass(frozen=True, slots=True)
class ReasoningSteps:
    """How many steps does the reasoning show?

    The number of steps over `target`, and 1.0 from there on. A step is a line that opens with a bullet, `1.`, `Bước 1`
    or `Step 1`, or a line or sentence that opens with a word such as `Đầu tiên`, `Sau đó`, `Vậy`, `Suy ra`, `First`,
    `Then`, `Finally`; an empty bullet is none. The reasoning is taken as in `LanguageShare`. Never abstains.

    Args:
        target: The number of steps that is enough.
        tags: The answer format.

    Returns:
        A value in [0, 1].

    Raises:
        BadParameter: unless `target` is a whole number > 0 and `tags` a TagFormat.

    Source: open-r1, `reasoning_steps_reward` (https://github.com/huggingface/open-r1), which knows the English words.
    """

    target: int = 3
    tags: TagFormat = field(default_factory=TagFormat)

    def __post_init__(self) -> None:
        check_count("ReasoningSteps", target=self.target)
        check_tags("ReasoningSteps", self.tags)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        text = canonical(_reasoning(self.tags, sample.completion)).casefold()
        steps = sum(1 for _ in _STEP.finditer(text))
        return Score(min(steps, self.target) / self.target, f"{steps} of {self.target} steps")


@register("forbidden_text")
@dataclass(frozen=True, slots=True)
class ForbiddenText:
    """Does the completion contain a text that it must not?

    `penalty` when any of the texts occurs anywhere, also within a word, else 0.0. Case, Unicode form, the place of a
    tone mark (hoà, hòa) and the amount of white space are not looked at. Needs no gold and never abstains.

    Args:
        texts: The texts, as a tuple; a list becomes one.
        penalty: Score of a completion with any of them.

    Returns:
        `penalty` or 0.0.

    Raises:
        BadParameter: unless `texts` are one or more texts that are not blank, and `penalty` is finite and not above 0.
    """

    texts: tuple[str, ...]
    penalty: float = -1.0

    def __post_init__(self) -> None:
        texts = tuple(self.texts) if isinstance(self.texts, tuple | list) else ()
        if not texts or not all(isinstance(text, str) and folded(text) for text in texts):
            raise BadParameter(f"ForbiddenText(texts={self.texts!r:.60}): must be a tuple of texts that are not blank")
        object.__setattr__(self, "texts", texts)
        check_penalty("ForbiddenText", "penalty", self.penalty)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        completion = folded(sample.completion)
        said = next((text for text in self.texts if folded(text) in completion), None)
        if said is None:
            return Score(0.0, "none of the forbidden texts")
        return Score(self.penalty, f"has the forbidden text {said!r:.60}")


def _grams(units: Sequence[Hashable], n: int) -> Sequence[Hashable]:
    """Numbers for the n-grams of a text, each made of two overlapping shorter ones, in linear time for any n."""
    width, grams = 1, units
    while width < n:
        step = min(width, n - width)
        seen: dict[Hashable, int] = {}
        grams = [seen.setdefault(pair, len(seen)) for pair in zip(grams, grams[step:], strict=False)]
        width += step
    return grams


def _reasoning(tags: TagFormat, text: str) -> str:
    """The text after the first opening reasoning tag, up to the next tag; without that tag all of it, tags aside.

    A prefilled tag stands before the text. A format without reasoning tags has all before its one answer, if there is
    one. Boxes and lines are no tags here: in the reasoning they belong to it.
    """
    blocks = tags.kind == "block"
    if tags.open_reasoning is None:
        reasoning = tags.scan(text).reasoning
        return _aside(tags.tags if blocks else (), text if reasoning is None else reasoning)
    own = tags.tags if blocks else tags.tags[:2]
    _, opened, after = ("", "", text) if tags.prefilled else text.partition(tags.open_reasoning)
    if not (opened or tags.prefilled):
        return _aside(own, text)
    ends = (after.find(tag) for tag in own[tags.prefilled :])
    return _aside(own[:1], after[: min((end for end in ends if end >= 0), default=len(after))])


def _aside(tags: tuple[str, ...], text: str) -> str:
    """The text with a line end for each of the tags."""
    return re.sub("|".join(map(re.escape, tags)), "\n", text) if tags else text


def _words(text: str) -> Iterator[str]:
    """The words of a text that belong to a language, in lower case."""
    text = _FORMULA.sub(lambda found: _SHORT.sub(" ", _MARKUP.sub(" ", found[0])), canonical(text))
    for word in _WORD.findall(_MARKUP.sub(" ", text)):
        said = word.strip("_")
        lower = said.casefold()
        symbol = _CAPITALS.fullmatch(said) or lower in _FUNCTIONS or not lower.isalpha()
        if not symbol and (_SPOKEN.search(lower) if lower.isascii() else not _LETTER.fullmatch(lower)):
            yield lower


def _in_context(words: list[str]) -> list[bool]:
    """Which words are Vietnamese; one that may be is not when the nearest certain words on both sides are foreign."""
    certain = [is_syllable(word) for word in words]
    last: bool | None = None
    before = [last := last if one is None else one for one in certain]
    last = None
    after = [last := last if one is None else one for one in reversed(certain)][::-1]
    sides = zip(certain, before, after, strict=True)
    return [one is True or (one is None and (True in (b, a) or (b, a) == (None, None))) for one, b, a in sides]
