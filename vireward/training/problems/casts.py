"""Who and what the problems with Vietnamese number notation are about: one cast to train on, one held out."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vireward.training.problems import easy_wording
from vireward.training.problems.draft import Draft


@dataclass(frozen=True, slots=True)
class Cast:
    """A split's people and things; the two casts share none of them."""

    people: tuple[str, ...]
    fruits: tuple[str, ...]  # bought by weight
    goods: tuple[str, ...]  # cost some ten thousand đồng a piece; with classifier
    dear: tuple[str, ...]  # cost around a million đồng; with classifier
    crops: tuple[str, ...]  # grown in a field
    pieces: tuple[str, ...]  # packed in boxes by the dozen; with classifier
    liquids: tuple[str, ...]  # sold in bottles
    cakes: tuple[str, ...]  # cut in pieces; with classifier
    places: tuple[str, ...]  # one can walk there


Template = Callable[[random.Random, Cast], Draft]

TRAIN: Final = Cast(
    people=easy_wording.TRAIN.names,
    fruits=("táo", "cam", "xoài", "lê", "mận"),
    goods=("quyển truyện", "hộp bút màu", "cái cốc", "chiếc khăn mặt"),
    dear=("chiếc xe đạp", "chiếc quạt điện", "chiếc nồi cơm điện"),
    crops=("ngô", "khoai lang", "rau muống"),
    pieces=("cái bánh quy", "chiếc bút chì", "viên phấn", "quả bóng bàn"),
    liquids=("nước mắm", "dầu ăn", "sữa tươi"),
    cakes=("chiếc bánh ga tô", "chiếc bánh chưng"),
    places=("trường", "chợ", "nhà bà ngoại"),
)
HELD_OUT: Final = Cast(
    people=easy_wording.HELD_OUT.names,
    fruits=("bưởi", "nho", "nhãn", "thanh long"),
    goods=("cuốn sổ tay", "hộp đất nặn", "cái bát sứ"),
    dear=("chiếc tủ sách", "chiếc bàn học", "chiếc đồng hồ"),
    crops=("lạc", "đậu xanh", "cà chua"),
    pieces=("lá cờ", "chiếc kẹp tóc", "quả cầu lông", "chiếc khẩu trang"),
    liquids=("nước cam", "mật ong"),
    cakes=("chiếc bánh dày", "chiếc bánh pizza"),
    places=("thư viện", "công viên", "sân vận động"),
)


def classifier(thing: str) -> str:
    """The word Vietnamese counts a thing with, which comes first: "quyển" of "quyển truyện"."""
    return thing.partition(" ")[0]


def number_of(thing: str) -> str:
    """How one says "the number of" them: "số" replaces a general classifier, "số bánh quy" but "số viên phấn"."""
    name = thing.partition(" ")[2] if classifier(thing) in ("cái", "chiếc") else thing
    return f"số {name}"
