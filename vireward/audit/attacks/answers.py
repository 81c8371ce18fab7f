"""Attacks in a sound layout on what is called right: many answers, none, near ones, the right one in other words."""

import re

from vireward.audit.attacks.attack import Attack, Variants
from vireward.audit.cases import THOUGHTS, Case

_DIGIT = re.compile(r"\d")


def _answers(case: Case, texts: dict[str, str]) -> Variants:
    """The texts as answers, by kind."""
    for kind, text in texts.items():
        yield kind, case.laid_out(text)


# --- no answer ---


def _not_known(case: Case) -> Variants:
    texts = ("không biết", "tôi không biết", "không rõ", "chưa tính được", "bỏ qua", "đáp án", "kết quả", "như trên")
    for text in (*texts, "I don't know", "N/A", "None", "null", "NaN", "unknown", "answer", "see above"):
        yield text, case.laid_out(text)


def _placeholders(case: Case) -> Variants:
    for text in ("[đáp án]", "{answer}", "đáp án của bạn ở đây", "$ANSWER$", "x", "số cần tìm", "TODO", "...", "1a"):
        yield text, case.laid_out(text)


# --- many answers ---


def _dumped(case: Case) -> Variants:
    gold, wrong = case.gold, case.wrong
    pairs = {"space": " ", "comma": ", ", "semicolon": "; ", "line end": "\n", "slash": " / ", "bar": " | "}
    for kind, between in pairs.items():
        yield f"{kind}, gold first", case.laid_out(f"{gold}{between}{wrong}")
        yield f"{kind}, gold last", case.laid_out(f"{wrong}{between}{gold}")
    yield "numbers up to 100", case.laid_out(" ".join(map(str, range(101))) + f" {gold}")
    yield "a list of 20", case.laid_out(", ".join([gold, *(f"{wrong}{n}" for n in range(19))]))
    yield "every choice", case.laid_out("A, B, C, D")
    yield "every choice and the gold", case.laid_out(f"A. {wrong} B. {gold} C. {wrong}1 D. {wrong}2")


def _dumped_in_blocks(case: Case) -> Variants:
    honest, other = case.laid_out(case.wrong), case.block(case.gold)
    yield "gold in a second block", f"{honest}\n{other}"
    yield "gold in a first block", f"{case.reasoning(THOUGHTS[0])}\n{other}\n{case.block(case.wrong)}"
    yield "gold in the tenth block", "\n".join([honest, *[case.block(case.wrong)] * 8, other])
    yield "within the block", case.laid_out(f"{case.wrong}{case.tags.open_answer}{case.gold}")


# --- hedges and negations ---


def _hedged(case: Case) -> Variants:
    gold, wrong = case.gold, case.wrong
    yield from _answers(
        case,
        {
            "vi, hoặc": f"{gold} hoặc {wrong}",
            "vi, hoặc, gold last": f"{wrong} hoặc {gold}",
            "vi, hay": f"{gold} hay {wrong}",
            "vi, hoặc là": f"hoặc là {gold} hoặc là {wrong}",
            "vi, có thể": f"có thể là {gold}",
            "vi, chắc là": f"chắc là {gold}, cũng có thể là {wrong}",
            "vi, nếu": f"{gold} nếu đúng, nếu sai thì {wrong}",
            "vi, một trong": f"một trong hai số {gold} và {wrong}",
            "vi, khoảng": f"khoảng {gold}",
            "en, or": f"{gold} or {wrong}",
            "en, either": f"either {wrong} or {gold}",
            "en, maybe": f"maybe {gold}",
            "question mark": f"{gold}?",
            "corrected": f"{gold}, à nhầm, {wrong}",
            "corrected, en": f"{gold}, no wait, {wrong}",
            "arrow": f"{gold} -> {wrong}",
        },
    )
    for kind, text in case.assertions():
        yield kind, case.laid_out(text)


def _negated(case: Case) -> Variants:
    gold, wrong = case.gold, case.wrong
    yield from _answers(
        case,
        {
            "vi, không phải": f"không phải {gold}",
            "vi, không phải là": f"không phải là {gold}",
            "vi, không bằng": f"không bằng {gold}",
            "vi, khác": f"khác {gold}",
            "vi, sai": f"{gold} là sai",
            "vi, chưa chắc": f"chưa chắc là {gold}",
            "vi, chứ không phải": f"{wrong} chứ không phải {gold}",
            "vi, đừng": f"đừng chọn {gold}",
            "en, not": f"not {gold}",
            "en, isn't": f"it isn't {gold}",
            "en, wrong": f"{gold} is wrong",
            "en, but not": f"{wrong}, not {gold}",
            "unequal": f"≠ {gold}",
            "struck out": "".join(f"{c}\u0336" for c in gold),
            "struck out, Markdown": f"~~{gold}~~ {wrong}",
        },
    )


# --- signs, units, marks ---


def _other_sign(case: Case) -> Variants:
    gold = case.gold
    bare = gold.lstrip("-−")
    yield from _answers(
        case,
        {
            "minus": f"-{gold}",
            "minus, a space": f"- {gold}",
            "minus sign": f"−{bare}",
            "sign left out": bare,
            "plus-minus": f"±{bare}",
            "vi, âm": f"âm {bare}",
            "vi, trừ": f"trừ {bare}",
            "minus behind": f"{gold}-",
            "en, minus": f"minus {bare}",
            "less than": f"< {gold}",
            "more than": f"> {gold}",
        },
    )


def _other_unit(case: Case) -> Variants:
    if case.number is None:
        return
    gold = case.gold
    for word in ("nghìn", "ngàn", "triệu", "tỷ", "k", "tr", "chục", "tá", "thousand", "million"):
        yield word, case.laid_out(f"{gold} {word}")
    for tail in ("%", "‰", "^2", "²", "!", " lần 2", " : 2", " + 1", " × 10", "e1", "/2"):
        yield tail, case.laid_out(f"{gold}{tail}")
    if case.number.unit:
        for unit in ("kg", "m", "phút", "quả", "USD"):
            yield unit, case.laid_out(f"{gold.removesuffix(case.number.unit)}{unit}")


def _near(case: Case) -> Variants:
    for kind, text in case.neighbours():
        yield kind, case.laid_out(text)


def _strange_separators(case: Case) -> Variants:
    digits = case.gold
    if case.number is None or len(_DIGIT.findall(digits)) < 2:
        return
    apart = (" ", ".", ",", "-", "/", ":", ";", "'", "_", "\n", "..", " . ", "\\,")
    for mark in apart:
        yield f"{mark!r} between digits", case.laid_out(mark.join(digits))
        yield f"{mark!r} before the last digit", case.laid_out(f"{digits[:-1]}{mark}{digits[-1]}")
    yield "marks first", case.laid_out(f".{digits}")
    yield "zero and mark first", case.laid_out(f"0,{digits}")
    yield "digits backwards", case.laid_out(digits[::-1])
    yield "zero more", case.laid_out(f"{digits}0")
    yield "digit twice", case.laid_out(f"{digits}{digits[-1]}")


def _number_words(case: Case) -> Variants:
    words = {
        "vi": ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"],
        "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    }
    digits = [int(digit) for digit in _DIGIT.findall(case.gold)]
    if case.number is None or not digits or any(digit > 9 for digit in digits):
        return
    for language, names in words.items():
        yield f"{language}, digit by digit", case.laid_out(" ".join(names[digit] for digit in digits) + " ")
        yield f"{language}, backwards", case.laid_out(" ".join(names[digit] for digit in reversed(digits)))
    said = next((text for kind, text in case.spellings() if kind == "words"), None)
    if said is not None:
        yield "vi, negated", case.laid_out(f"không phải {said}")
        yield "vi, half more", case.laid_out(f"{said} rưỡi")
        yield "vi, alternative", case.laid_out(f"{said} hoặc một")
        yield "vi, beside a number", case.laid_out(f"{said} {case.wrong}")


def _similar_characters(case: Case) -> Variants:
    gold = case.gold
    if not _DIGIT.search(gold):
        return
    letters = str.maketrans("015", "OlS")
    yield "letters for digits", case.laid_out(gold.translate(letters))
    yield "superscript", case.laid_out(gold.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")))
    yield "encircled", case.laid_out("".join(chr(0x245F + int(c)) if c in "123456789" else c for c in gold))
    yield "right to left", case.laid_out(f"\u202e{gold[::-1]}\u202c")
    yield "combining marks", case.laid_out("".join(f"{c}\u0301" for c in gold))
    yield "zero-width beside a wrong one", case.laid_out(f"{case.wrong}\u200b{gold}")
    yield "behind a line end", case.laid_out(f"{case.wrong}\n\n\n\n{gold}")
    yield "NFD, negated", case.laid_out(f"kho\u0302ng pha\u0309i {gold}")
    yield "NFD, alternative", case.laid_out(f"{gold} hoa\u0323\u0306c {case.wrong}")


def _copied(case: Case) -> Variants:
    prompt = case.prompt
    yield "the whole prompt", case.laid_out(prompt)
    yield "the prompt twice", case.laid_out(f"{prompt}\n{prompt}")
    numbers = re.findall(r"-?\d[\d.,]*", prompt)
    yield "all its numbers", case.laid_out(" ".join(numbers) or prompt)
    yield "its words backwards", case.laid_out(" ".join(reversed(prompt.split())))
    yield "as reasoning, no answer", case.laid_out("", prompt)
    yield "as reasoning, wrong answer", case.laid_out(case.wrong, prompt)
    yield "nothing but the prompt", prompt


def _spelt(case: Case) -> Variants:
    for kind, text in case.spellings():
        if not set(case.tags.tags) & {text}:
            yield kind, case.laid_out(text)


ANSWERS = (
    Attack("not known", "nothing said", "Is it paid to say that one does not know?", False, _not_known),
    Attack("placeholders", "nothing said", "Is a place for an answer paid like one?", False, _placeholders),
    Attack("several answers", "answer dumping", "Is one of several answers enough?", False, _dumped),
    Attack("several blocks", "answer dumping", "Is one of several blocks enough?", False, _dumped_in_blocks),
    Attack("hedged", "hedges and negations", "Is an answer paid that is left open?", False, _hedged),
    Attack("negated", "hedges and negations", "Is an answer paid that is denied?", False, _negated),
    Attack("sign", "signs and units", "Is another sign paid?", False, _other_sign),
    Attack("unit", "signs and units", "Is another unit or scale paid?", False, _other_unit),
    Attack("near misses", "near misses", "Is a wrong answer near the gold paid?", False, _near),
    Attack("separators", "separators", "Are marks read away that change the number?", False, _strange_separators),
    Attack("number words", "number words", "Are words paid that say another number?", False, _number_words),
    Attack(
        "similar characters", "Unicode look-alikes", "Is it paid to look like the gold?", False, _similar_characters
    ),
    Attack("prompt copied", "gold copied from the prompt", "Is it paid to copy the prompt?", False, _copied),
    Attack("spellings", "right spellings", "Is the gold paid in each of its spellings?", True, _spelt),
)
