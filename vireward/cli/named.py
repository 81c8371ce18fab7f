"""One reward as the commands `audit` and `diff` name it: a registered name, a TOML file, or `module:function`."""

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from vireward.batch_function import BatchFunction
from vireward.cli.build import STYLE, build, is_file, json_or_text
from vireward.compose import weighted
from vireward.config import from_config, from_toml
from vireward.errors import BadParameter, UnknownReward, nearest
from vireward.group import within
from vireward.records import Reward
from vireward.registry import factory
from vireward.signatures import parameters_of
from vireward.tags import TagFormat

TAGS = "tags"
_IMPORTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How rewards are built.

    Attributes:
        tags: The layout for rewards that take one; None where their own default is kept.
        style: The number style for rewards that take one.
        params: Further parameters, as text.
        gold: The name under which a reward function of TRL's kind takes the gold.
        chat: Whether such a function reads chat messages; None hands it what is there.
        allow_import: Whether a TOML file may import modules.
    """

    tags: TagFormat | None = None
    style: str = "vi"
    params: Mapping[str, str] = field(default_factory=dict)
    gold: str | None = "answer"
    chat: bool | None = None
    allow_import: bool = False


def reward_named(name: str, wanted: Wanted) -> Reward:
    """Build a reward.

    Raises:
        BadConfig: a file describes none, or a module has none of that name.
        BadParameter: it refuses a parameter.
        UnknownReward: nothing is registered under the name.
    """
    if is_file(name):
        if wanted.params:
            raise BadParameter(f"{next(iter(wanted.params))}: the parameters of {name} stand in the file")
        return from_toml(name, allow_import=wanted.allow_import, defaults=_defaults(wanted))
    if is_imported(name):
        return _imported(name, wanted)
    params = dict(wanted.params)
    if STYLE in parameters_of(factory(name)):
        params.setdefault(STYLE, wanted.style)
    built: Reward = next(iter(build([name], params).values())).reward
    if wanted.tags is not None and isinstance(getattr(built, TAGS, None), TagFormat) and TAGS not in wanted.params:
        built = replace(built, tags=wanted.tags)  # type: ignore[type-var]  # what has the field is a dataclass
    return _as_handed_over(built, wanted)


def rewards_named(names: Sequence[str], wanted: Wanted) -> Reward:
    """One reward, or the sum of several as TRL adds them up, in which a None beside a number counts as 0.

    Raises:
        BadConfig, BadParameter, UnknownReward: as `reward_named`; or a name stands twice.
    """
    built = {_short(name): (1.0, reward_named(name, wanted)) for name in names}
    if len(built) < len(names):
        raise BadParameter(f"{' '.join(names)}: two of these have one name; name each reward once")
    return next(iter(built.values()))[1] if len(built) == 1 else weighted(missing="skip", **built)


def is_imported(name: str) -> bool:
    """Whether a name is that of a function in a module, and no registered one."""
    if is_file(name) or not _IMPORTED.fullmatch(name):
        return False
    try:
        factory(name)
    except UnknownReward:
        return True
    return False


def tags_of(reward: object, given: TagFormat | None) -> TagFormat:
    """The layout of an audit: what was given, else that of the reward's parts.

    Raises:
        BadParameter: its parts look for several.
    """
    formats = {part for part in within(reward) if isinstance(part, TagFormat)}
    if given is not None:
        return given
    if len(formats) > 1:
        raise BadParameter(
            f"the reward's parts look for {len(formats)} tag formats; say which is asked for with --tags"
        )
    return formats.pop() if formats else TagFormat()


def tags_given(text: str | None, *, prefilled: bool) -> TagFormat:
    """A layout from the command line: the name of a preset, or its parameters as a JSON object.

    Raises:
        BadParameter: it is neither.
    """
    value = json_or_text("tutorial" if text is None else text)
    if not isinstance(value, dict):
        return TagFormat.preset(str(value), prefilled=prefilled)
    known = [one.name for one in fields(TagFormat)]
    for key in value:
        if key not in known:
            raise BadParameter(f"--tags {text}: no field {key!r}; {nearest(key, known)}")
    given: dict[str, Any] = {"prefilled": prefilled} | value
    return TagFormat(**given)


def place_of(name: str) -> tuple[str, int] | None:
    """The file and line where a reward is written; None for one of an installed package."""
    if is_file(name):
        return name, 1
    if not is_imported(name):
        return None
    found: Any = sys.modules.get(name.partition(":")[0])
    for attribute in name.partition(":")[2].split("."):
        found = getattr(found, attribute, None)
    try:
        file, line = inspect.getsourcefile(found), inspect.getsourcelines(found)[1]
    except (TypeError, OSError):
        file, line = getattr(sys.modules.get(name.partition(":")[0]), "__file__", None), 1
    if file is None or not Path(file).is_relative_to(Path.cwd()):
        return None
    return Path(file).relative_to(Path.cwd()).as_posix(), max(line, 1)


def _imported(name: str, wanted: Wanted) -> Reward:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it
    table = {"use": name, **{key: json_or_text(text) for key, text in wanted.params.items()}}
    defaults = _defaults(wanted)
    return _as_handed_over(from_config({"reward": table}, allow_import=True, defaults=defaults, source=name), wanted)


def _defaults(wanted: Wanted) -> dict[str, object]:
    return {STYLE: wanted.style} | ({} if wanted.tags is None else {TAGS: wanted.tags})


def _as_handed_over(reward: Reward, wanted: Wanted) -> Reward:
    """A reward function of TRL's kind with the name of its gold, and in the shape that it reads."""
    if isinstance(reward, BatchFunction):
        return replace(reward, gold=wanted.gold, chat=wanted.chat if reward.chat is None else reward.chat)
    return reward


def _short(name: str) -> str:
    """A reward's name in a sum."""
    return Path(name).stem if is_file(name) else name.rpartition(":")[2].rpartition(".")[2]
