"""The rewards that look at how a completion is written."""

import pickle
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import Sample, TagFormat, make
from vireward.errors import BadParameter
from vireward.records import Score
from vireward.rewards.style import ForbiddenText, LanguageShare, ReasoningSteps, Repetition

VIETNAMESE = (
    "Trước hết ta tính số quả táo còn lại của An: mẹ cho thêm ba quả nên em có tất cả hai mươi quả.",
    "Vì tam giác ABC vuông tại A nên theo định lý Pi-ta-go ta có cạnh huyền dài 5 cm, do đó chu vi là 12 cm.",
    "Khuya nay anh Nguyễn và chị Quỳnh đi qua ngõ nghiêng, giữ gìn quyển sách quý, nghe tiếng chim hót líu lo.",
    "Số tiền phải trả là 3 × 15.000 = 45.000 đồng, so với lúc đầu giảm 20%. Vậy đáp án đúng là C.",
    "Gọi x là vận tốc của thuyền, y là vận tốc dòng nước; khi xuôi dòng thuyền đi nhanh hơn, hết hai giờ rưỡi.",
)
ENGLISH = (
    "First we find the number of apples that are left, so the answer is twelve and then we are done.",
    "She can go to the shop again because there is no other man to ask, and he may do so on his own.",
    "Let me think about this step by step: the total distance is the speed times the time in hours.",
    "Therefore the area of the triangle ABC with base ten and height five is twenty five square units.",
)
FOREIGN = ("the", "number", "which", "answer", "of", "is", "and", "speed", "that", "total", "we", "привет", "的")
SYLLABLES = ("ta", "hai", "ba", "con", "cho", "nhau", "trong", "anh", "em", "tay", "đáp", "án", "là", "nghiêng", "so")


def words_and(others):
    return (*SYLLABLES, *FOREIGN, *others.split("|"))


texts = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            words_and(
                "\n|. |1. |- |Bước 2: |Vậy|Đầu tiên,|First|$x$|\\frac{1}{2}|\\(|\\)|$|12|hoà|hòa|x_1"
                "|<thinking>|</thinking>|<SOLUTION>|</SOLUTION>"
            )
        )
    ).map(" ".join),
)
rewards = st.sampled_from(
    [
        Repetition(),
        Repetition(1),
        Repetition(7, characters=True),
        Repetition(worst=-2.5),
        LanguageShare(),
        LanguageShare(TagFormat("<a>", "</a>", "<b>", "</b>")),
        ReasoningSteps(),
        ReasoningSteps(target=1),
        ForbiddenText(("hoà", "the")),
        ForbiddenText(("e", "á"), penalty=-3.0),
    ]
)
REWARDS = (Repetition, LanguageShare, ReasoningSteps, ForbiddenText, TagFormat)
NAMES = {kind.__name__: kind for kind in REWARDS}


def lowest(reward):
    return getattr(reward, "worst", getattr(reward, "penalty", 0.0))


def highest(reward):
    return 1.0 if isinstance(reward, LanguageShare | ReasoningSteps) else 0.0


def share(text):
    return LanguageShare()(Sample(text)).value


def steps(text, target=100):
    return round(ReasoningSteps(target)(Sample(text)).value * target)


# --- laws ---


@given(rewards, texts)
def test_any_text_has_a_score_in_the_declared_range(reward, text):
    score = reward(Sample(text))
    assert score.why
    if score.value is None:
        assert isinstance(reward, LanguageShare)
    else:
        assert lowest(reward) <= score.value <= highest(reward)


@given(rewards, texts)
def test_a_reward_is_a_value_and_its_score_a_function_of_the_text(reward, text):
    for copy in (pickle.loads(pickle.dumps(reward)), eval(repr(reward), dict(NAMES))):
        assert copy == reward
        assert hash(copy) == hash(reward)
        assert copy(Sample(text)) == reward(Sample(text, "7", tokens=4)) == reward(Sample(text))


@given(rewards, texts)
def test_composed_and_decomposed_letters_score_alike(reward, text):
    nfc, nfd = (reward(Sample(unicodedata.normalize(form, text))) for form in ("NFC", "NFD"))
    assert nfc.value == nfd.value, f"NFC: {nfc.why}; NFD: {nfd.why}"


@given(st.integers(1, 3), st.booleans(), st.lists(st.sampled_from(("ta", "có", "ba", "x")), min_size=1))
def test_repeating_a_text_never_raises_the_score_of_repetition(n, characters, words):
    text = " ".join(words)
    reward = Repetition(n, characters)
    once, twice = reward(Sample(text)), reward(Sample(f"{text} {text}"))
    assert twice.value <= once.value, f"{once.why}; {twice.why}"


@given(st.integers(1, 9), st.booleans(), st.lists(st.sampled_from(("ta", "có", "ba", "x"))))
def test_repetition_counts_the_distinct_n_grams(n, characters, words):
    units = "".join(words) if characters else words
    grams = [tuple(units[i : i + n]) for i in range(len(units) - n + 1)]
    expected = -(1 - len(set(grams)) / len(grams)) if grams else 0.0
    assert Repetition(n, characters)(Sample(" ".join(words))).value == pytest.approx(expected)


@given(st.lists(st.sampled_from((*SYLLABLES, *FOREIGN)), min_size=1), st.sampled_from(FOREIGN), st.data())
def test_adding_a_foreign_word_never_raises_the_share(words, word, data):
    place = data.draw(st.integers(0, len(words)))
    more = [*words[:place], word, *words[place:]]
    assert share(" ".join(more)) <= share(" ".join(words))


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1), st.lists(st.sampled_from(FOREIGN), min_size=1))
def test_the_share_of_one_language_alone(ours, theirs):
    assert share(" ".join(ours)) == 1.0
    assert share(" ".join(theirs)) == 0.0


@given(texts, texts)
def test_only_the_reasoning_is_looked_at(text, other):
    if not any(tag in text + other for tag in TagFormat().tags):
        for reward in (LanguageShare(), ReasoningSteps()):
            alone = reward(Sample(f"<thinking>{text}</thinking>"))
            assert reward(Sample(f"{other}<thinking>{text}</thinking>{other}<SOLUTION>the</SOLUTION>")) == alone
            assert reward(Sample(f"{other}<thinking>{text}<SOLUTION>{other}")) == alone


@given(st.lists(st.sampled_from(("1. một", "Bước 3: hai", "- ba", "* bốn", "Step 2", "Vậy x = 1", "Sau đó, ta"))))
def test_each_line_that_opens_a_step_is_one(lines):
    assert steps("\n".join(lines)) == len(lines)
    assert ReasoningSteps(3)(Sample("\n".join(lines))).value == min(len(lines) / 3, 1.0)


@given(texts, st.sampled_from(("hoà bình", "the answer")))
def test_a_forbidden_text_is_found_wherever_it_stands(text, word):
    reward = ForbiddenText((word,))
    for written in (word, word.upper(), unicodedata.normalize("NFD", word), word.replace(" ", " \n ")):
        assert reward(Sample(f"{text} {written} {text}")) == Score(-1.0, f"has the forbidden text {word!r}")
    assert reward(Sample(text)).value == 0.0 or word.split()[0] in text


# --- examples ---


@pytest.mark.parametrize("text", VIETNAMESE)
def test_vietnamese_is_told(text):
    assert share(text) >= 0.95
    assert share(unicodedata.normalize("NFD", text.upper())) >= 0.95


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_told_its_homographs_included(text):
    assert share(text) == 0.0
    both = share(f"{VIETNAMESE[0]} {text}")
    assert both < 0.7


@pytest.mark.parametrize(
    ("text", "counted", "ours"),
    [
        ("Ta có \\frac{6}{2} = 3, so the số là 3", 6, 5),
        ("giếng gì quyển quốc khuya uống yêu nghiêng quýt tỷ Mỹ kẻ ghi", 13, 13),
        ("hoà hòa thuỷ thủy khoẻ khỏe", 6, 6),
        ("café naïve même où très qǔ kà cẻ mèt iên", 10, 0),  # marks, but no syllables
        ("AB = 5 km, x1 + y = 2kg, sin α", 0, 0),
        ("<b>là</b> \\begin{align} $xyz$ \\(abc\\) \\[speed\\]", 2, 1),
        ("là 答案", 3, 1),
        ("Tam giac nay that la to", 6, 0),  # without marks, `giac` and `that` are certainly none
        ("ta con so", 3, 3),  # nothing is certain
        ("tôi dùng theorem cho tam giác", 6, 5),
    ],
)
def test_words_by_example(text, counted, ours):
    score = LanguageShare()(Sample(text))
    assert score.value == (ours / counted if counted else None), score.why
    assert score.why.startswith(f"{ours} of {counted} words are Vietnamese" if counted else "no word in the reasoning")


def test_the_reason_names_foreign_words():
    assert LanguageShare()(Sample("Vậy the số the answer")).why == "2 of 5 words are Vietnamese, not the, answer"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Đầu tiên, ta cộng. Sau đó, ta trừ. Cuối cùng, ta chia. Vậy x = 2", 4),
        ("First, add. Then subtract. Finally, divide.", 3),
        ("1. Đầu tiên, ta cộng\n2) Tiếp theo là trừ\n**Bước 3:** Do đó x = 1\n  • Suy ra", 4),  # one each
        ("**Trước hết** ta có\n## Bước 1\n(2) hai\n+ ba", 4),
        ("1.\n2.\n- \n*\n", 0),  # nothing is said after them
        ("1.500 đồng\n-5 độ\n3,5 kg", 0),
        ("như vậy ta lấy sau đó, và then cuối cùng", 1),  # the others do not open a sentence
        ("", 0),
    ],
)
def test_steps_by_example(text, count):
    assert steps(text) == count
    assert steps(unicodedata.normalize("NFD", text)) == count
    assert ReasoningSteps()(Sample(text)).why == f"{count} of 3 steps"


def test_boxes_belong_to_the_reasoning_where_the_format_has_no_tags_for_it():
    boxes = ReasoningSteps(tags=TagFormat(None, None, "\\boxed{", "}"))
    assert boxes(Sample("\\boxed{7} \\boxed{8}Vậy x = 8")).value == 0.0  # the brace ends no line


@pytest.mark.parametrize(
    ("reward", "text", "value", "why"),
    [
        (Repetition(), "một hai", 0.0, "fewer than 3 words"),
        (Repetition(), "một hai ba bốn", 0.0, "no run of 3 words is repeated"),
        (Repetition(2), "Ba, ba! BA? ba", -2 / 3, "2 of 3 runs of 2 words are repeats; 'ba ba' stands 3 times"),
        (
            Repetition(2, characters=True, worst=-3.0),
            "1 1 1 1",
            -2.0,
            "2 of 3 runs of 2 characters are repeats; '11' stands 3 times",
        ),
        (ForbiddenText(("xyz", "Hoà")), "HÒA  bình", -1.0, "has the forbidden text 'Hoà'"),
        (ForbiddenText(("python", "e"), penalty=-2.0), "é", 0.0, "none of the forbidden texts"),
    ],
)
def test_reasons(reward, text, value, why):
    score = reward(Sample(text))
    assert (score.value, score.why) == (pytest.approx(value), why)


FILLERS = ("Ta có 3 quả táo. ", "\\(", "\\[", "$", "\\begin{", "<a", " ", "\n", "- ", "#*", "1. ", "a", "中", "e\u0301")


@pytest.mark.parametrize("filler", FILLERS)
def test_time_is_linear_in_the_text(filler):
    sample = Sample((filler * 300_000)[:300_000])
    for reward in (Repetition(), Repetition(1_000), Repetition(characters=True), LanguageShare(), ReasoningSteps()):
        begin = time.process_time()
        reward(sample)
        assert time.process_time() - begin < 2.0, reward  # 0.2 s when alone; quadratic time takes minutes
    assert ForbiddenText(("a" * 999 + "b",))(sample).value == 0.0


def test_they_are_registered():
    assert make("repetition", n=4) == Repetition(4)
    assert make("language_share") == LanguageShare()
    assert make("reasoning_steps", target=5) == ReasoningSteps(5)
    assert make("forbidden_text", texts=["a", "b"]) == ForbiddenText(("a", "b"))


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (Repetition, {"n": 0}, "Repetition(n=0): must be above 0"),
        (Repetition, {"n": 2.0}, "Repetition(n=2.0): must be a whole number"),
        (Repetition, {"characters": 1}, "Repetition(characters=1): must be True or False"),
        (Repetition, {"worst": 0.5}, "Repetition(worst=0.5): must not be above 0"),
        (Repetition, {"worst": float("nan")}, "Repetition(worst=nan): must be a finite number"),
        (LanguageShare, {"tags": None}, "LanguageShare(tags=None): must be a TagFormat"),
        (LanguageShare, {"language": "fr"}, "LanguageShare(language='fr'): must be one of vi"),
        (LanguageShare, {"language": ["vi"]}, "LanguageShare(language=['vi']): must be one of vi"),
        (ReasoningSteps, {"target": 0}, "ReasoningSteps(target=0): must be above 0"),
        (ReasoningSteps, {"target": True}, "ReasoningSteps(target=True): must be a whole number"),
        (ReasoningSteps, {"tags": "x"}, "ReasoningSteps(tags='x'): must be a TagFormat"),
        (ForbiddenText, {"texts": "abc"}, "ForbiddenText(texts='abc'): must be a tuple of texts that are not blank"),
        (ForbiddenText, {"texts": ()}, "ForbiddenText(texts=()): must be a tuple of texts that are not blank"),
        (
            ForbiddenText,
            {"texts": ("a", "\u200b ")},
            "ForbiddenText(texts=('a', '\\u200b ')): must be a tuple of texts that are not blank",
        ),
        (ForbiddenText, {"texts": (1,)}, "ForbiddenText(texts=(1,)): must be a tuple of texts that are not blank"),
        (ForbiddenText, {"texts": ("a",), "penalty": 1}, "ForbiddenText(penalty=1): must not be above 0"),
    ],
)
def test_bad_parameters(kind, params, message):
    with pytest.raises(BadParameter) as error:
        kind(**params)
    assert str(error.value) == message
