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
    from collections.abc import Callable

log = logging.getLogger(__name__)
failures: Counter[str] = Counter()


def _or_else(answer: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the backend's method `name` with what it answers when the server is away."""
    method = getattr(RedisCache, name)

    @functools.wraps(method)
    def ask(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            failures[name] += 1
            log.warning("cache away at %s: %s (%s so far)", name, type(error).__name__, failures[name])
            return answer(*args, **kwargs)

    return ask


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers as an empty one when its server is away."""

    add = _or_else(lambda *args, **kwargs: True, "add")
    get = _or_else(lambda key, default=None, **kwargs: default, "get")
    set = _or_else(lambda *args, **kwargs: None, "set")
    touch = _or_else(lambda *args, **kwargs: False, "touch")
    delete = _or_else(lambda *args, **kwargs: False, "delete")
    has_key = _or_else(lambda *args, **kwargs: False, "has_key")
    incr = _or_else(lambda key, delta=1, **kwargs: delta, "incr")
    get_many = _or_else(lambda *args, **kwargs: {}, "get_many")
    set_many = _or_else(lambda data, **kwargs: list(data), "set_many")
    delete_many = _or_else(lambda *args, **kwargs: None, "delete_many")
