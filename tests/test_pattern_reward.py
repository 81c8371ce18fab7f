"""The reward for a regular expression of one's own."""

import math
import pickle
import re
import subprocess
import sys
import threading
import time
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vireward import Sample, make
from vireward.errors import BadParameter
from vireward.records import Score
from vireward.rewards.pattern import PARTS, Pattern, composed, patiently, unrolled

THINK = r"^<think>(?!.*<think>)(.*?)</think>.*$"  # of TRL's `think_format_reward`
FORMAT = r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$"  # of open-r1's `format_reward`
CATASTROPHIC = r"^(?:a|aa)+$"
HOSTILE = Sample("a" * 100 + "!")

texts = st.one_of(st.text(), st.text(alphabet="abá\u0301\n 7<>\u0000\ud800"))
# Expressions that `re` and `regex` read alike.
atoms = st.sampled_from(
    ("a", "b", "á", ".", "[ab]", "[^a]", r"\d", r"\s", r"\b", r"\n", "^", "$", "7", "(?=b)", "(?!a)")
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(("?", "*", "+", "{2}", "{1,2}", "+?"))).map("(?:{0[0]}){0[1]}".format),
    ),
    max_leaves=5,
)
short = st.text(alphabet="abá\n 7", max_size=12)
rewards = st.sampled_from(
    [
        Pattern("a"),
        Pattern(r"(\w)\1+", found=-2.5, absent=0.25),
        Pattern("á", whole=True),
        Pattern(r"\S", least=2, most=3),
        Pattern(r"x*", flags="imsx"),
        Pattern(r"(?:á|b)+7$", flags="m"),
        Pattern(CATASTROPHIC, seconds=0.001),
        Pattern(r"(?r)\p{L}+\d?"),
    ]
)


def matched(pattern, text, **params):
    return Pattern(pattern, **params)(Sample(text)).value


# --- laws ---


@given(rewards, texts)
def test_any_text_has_a_score(reward, text):
    score = reward(Sample(text))
    assert score.why
    assert score.value in (reward.found, reward.absent) or score.outcome == "timeout"


@given(rewards, texts)
def test_a_reward_is_a_value_and_its_score_a_function_of_the_text(reward, text):
    assume("|aa" not in reward.pattern)  # its time is none
    for copy in (pickle.loads(pickle.dumps(reward)), eval(repr(reward), {"Pattern": Pattern})):
        assert copy == reward
        assert hash(copy) == hash(reward)
        assert copy(Sample(text)) == reward(Sample(text, "7", tokens=4)) == reward(Sample(text))


@given(expressions, short, st.sampled_from(("", "s", "m", "ims")))
def test_it_is_what_re_finds(expression, text, flags):
    compiled = re.compile(f"(?{flags}){expression}" if flags else expression)
    assert matched(expression, text, flags=flags) == float(compiled.search(text) is not None)
    assert matched(expression, text, flags=flags, whole=True) == float(compiled.fullmatch(text) is not None)


@given(st.sampled_from(("a", "[ab]", "ab", r"\d\s?", "(?:a|b7)+", "á")), short, st.integers(1, 4), st.integers(0, 3))
def test_matches_are_counted(expression, text, least, further):
    count = len(re.findall(expression, text))
    assert matched(expression, text, least=least) == float(count >= least)
    assert matched(expression, text, least=least, most=least + further) == float(least <= count <= least + further)


@given(expressions, short)
def test_composed_and_decomposed_letters_score_alike(expression, text):
    forms = [(p, t) for p in ("NFC", "NFD") for t in ("NFC", "NFD")]
    scores = {
        Pattern(unicodedata.normalize(p, expression))(Sample(unicodedata.normalize(t, text))).why for p, t in forms
    }
    assert len(scores) == 1


@given(st.text(alphabet="ab7", min_size=1, max_size=80), st.text(alphabet="\n <"), st.text(alphabet="\n <"))
def test_the_reason_quotes_the_match_and_its_place(word, before, after):
    score = Pattern(r"\w+")(Sample(f"{before}{word}{after}"))
    assert score == Score(1.0, f"found {word[:60]!r:.60} at character {len(before)}")


@given(st.text(alphabet="ab(){}[]|*+?.^$\\<>=!:#,-&~0129 PLpgkRi'\n", max_size=30), st.sampled_from(("", "s", "ix")))
@example("(?V0)(?V1)", "")
@example(r"\L<x>", "")
@example("(?(9999999999)a)", "")
@example("a{" + "9" * 5_000 + "}", "")
def test_a_pattern_is_built_or_refused_in_one_line(pattern, flags):
    refusal = ""
    try:
        assert Pattern(pattern, flags=flags, seconds=0.01)(Sample("ab 12<a>")).value in (0.0, 1.0, None)
    except BadParameter as error:
        refusal = str(error)
    assert re.fullmatch(r"(Pattern\(pattern=.+)?", refusal)  # the dot matches no line end


@given(st.sampled_from(("", "a", "ế")), st.text("\u0301\u0323\u0338\u0344\u0f73\u0f75—", min_size=1, max_size=30))
@example("a", "\u0301\u0338")
def test_a_pile_of_marks_is_composed_as_any_text(letter, marks):
    text = (letter + marks * 30) * 40
    assert composed(text) == unicodedata.normalize("NFC", text)


@given(st.lists(st.sampled_from(("{3}", "+", "{2,}", "{1,9}", "?", "*", "{0}")), max_size=8))
def test_repetitions_multiply(quantifiers):
    pattern, copies = "a", 1
    for quantifier in quantifiers:
        pattern = f"(?:{pattern}){quantifier}"
        copies *= {"{3}": 4, "+": 2, "{2,}": 3, "{1,9}": 2}.get(quantifier, 1)
    assert copies <= unrolled(pattern) <= (len(quantifiers) + 1) * copies


@pytest.mark.parametrize("group", ["(?:ab){3}", "(a(b)c)+", "((?:a+)b){2,}", "(a|b)*", "[ab]{7}"])
def test_what_stands_before_and_behind_adds_up(group):
    assert unrolled(f"xyz{group}uv") == 5 + unrolled(group)
    assert unrolled(f"(xyz{group})") == 4 + unrolled(group)
    assert unrolled(f"(xyz{group}){{3}}") == 4 * unrolled(f"(xyz{group})")


@pytest.mark.parametrize("unit", ["a", r"\d", "[ab]", r"\p{Lu}"])
def test_a_unit_is_one_part_and_so_is_each_of_its_copies(unit):
    assert [unrolled(unit), unrolled(unit * 2), unrolled(unit + "{3}"), unrolled(unit + "+")] == [1, 2, 4, 2]


def test_blanks_in_a_count_are_no_digits():
    assert unrolled("a{ ,3}") == unrolled("a{,3}") == unrolled("a*") == 1
    assert unrolled("a{ 1 0 }") == unrolled("a{10}") == 11
    assert unrolled(" {3}") == 4
    assert unrolled("(?:ab) {10}") == unrolled("(?:ab){10}") + 1


# --- time ---


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (CATASTROPHIC, "a" * 100 + "!"),
        (r"(?<=[b](?:a|aa)+)c", "a" * 60 + "c"),  # in a lookbehind
        (r"(?=(?:a|aa)+$)", "a" * 100 + "!"),  # in a lookahead
        (r"(.+)\1$", "a" * 100_000 + "b"),  # with a back reference
        (r"(?:a(?R)?b?)+c?!", "a" * 10_000),  # recursive
        (r"[a\s]+$", "a" * 200_000 + "!"),  # quadratic
        (r"<think>.*?</think>", "<think>" * 50_000),
    ],
)
def test_a_slow_search_gives_no_verdict(pattern, text):
    begin = time.perf_counter()
    score = Pattern(pattern, seconds=0.02)(Sample(text))
    assert time.perf_counter() - begin < 5.0  # 0.05 s when alone; without a limit it takes from seconds to for ever
    assert score == Score(None, "no verdict on the pattern within 0.02 s", outcome="timeout")


@pytest.mark.parametrize("params", [{}, {"whole": True}, {"least": 2}, {"most": 1}])
def test_each_way_to_search_has_the_time_limit(params):
    score = Pattern(CATASTROPHIC, seconds=0.01, **params)(HOSTILE)
    assert (score.value, score.outcome) == (None, "timeout")


def test_many_matches_have_the_time_limit_together():
    assert Pattern("a", least=10**9, seconds=0.01)(Sample("a" * 1_000_000)).outcome == "timeout"


def test_a_thread_has_the_time_limit_too():
    scores = []
    thread = threading.Thread(target=lambda: scores.append(Pattern(CATASTROPHIC, seconds=0.01)(HOSTILE)))
    thread.start()
    thread.join()
    assert scores[0].outcome == "timeout"


def test_a_search_that_others_used_up_the_time_of_is_tried_again():
    given_ = []

    def search(seconds):
        given_.append(seconds)
        if len(given_) < 5:
            raise TimeoutError
        return "found"

    assert patiently(search, 60.0) == "found"
    assert given_ == [60.0, 120.0, 240.0, 480.0, 960.0]


@pytest.mark.parametrize(("spend", "most"), [("computing", 1), ("waiting", 4)])
def test_a_search_that_used_up_its_own_time_is_not(spend, most):
    tries = []

    def search(seconds):
        tries.append(seconds)
        begin = time.thread_time()
        if spend == "waiting":
            time.sleep(seconds)
        while spend == "computing" and time.thread_time() - begin < seconds:
            pass
        raise TimeoutError

    with pytest.raises(TimeoutError):
        patiently(search, 0.02)
    assert 1 <= len(tries) <= most  # 0.02 + 0.04 + 0.08 + 0.16 s of waiting are ten times 0.02 s


@pytest.mark.parametrize(
    "filler", ["a", "<think>\n", "</think>\n<answer>\n", " ", "á", "e\u0301", "\u0323\u0301", "\u0f75\u0f73", "\x00"]
)
def test_ordinary_patterns_end_on_any_long_text(filler):
    sample = Sample((filler * 200_000)[:200_000])
    for reward in (Pattern(THINK), Pattern(FORMAT), Pattern(r"<answer>.*?</answer>"), Pattern(r"\d+", least=3)):
        begin = time.perf_counter()
        reward(sample)
        assert time.perf_counter() - begin < 5.0, reward


@pytest.mark.parametrize(
    "pattern",
    [
        "a{4294967294}",  # without a bound on the parts it takes all memory
        "(?:a{1000}){1000}",
        "(?:ab){1000000000}",
        "(?<=a{1000000000})b",
        "(?:abc){100000000,}?$",
        "(?x)(?: [ab] {1000} ) {1000}",
        "(?x)[ab]{ 100 0000, }",
        "( {1000000})",
        "(?:a" * 100 + ")+" * 100,  # each plus doubles what is in it
        "a" * (PARTS + 1),
        "[" + "a" * PARTS + "]",
    ],
)
def test_a_pattern_that_would_compile_for_ever_is_refused(pattern):
    begin = time.perf_counter()
    with pytest.raises(BadParameter) as error:
        Pattern(pattern)
    assert time.perf_counter() - begin < 2.0
    assert str(error.value) == (
        f"Pattern(pattern={pattern!r:.60}): unrolls to more than 100000 parts; use smaller counts, or `*` for `{{n,}}`"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        THINK,
        FORMAT,
        ".{20000,}",
        "a{0,1000000}",
        "(?:a{1,1000}){1,1000}",
        "[{]{3}",
        r"\{1000000\}",
        "x{a}",
        r"\{e\}",
        "[{e}]",
        r"\p{di}",
        "{x}",
        "{",
        "(?#()a",
    ],
)
def test_a_pattern_with_harmless_counts_is_not(pattern):
    assert unrolled(pattern) <= PARTS
    Pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "fuzzy"),
    [
        (r"(?rs)a{e<=3}.+", "{e<=3}"),  # would end the process
        (r"\\frac{d}{e}", "{d}"),  # meant literally
        ("(?:ab){i<=2,d<=1}", "{i<=2,d<=1}"),
        ("(?:ab){1<=e<=3}", "{1<=e<=3}"),
        ("(?:ab){2i+2d+1s<=4}", "{2i+2d+1s<=4}"),
        ("(?:ab){e<=1:[}]}", "{e<=1:"),
        ("(?:ab){e}{3}", "{e}"),
        ("(?x)(?:ab){ e <= 1 }", "{ e <= 1 }"),
    ],
)
def test_an_approximate_match_is_refused(pattern, fuzzy):
    with pytest.raises(BadParameter) as error:
        Pattern(pattern)
    assert str(error.value) == (
        f"Pattern(pattern={pattern!r}): {fuzzy!r} is an approximate match, which can crash; a brace is written `\\{{`"
    )


def test_an_import_of_vireward_does_not_load_regex():
    code = "import sys, vireward.rewards.pattern; sys.exit('regex' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- examples ---


@pytest.mark.parametrize(
    ("reward", "text", "value", "why"),
    [
        (
            Pattern(THINK, flags="ms"),
            "<think>\n3 + 4\n</think> 7",
            1.0,
            r"found '<think>\n3 + 4\n</think> 7' at character 0",
        ),
        (Pattern(THINK, flags="ms"), "7", 0.0, "not found"),
        (Pattern(FORMAT), "<think>\na\nb\n</think>\n<answer>\n7\n</answer>", 1.0, None),
        (Pattern(FORMAT, flags=""), "<think>\na\nb\n</think>\n<answer>\n7\n</answer>", 0.0, None),  # the dot
        (Pattern(FORMAT), "<think>\na\n</think>\n<answer>\n7\n</answer>\nxong", 0.0, None),
        (Pattern(FORMAT, flags="ms"), "<think>\na\n</think>\n<answer>\n7\n</answer>\nxong", 1.0, None),  # `$` in lines
        (Pattern(r"[Đđ]áp án: \d+\s*", whole=True), "Đáp án: 7\n", 1.0, r"found 'Đáp án: 7\n' at character 0"),
        (Pattern(r"[Đđ]áp án: \d+", whole=True), "Đáp án: 7 chứ", 0.0, "the whole completion does not match"),
        (Pattern("đáp án", flags="i"), "Vậy ĐÁP ÁN là 7", 1.0, "found 'ĐÁP ÁN' at character 4"),
        (
            Pattern("</think>", most=1),
            "a</think>b</think>",
            0.0,
            "found more than 1 times, first '</think>' at character 1",
        ),
        (Pattern("</think>", most=1), "a</think>b", 1.0, "found '</think>' at character 1"),
        (Pattern(r"(?m)^\d+\.", least=3), "1.\n2.\n", 0.0, "found 2 times, not 3, first '1.' at character 0"),
        (Pattern(r"(?m)^\d+\.", least=2), "1.\n2.\n3.", 1.0, "found at least 2 times, first '1.' at character 0"),
        (Pattern("xin lỗi", found=-1.0, flags="i"), "Tôi xin lỗi", -1.0, "found 'xin lỗi' at character 4"),
        (Pattern("a # a letter", flags="x"), "ba", 1.0, "found 'a' at character 1"),
        (Pattern(r"\p{Lu}+"), "abĐÁP", 1.0, "found 'ĐÁP' at character 2"),  # what `re` does not have
    ],
)
def test_by_example(reward, text, value, why):
    for form in ("NFC", "NFD"):
        score = reward(Sample(unicodedata.normalize(form, text)))
        assert score.value == value
        assert why in (None, score.why)


def test_a_search_without_memory_is_an_error(monkeypatch):
    def no_memory(search, seconds):
        raise MemoryError

    monkeypatch.setattr("vireward.rewards.pattern.patiently", no_memory)
    assert Pattern("a")(Sample("a")) == Score(None, "no memory for the search for the pattern", outcome="error")


def test_the_bounds_of_the_parameters_belong_to_them():
    for seconds in (0.001, 600.0):
        assert Pattern("a", seconds=seconds)(Sample("a")).value == 1.0
    assert Pattern("a", least=2, most=2)(Sample("aa")).value == 1.0
    assert unrolled("a" * PARTS) == PARTS
    assert Pattern("a" * PARTS)(Sample("a")).value == 0.0


def test_flags_are_a_set():
    assert Pattern("a", flags="smms") == Pattern("a", flags="ms")


def test_it_is_registered():
    assert make("pattern", pattern="a+", whole=True) == Pattern("a+", whole=True)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"pattern": ""}, "Pattern(pattern=''): must be a regular expression as text, and not empty"),
        ({"pattern": b"a"}, "Pattern(pattern=b'a'): must be a regular expression as text, and not empty"),
        (
            {"pattern": re.compile("a")},
            "Pattern(pattern=re.compile('a')): must be a regular expression as text, and not empty",
        ),
        (
            {"pattern": "<b>(\n"},
            "Pattern(pattern='<b>(\\n'): missing ) at character 5, before ''; a sign meant literally needs a backslash",
        ),
        (
            {"pattern": "a)b"},
            "Pattern(pattern='a)b'): unbalanced parenthesis at character 1, before ')b'; "
            "a sign meant literally needs a backslash",
        ),
        (
            {"pattern": "1+*2"},
            "Pattern(pattern='1+*2'): multiple repeat at character 2, before '*2'; "
            "a sign meant literally needs a backslash",
        ),
        (
            {"pattern": "(" * 10_000 + ")" * 10_000},
            f"Pattern(pattern='{'(' * 59}): is nested too deep; use fewer brackets in each other",
        ),
        (
            {"pattern": "(?au)a"},
            "Pattern(pattern='(?au)a'): ASCII, LOCALE and UNICODE flags are mutually incompatible; "
            "a sign meant literally needs a backslash",
        ),
        ({"seconds": 0.0009}, "Pattern(seconds=0.0009): must be from 0.001 to 600"),
        ({"seconds": 600.1}, "Pattern(seconds=600.1): must be from 0.001 to 600"),
        ({"flags": "g"}, "Pattern(flags='g'): must be letters of imsx; others stand in (?...)"),
        ({"flags": 16}, "Pattern(flags=16): must be letters of imsx; others stand in (?...)"),
        ({"whole": 1}, "Pattern(whole=1): must be True or False"),
        ({"least": 0}, "Pattern(least=0): must be above 0"),
        ({"least": 1.5}, "Pattern(least=1.5): must be a whole number"),
        ({"most": 0}, "Pattern(most=0): must be above 0"),
        ({"least": 3, "most": 2}, "Pattern: need least <= most, got least=3, most=2"),
        ({"whole": True, "least": 2}, "Pattern(whole=True): matches once or not at all; leave out least and most"),
        ({"whole": True, "most": 1}, "Pattern(whole=True): matches once or not at all; leave out least and most"),
        ({"found": math.inf}, "Pattern(found=inf): must be a finite number"),
        ({"absent": "0"}, "Pattern(absent='0'): must be a finite number"),
        ({"seconds": 0}, "Pattern(seconds=0): must be from 0.001 to 600"),
        ({"seconds": 1e4}, "Pattern(seconds=10000.0): must be from 0.001 to 600"),
        ({"seconds": math.nan}, "Pattern(seconds=nan): must be a finite number"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(BadParameter) as error:
        Pattern(**{"pattern": "a", **params})
    assert str(error.value) == message
