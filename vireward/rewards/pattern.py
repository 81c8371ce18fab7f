r"""A reward for a regular expression of one's own, which cannot hang a run.

Example row: `Pattern(r"^<think>.+?</think>")` scores 1.0 on `<think>\n3 + 4\n</think> 7`: its dot crosses lines.
"""

import itertools
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from vireward.errors import BadParameter
from vireward.parameters import check_count, check_finite
from vireward.records import Sample, Score
from vireward.registry import register

if TYPE_CHECKING:
    import regex

FLAGS = "imsx"
SECONDS = (0.001, 600.0)  # the shortest time that the clock can tell, and one that no step of a training waits
PARTS = 100_000  # of an unrolled pattern; they compile in less than a second

_Result = TypeVar("_Result")
_TOKEN = re.compile(
    r"(?P<skip>\\[pPN]\{[^{}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?[:>=!|]?)?)|(?P<close>\))"
    r"|(?P<copies>(?:\{(?P<least>[\d\s]*)(?:,[\d\s]*)?\}|[*+?])[?+]?)"
    r"|(?P<fuzzy>\{[\d\s<=+,]*[deis][\d\s<=+,deis]*[:}])|(?P<blank>\s+)",
    re.DOTALL,
)
# unicodedata sorts the marks of one letter in quadratic time: 48,000 of them take 5 s. No text needs 24 on one letter.
_PILE = re.compile(r"[^\w\s\x00-\x7f]{24,}")
_PILE_MATTERS = 1_000  # characters; below, the worst pile takes 2 ms


@register("pattern")
@dataclass(frozen=True, slots=True)
class Pattern:
    r"""Does the completion match a regular expression?

    `found` where the pattern is found in the completion, from `least` to `most` times, else `absent`. It is searched
    for as `regex.search` does, and the dot matches line ends too, since completions have several lines; anchors are
    `\A` and `\Z`. Composed and decomposed letters (NFC, NFD) are the same: both sides are read in NFC. Needs no gold.
    Gives no value, with the outcome `timeout`, when the search takes longer than `seconds`.

    Args:
        pattern: The expression, in the syntax of the package `regex`, which is that of `re` and more; without its
            approximate matches, such as `{e<=1}`.
        found: Score of a completion that matches.
        absent: Score of one that does not.
        whole: Whether the whole completion has to match, white space at its ends included.
        least: How many matches, which do not overlap, there have to be.
        most: How many there may be; None for any number.
        flags: Letters as in `(?ms)`: `i` ignores case, `m` has `^` and `$` match at each line, `s` has the dot match
            line ends, `x` allows blanks and comments.
        seconds: How long a search may compute. It is given up between once and three times that; on a text of megabytes
            seconds later, since the clock is read every 256 steps, and a step may scan the whole text.

    Returns:
        `found`, `absent`, or None without a verdict in time.

    Raises:
        BadParameter: the pattern is empty, faulty, approximate, or unrolls to more than 100,000 parts; or unless
            1 <= least <= most, 0.001 <= seconds <= 600, `flags` are letters of `imsx`, and the scores are finite.
    """

    pattern: str
    _: KW_ONLY
    found: float = 1.0
    absent: float = 0.0
    whole: bool = False
    least: int = 1
    most: int | None = None
    flags: str = "s"
    seconds: float = 0.1

    def __post_init__(self) -> None:
        check_finite("Pattern", found=self.found, absent=self.absent, seconds=self.seconds)
        if not SECONDS[0] <= self.seconds <= SECONDS[1]:
            raise BadParameter(f"Pattern(seconds={self.seconds!r}): must be from {SECONDS[0]:g} to {SECONDS[1]:g}")
        if not isinstance(self.flags, str) or not set(self.flags) <= set(FLAGS):
            raise BadParameter(f"Pattern(flags={self.flags!r:.60}): must be letters of {FLAGS}; others stand in (?...)")
        object.__setattr__(self, "flags", "".join(sorted(set(self.flags))))
        _check_counts(self)
        _check_pattern(self.pattern, self.flags)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        text = composed(sample.completion)
        try:
            count, start, end = patiently(lambda seconds: self._matches(text, seconds), self.seconds)
        except TimeoutError:
            return Score(None, f"no verdict on the pattern within {self.seconds:g} s", outcome="timeout")
        except MemoryError:
            return Score(None, "no memory for the search for the pattern", outcome="error")
        if not count:
            return Score(self.absent, "the whole completion does not match" if self.whole else "not found")
        shown = f"{text[start : min(end, start + 60)]!r:.60} at character {start}"
        if count < self.least:
            return Score(self.absent, f"found {count} times, not {self.least}, first {shown}")
        if self.most is not None and count > self.most:
            return Score(self.absent, f"found more than {self.most} times, first {shown}")
        times = "" if self.least == 1 else f"at least {self.least} times, first "
        return Score(self.found, f"found {times}{shown}")

    def _matches(self, text: str, seconds: float) -> tuple[int, int, int]:
        """How many matches there are, as far as it matters, and where the first starts and ends."""
        pattern = _compiled(self.pattern, self.flags)
        enough = self.least if self.most is None else self.most + 1
        if self.whole or enough == 1:
            match = (pattern.fullmatch if self.whole else pattern.search)(text, timeout=seconds)
            return (1, *match.span()) if match else (0, 0, 0)
        matches = itertools.islice(pattern.finditer(text, timeout=seconds), enough)
        first = next(matches, None)
        return (1 + sum(1 for _ in matches), *first.span()) if first else (0, 0, 0)


def patiently(search: Callable[[float], _Result], seconds: float) -> _Result:
    """What a search finds that gives itself up after so many seconds of processor time.

    `regex` counts the time of all threads of the process, so that beside seven busy ones a search is given up after an
    eighth of its time. So it is tried again, with twice the time, until its own thread has computed for so long.

    Raises:
        TimeoutError: nothing was found in that time, or in ten times that on the wall.
    """
    own, wall, given = time.thread_time(), time.perf_counter(), seconds
    while True:
        try:
            return search(given)
        except TimeoutError:
            if time.thread_time() - own >= seconds or time.perf_counter() - wall >= 10.0 * seconds:
                raise
        given *= 2.0


def composed(text: str) -> str:
    r"""A text in NFC, in time linear in its length.

    >>> composed("a\u0301") == "\u00e1"
    True
    """
    if text.isascii():
        return text
    if len(text) > _PILE_MATTERS:
        text = _PILE.sub(_sorted_pile, text)
    return unicodedata.normalize("NFC", text)


def _sorted_pile(pile: re.Match[str]) -> str:
    """Decomposed marks in their canonical order, in time n log n; a character of class 0 stays where it stands."""
    chars = "".join(unicodedata.normalize("NFD", char) for char in pile[0])
    runs = itertools.groupby(chars, lambda char: unicodedata.combining(char) > 0)
    return "".join(char for _, run in runs for char in sorted(run, key=unicodedata.combining))


def unrolled(pattern: str) -> int:
    """About how many parts a pattern has when its repetitions are written out, which is what its compilation takes.

    `regex` makes n + 1 copies of X for X{n}, X{n,} and X{n,m}, two for X+, and copies what has copies in it.

    >>> unrolled("ab+"), unrolled("(?:a{1000}){1000}") > 1_000_000
    (3, True)
    """
    outer: list[int] = []
    total = last = 0
    end = 0
    for token in _TOKEN.finditer(pattern):
        if token.start() > end:
            total, last = total + token.start() - end, 1
        end = token.end()
        if token["open"]:
            outer.append(total)
            total = last = 0
        elif token["close"]:
            last = total + 1
            total = last + (outer.pop() if outer else 0)
        elif token["copies"]:
            further = int("".join((token["least"] or "0").split())[:9] or "0") if token[0][0] != "+" else 1
            total += last * further
        elif token["blank"]:  # between a group and its count it is no part where the flag x is on
            total, last = total + 1, max(last, 1)
        else:
            total, last = total + 1, 1
        if total > PARTS:
            break
    return total + sum(outer) + len(pattern) - end


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> "regex.Pattern[str]":
    import regex  # costs 9 ms, and `import vireward` needs none of it

    return regex.compile(composed(pattern), sum(getattr(regex, flag.upper()) for flag in flags))


def _check_counts(reward: Pattern) -> None:
    if not isinstance(reward.whole, bool):
        raise BadParameter(f"Pattern(whole={reward.whole!r:.60}): must be True or False")
    check_count("Pattern", least=reward.least)
    if reward.most is not None:
        check_count("Pattern", most=reward.most)
        if reward.most < reward.least:
            raise BadParameter(f"Pattern: need least <= most, got least={reward.least}, most={reward.most}")
    if reward.whole and (reward.least, reward.most) != (1, None):
        raise BadParameter("Pattern(whole=True): matches once or not at all; leave out least and most")


def _check_pattern(pattern: object, flags: str) -> None:
    given = f"Pattern(pattern={pattern!r:.60})"
    if not isinstance(pattern, str) or not pattern:
        raise BadParameter(f"{given}: must be a regular expression as text, and not empty")
    if max(len(pattern), unrolled(pattern)) > PARTS:
        raise BadParameter(f"{given}: unrolls to more than {PARTS} parts; use smaller counts, or `*` for `{{n,}}`")
    if fuzzy := next((token["fuzzy"] for token in _TOKEN.finditer(pattern) if token["fuzzy"]), None):
        # `(?rs)a{e<=3}.+` and others end the process in regex 2026.11.19, and `\\frac{d}{e}` is meant literally.
        why = "is an approximate match, which can crash; a brace is written `\\{`"
        raise BadParameter(f"{given}: {fuzzy!r:.20} {why}")
    try:
        _compiled(pattern, flags)
    except RecursionError:
        raise BadParameter(f"{given}: is nested too deep; use fewer brackets in each other") from None
    except Exception as error:  # regex.error for most faults; odd ones end in ValueError, KeyError and others
        place = getattr(error, "pos", None)
        where = "" if place is None else f" at character {place}, before {composed(pattern)[place:]!r:.20}"
        what = " ".join(str(getattr(error, "msg", error)).split()) or type(error).__name__
        raise BadParameter(f"{given}: {what}{where}; a sign meant literally needs a backslash") from error
