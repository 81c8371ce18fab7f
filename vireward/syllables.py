"""Is a word built as a Vietnamese syllable: onset, rime and tone?

Example rows (word → verdict):

    nghiêng, quý, ý    yes
    so, can, ta        may be: English writes them, too
    the, number, ká    no
"""

import unicodedata
from functools import lru_cache

from vireward.spelling import words_of

_LONGEST = 7  # letters of a syllable: nghiêng
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_STOPPED = frozenset("\u0301\u0323")  # the two tones of a syllable that ends in p, t, c or ch; one of them is written
_FRONT = frozenset("eêiy")
_ONSETS = words_of("b c ch d đ g gh gi h k kh l m n ng ngh nh ph qu r s t th tr v x") | {""}
_RIMES = words_of(
    "a e ê i o ô ơ u ư y ia ua ưa uy uya oa oe uê uơ ai oi ôi ơi ui ưi ay ây ao eo au âu êu iu ưu oai oay uây iêu yêu "
    "uôi ươi ươu oeo oao uyu am ăm âm em êm im om ôm ơm um iêm yêm uôm ươm oam oăm an ăn ân en ên in on ôn ơn un iên "
    "yên uôn ươn oan oăn oen uân uyên uyn ang ăng âng eng ong ông ung ưng iêng yêng uông ương oang oăng uâng oong anh "
    "ênh inh oanh uênh uynh ynh ap ăp âp ep êp ip op ôp ơp up iêp ươp oap uyp at ăt ât et êt it ot ôt ơt ut ưt iêt "
    "yêt yt uôt ươt oat oăt oet uât uyêt uyt ac ăc âc ec oc ôc uc ưc iêc uôc ươc oac oăc ooc ach êch ich ych oach "
    "uêch uych"
)
_OPEN_Y = words_of("h k l m s t v") | {"", "qu"}  # onsets before a lone y: hy, kỷ, lý, Mỹ, sỹ, tỷ, vỹ, ý, quý
_ENGLISH = words_of("the them then he him on")  # well-formed, and hardly ever Vietnamese without a mark


def is_syllable(word: str) -> bool | None:
    """Whether a folded word is a Vietnamese syllable; None when it may be, being written with the letters of English.

    >>> is_syllable("nghiêng"), is_syllable("so"), is_syllable("number")
    (True, None, False)
    """
    return _is_syllable(word) if len(word) <= _LONGEST else False


@lru_cache(maxsize=10_000)
def _is_syllable(word: str) -> bool | None:
    marks = unicodedata.normalize("NFD", word)
    tones = [c for c in marks if c in _TONES]
    base = unicodedata.normalize("NFC", "".join(c for c in marks if c not in _TONES))
    unstopped = base.endswith(("p", "t", "c", "ch")) and not _STOPPED.issuperset(tones or " ")
    if word in _ENGLISH or len(tones) > 1 or unstopped:
        return False
    if not any(base.startswith(onset) and _fits(onset, base[len(onset) :]) for onset in _ONSETS):
        return False
    return None if word.isascii() else True


def _fits(onset: str, rime: str) -> bool:
    """Whether an onset may be written before a rime: cá, kẻ, quý, yên, never ká, cẻ, qúy, iên."""
    if rime not in _RIMES or (rime.startswith("iê") and not onset):
        return False
    if rime[0] == "y":
        return onset in (_OPEN_Y if rime == "y" else ("", "qu"))
    if onset in ("c", "ng", "g"):
        return rime[0] not in _FRONT or onset + rime[0] == "gi"
    return rime[0] in _FRONT if onset in ("k", "gh", "ngh") else onset != "qu" or rime[0] not in "uư"
