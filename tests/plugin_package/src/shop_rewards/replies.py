"""One reward of each kind that an entry point may name."""

from dataclasses import dataclass

from vireward import Sample, Score


@dataclass(frozen=True)
class MentionsPrice:
    """Does the reply name a price?"""

    currency: str = "đồng"

    def __call__(self, sample: Sample, /) -> Score:
        named = self.currency in sample.completion
        return Score(float(named), "names a price" if named else "names no price")


def mentions(sample: Sample, *, word: str = "ạ") -> float:
    """How often does the reply say a word?"""
    return float(sample.completion.count(word))


def polite(completions, **kwargs):
    """Does the reply begin politely?"""
    return [float(completion.startswith(("Dạ", "Thưa"))) for completion in completions]


@dataclass(frozen=True)
class Variety:
    """Does the reply differ from the other replies to its customer?"""

    def score_group(self, samples):
        replies = [sample.completion for sample in samples]
        return [1.0 if replies.count(reply) == 1 else 0.0 for reply in replies]


def good_reply(price: float = 2.0):
    """Does the reply name a price, and politely?"""
    import vireward

    return vireward.weighted(price=(price, MentionsPrice()), manners=(1.0, vireward.from_trl(polite)))
