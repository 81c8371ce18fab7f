"""Rewards of installed packages, declared in the entry-point group `vireward.rewards`.

Example row: the entry `mentions_price = "shop_rewards:MentionsPrice"` of the distribution `shop-rewards` is the reward
`shop-rewards:mentions_price`.
"""

import itertools
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vireward.errors import BadParameter, BrokenPlugin
from vireward.signatures import kind_of

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "vireward.rewards"
SWITCH = "VIREWARD_PLUGINS"  # the environment variable that turns all of them off
NAME = re.compile(r"[a-z][a-z0-9_]*")
_SWITCHED = {"": True, "1": True, "on": True, "true": True, "yes": True}
_SWITCHED |= {"0": False, "off": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Plugin:
    """A reward that another package declares.

    Attributes:
        distribution: The package's name as it is installed, in lower case with hyphens.
        name: The name that it gives its reward.
        target: Where the reward is, as `module:attribute`.
    """

    distribution: str
    name: str
    target: str

    @property
    def full_name(self) -> str:
        """The name that no other package can take."""
        return f"{self.distribution}:{self.name}"


def enabled() -> bool:
    """Whether rewards of other packages are looked for: unless `VIREWARD_PLUGINS` is `off` in the environment.

    Raises:
        BadParameter: the variable is neither on nor off.
    """
    given = os.environ.get(SWITCH, "")
    if given.casefold() not in _SWITCHED:
        raise BadParameter(f"{SWITCH}={given!r}: must be on or off")
    return _SWITCHED[given.casefold()]


def installed() -> list[Plugin]:
    """The rewards that installed packages declare, by full name; none of them is loaded."""
    if not enabled():
        return []
    targets: dict[tuple[str, str], set[str]] = {}
    for entry in _entries():
        targets.setdefault((_distribution(entry), entry.name), set()).add(entry.value)
    # Several targets of one name are told by `load`, as the one that they cannot be.
    return [Plugin(*named, " and ".join(sorted(found))) for named, found in sorted(targets.items())]


def load(plugin: Plugin) -> Callable[..., Any]:
    """Import a plug-in's reward class or function.

    Raises:
        BrokenPlugin: its package cannot be imported or has no such attribute, or that is no reward.
    """
    from importlib.metadata import EntryPoint

    owner = f"plug-in reward {plugin.full_name!r}"
    if not NAME.fullmatch(plugin.name):
        raise BrokenPlugin(f"{owner}: a name is lower-case letters, digits and underscores")
    if not EntryPoint.pattern.match(plugin.target):
        raise BrokenPlugin(f"{owner}: must be declared as one module:attribute, got {plugin.target!r}")
    try:
        factory: Callable[..., Any] = EntryPoint(plugin.name, plugin.target, GROUP).load()
        kind_of(owner, factory)
    except BadParameter as error:
        raise BrokenPlugin(str(error)) from error
    except KeyboardInterrupt:  # the one exception that is not the plug-in's
        raise
    except BaseException as error:  # it is someone else's code, and the others are still to be used
        told = ": ".join(filter(None, [type(error).__name__, " ".join(str(error).split())[:200]]))
        raise BrokenPlugin(f"{owner}: {plugin.target} cannot be loaded: {told}") from error
    return factory


def hyphened(distribution: str) -> str:
    """A distribution's name in the one spelling that package indexes hold for equal.

    >>> hyphened("Shop_Rewards.vi")
    'shop-rewards-vi'
    """
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _entries() -> "Iterable[EntryPoint]":
    """The entry points of the group."""
    from importlib.metadata import distributions, entry_points  # costs 20 ms, and `import vireward` needs none of it

    try:
        return entry_points(group=GROUP)
    except Exception:  # one package with unreadable metadata, whatever it is, and Python gives none at all
        found: dict[str, EntryPoints] = {}
        for distribution in distributions():
            with suppress(Exception):
                found.setdefault(hyphened(distribution.name), distribution.entry_points.select(group=GROUP))
        return itertools.chain.from_iterable(found.values())


def _distribution(entry: "EntryPoint") -> str:
    """The name of the package that an entry point belongs to, even where its metadata has lost it."""
    try:
        return hyphened(entry.dist.name)  # type: ignore[union-attr]  # caught below
    except Exception:
        return "unnamed"
