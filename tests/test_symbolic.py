r"""Equal as expressions: laws of the comparison, examples of what is read how, and hostile texts."""

import asyncio
import string
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vireward import symbolic
from vireward.answers.formulas import MAX_LENGTH
from vireward.errors import BadParameter
from vireward.symbolic import Equality, same_expression
from vireward.workers.broker import Reply

pytest.importorskip("math_verify", reason="needs the extra `math`")

EXAMPLES = settings(max_examples=40)  # each asks the worker twice or more


def equal(answer, gold, style="vi"):
    """Whether they are equal, however slow the machine is."""
    return same_expression(answer, gold, style=style, seconds=20).equal


# --- laws ---

letters = st.sampled_from("abkmnxy")
integers = st.integers(1, 99).map(str)
fractions = st.builds(r"\frac{{{}}}{{{}}}".format, integers, integers)
roots = st.builds(r"\sqrt{{{}}}".format, integers)
leaves = letters | integers | fractions | roots | st.just(r"\pi")
expressions = st.recursive(
    leaves,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", r"\cdot"]), inner),
    max_leaves=4,
)


@EXAMPLES
@given(expressions)
def test_an_expression_equals_itself_in_other_dress(text):
    assert equal(text, rf"$\left({text}\right)$") is True
    assert equal(f"x = {text}", text) is True


@EXAMPLES
@given(expressions, expressions)
def test_it_does_not_matter_which_side_is_which(one, other):
    assert equal(one, other) == equal(other, one)


@EXAMPLES
@given(expressions, st.integers(1, 10**6))
def test_a_difference_however_small_is_a_difference(text, parts):
    assert equal(rf"{text} + \frac{{1}}{{{parts}}}", text) is False


@EXAMPLES
@given(st.integers(1, 10**6), st.integers(1, 4), letters)
def test_a_decimal_is_the_fraction_it_stands_for_in_its_own_style(digits, places, letter):
    value = Fraction(digits, 10**places)
    whole, part = divmod(digits, 10**places)
    exact = rf"\frac{{{value.numerator}}}{{{value.denominator}}}{letter}"
    assert equal(f"{whole},{part:0{places}}{letter}", exact, "vi") is True
    assert equal(f"{whole}.{part:0{places}}{letter}", exact, "en") is True


@given(st.text(alphabet=string.printable + r"\{}^_∪∞√≤°ảđ" + "\x00", max_size=60))
def test_any_text_gets_an_answer(text):
    result = same_expression(text, "1", seconds=0.5)
    assert isinstance(result, Equality)
    assert result.why


# --- examples ---

SAME = [
    # numbers in the style of the data set
    (r"2,5\sqrt{2}", r"\frac{5\sqrt2}{2}", "vi"),
    ("1.500x", "1500x", "vi"),
    ("15 000 x", "15000x", "vi"),
    ("1,500x", "1500x", "en"),
    ("1.05^n", r"\left(\frac{21}{20}\right)^n", "vi"),
    ("(1,5; 2)", r"(\frac32; 2)", "vi"),
    ("2(1,5)", "3", "vi"),
    ("2.x", "2x", "vi"),
    ("a.b", "ab", "vi"),
    ("2 . 3", "6", "vi"),
    # spellings of one thing
    (r"\dfrac12", r"\frac{1}{2}", "vi"),
    (r"\tfrac{1}2", "1:2", "vi"),
    ("√12", r"2\sqrt3", "vi"),
    ("sqrt(2)", "2^(1/2)", "vi"),
    (r"\tg x", r"\frac{\sin x}{\cos x}", "vi"),
    ("x² − 1", "(x-1)(x+1)", "vi"),
    (r"\log_2(8)", "3", "vi"),
    (r"\sum_{k=1}^{n} k", r"\frac{n(n+1)}{2}", "vi"),
    # sets, intervals, inequalities, equations, matrices
    (r"x \in (-∞; 2,5]", r"x \le 2,5", "vi"),
    ("(-∞; -3) ∪ (3; +∞)", r"\left(-\infty,-3\right) \cup \left(3,\infty\right)", "vi"),
    (r"\{x | -2 < x < 3\}", "(-2; 3)", "vi"),
    (r"\{2; 5\}", r"\{5; 2\}", "vi"),
    ("x > 2", "2x > 4", "vi"),
    ("1 < x < 2", "2 > x > 1", "vi"),
    ("y = 2x + 1", "2x - y + 1 = 0", "vi"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "vi"),
    # names and units on one side, degrees beside pi
    (r"m_{\max} = n^2", "n^2", "vi"),
    ("(p, q) = (3, 2)", "(3, 2)", "vi"),
    ("S = 3 + 4 = 7", "7", "vi"),
    (r"25\pi \text{ cm}^2", r"25\pi", "vi"),
    (r"C = \frac{2\pi}{3}", r"120^\circ", "vi"),
    (r"\sin 30°", r"\frac12", "vi"),
    # products that look like mixed numbers
    (r"2\frac12", "2,5", "vi"),
    (r"2(\frac12)", "1", "vi"),
    (r"2\binom{4}{2}", "12", "vi"),
    (r"\frac{4}{2}\frac{1}{3}", r"\frac23", "vi"),
]


@pytest.mark.parametrize(("answer", "gold", "style"), SAME)
def test_equal(answer, gold, style):
    assert same_expression(answer, gold, style=style) == Equality(True, "equal as expressions")
    assert equal(gold, answer, style) is True


DIFFERENT = [
    ("1.500x", "1500x", "en"),
    ("0.3333333", r"\frac13", "en"),
    ("0,33", r"\frac13 \approx 0,33", "vi"),
    (r"\{2; 5\}", "(2; 5)", "vi"),
    ("(2; 5)", "(5; 2)", "vi"),
    ("(2; 5)", "[2; 5)", "vi"),
    ("(1,5; 2)", "(1; 5; 2)", "vi"),
    ("x = 3", "y = 3", "vi"),
    ("f(x) = 2x", "g(x) = 2x", "vi"),
    (r"x \in [1; 2]", r"1 \le y \le 2", "vi"),
    ("2x = 4", "4", "vi"),
    ("3 + 5 = 7", "7", "vi"),
    ("x^2 + 1 = 0", "x^2 + 2 = 0", "vi"),  # neither has a solution
    ("x < 2", "x > 2", "vi"),
    ("60°", r"\frac{2\pi}{3}", "vi"),
    (r"25\pi \text{ cm}^2", r"25\pi \text{ cm}^3", "vi"),
    ("2t", "2", "vi"),  # no tonnes
    ("5c", "5", "vi"),
    ("2^t", "2", "vi"),
    (r"2\binom{4}{2}", "8", "vi"),
    ("(2)(3)", "5", "vi"),
    ("1 + 10^{-40}", "1", "vi"),
    (r"\sqrt2 + 10^{-40}", r"\sqrt2", "vi"),
]


@pytest.mark.parametrize(("answer", "gold", "style"), DIFFERENT)
def test_not_equal(answer, gold, style):
    assert equal(answer, gold, style) is False
    assert equal(gold, answer, style) is False


NOT_COMPARED = [
    ("1, 5", "5, 1", "a list is compared item by item"),
    (r"1 \text{ và } 3", "1", "not an expression"),
    ("không phải 5", "5", "not an expression"),
    ("circumcircle", "circumcircle", "not an expression"),
    ("not", "ton", "not an expression"),
    ("cab", "bac", "words, not expressions"),
    ("9%", "9", "not an expression"),
    ("2 3", "6", "can be read in more than one way"),
    ("1010_2", "1010_3", "can be read in more than one way"),
    ("2^T", "2", "can be read in more than one way"),  # a transposed 2 is 2
    (r"5\frac{12}{4}", "8", "can be read in more than one way"),
    ("1/0", "2/0", "could not be read as expressions"),
    ("(3; 2]", "(5; 1]", "could not be read as expressions"),
    (r"\infty + 1", r"\infty", "could not be read as expressions"),
    ("(1; 2", "(1; 2)", "its brackets do not match"),
    ("x +", "x +", "could not be read as expressions"),
    ("", "", "not an expression"),
]


@pytest.mark.parametrize(("answer", "gold", "why"), NOT_COMPARED)
def test_not_compared(answer, gold, why):
    assert same_expression(answer, gold) == Equality(None, why)


def test_a_style_and_a_deadline_are_checked():
    with pytest.raises(BadParameter, match="style="):
        same_expression("x", "x", style="fr")
    with pytest.raises(BadParameter, match="seconds="):
        same_expression("x", "x + 0", seconds=0)


def test_without_the_extra_nothing_is_compared(monkeypatch):
    monkeypatch.setattr(symbolic, "_installed", lambda: False)
    equal_, why = same_expression("x + x", "2x")
    assert equal_ is None
    assert "pip install 'vireward[math]'" in why


# --- hostile texts ---

BOMBS = [
    "9**9**9",
    "10^{10^{10}}",
    "2^{99999999}",
    "(2^{9999})^{9999}",
    "(10^9)!",
    "((9!)!)!",
    "99999999!",
    "9!!!!!!!!!!",
    "(" * 200 + ")" * 200,
    r"\frac{1}{" * 30 + "1" + "}" * 30,
    r"\sqrt{" * 17 + "2" + "}" * 17,
    "(" * 400,
    "9" * 400,
    "x^" * 199 + "x",
    "1" * 1_000_000,
    "(" * 1_000_000,
    r"\frac" * 80,
    r"\left" * 80,
]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb[:20])
def test_a_bomb_gets_a_quick_answer(bomb):
    start = time.monotonic()
    assert not same_expression(bomb, "9").equal
    assert not same_expression("9", bomb).equal
    assert time.monotonic() - start < 8


@pytest.mark.parametrize(
    "work",
    [r"\sum_{k=1}^{n} \binom{n}{k} \sin(k^{k})", r"\int (\sin x)^{x} \cdot \ln(\cos x) dx", "(x+y+z+a+b+c)^{2000}"],
)
def test_hard_work_is_stopped_and_the_next_comparison_is_fine(work):
    start = time.monotonic()
    assert not same_expression(work, "(a+b+c+x+y+z)^{1999} + n", seconds=0.3).equal
    assert time.monotonic() - start < 3
    assert equal("x + x", "2x") is True


def test_a_deadline_that_is_overrun_is_said(monkeypatch):
    monkeypatch.setattr(symbolic._worker, "call", lambda *_, seconds: Reply("timeout"))
    assert same_expression("x", "2x") == Equality(None, "the symbolic comparison took more than 2 s")


@pytest.mark.parametrize("end", ["crashed", "error"])
def test_a_failure_is_said(monkeypatch, end):
    monkeypatch.setattr(symbolic._worker, "call", lambda *_, seconds: Reply(end, why="it broke"))
    assert same_expression("x", "2x") == Equality(None, "the symbolic comparison failed: it broke")


PAYLOADS = [
    "__import__('os').system('touch {}')",
    "eval(\"open('{}', 'w')\")",
    "(lambda: open('{}','w'))()",
    "open('{}','w')",
    "[open('{}','w') for x in (1,)]",
    r"\text{{__import__('os').system('touch {}')}}",
    r"\operatorname{{open}}('{}')",
    r"\write18{{touch {}}}",
    r"\input{{{}}}",
    "1;open('{}','w')",
    "x.__class__.__base__.__subclasses__()",
    "$(touch {})",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_code_is_never_run(tmp_path, payload):
    planted = tmp_path / "planted"
    text = payload.format(planted)[:MAX_LENGTH]
    assert same_expression(text, "1").equal is None
    assert same_expression("1", text).equal is None
    assert not planted.exists()


def test_the_asking_process_loads_no_sympy():
    command = "import sys; from vireward.symbolic import same_expression as same; "
    command += "print(same('x+x', '2x').equal, 'sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True False\n", "")


def test_threads_and_event_loops_can_compare():
    pairs = [(f"{n}x + x", f"{n + 1}x") for n in range(12)]

    async def all_at_once():
        return await asyncio.gather(*(asyncio.to_thread(equal, *pair) for pair in pairs))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda pair: equal(*pair), pairs)) == [True] * 12
    assert asyncio.run(all_at_once()) == [True] * 12
