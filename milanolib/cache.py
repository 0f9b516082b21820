"""The cache as a convenience: when it is away, pages go on without it.

Limits on attempts then rest (a broker that is down must not lock every reader out); each failure is counted and
logged, so that an operator sees it.
"""

from __future__ import annotations

import functools
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)
failures: Counter[str] = Counter()


def _or_else(name: str, answer: Any) -> Callable[..., Any]:
    """Return the backend's method `name`, answering `answer` when the server is away."""
    method = getattr(RedisCache, name)

    @functools.wraps(method)
    def ask(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            failures[name] += 1
            log.warning("cache away at %s: %s (%s so far)", name, type(error).__name__, failures[name])
            return answer

    return ask


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers as an empty one when its server is away."""

    add = _or_else("add", answer=True)
    set = _or_else("set", answer=None)
    touch = _or_else("touch", answer=False)
    delete = _or_else("delete", answer=False)
    has_key = _or_else("has_key", answer=False)
    incr = _or_else("incr", answer=1)
    set_many = _or_else("set_many", answer=[])
    delete_many = _or_else("delete_many", answer=None)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return what is kept under `key`, or `default`: also when the server is away."""
        found = self._get(key, default=None, version=version)
        return default if found is None else found

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """Return what is kept under `keys`; nothing when the server is away."""
        return self._get_many(keys, version=version) or {}

    _get = _or_else("get", answer=None)
    _get_many = _or_else("get_many", answer=None)
