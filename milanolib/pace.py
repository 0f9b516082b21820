"""How often somebody may ask: counted in the cache, which may be lost; then nobody is held up."""

from __future__ import annotations

from django.core.cache import cache
from redis.exceptions import RedisError


def is_spent(name: str, *, allowed: int) -> bool:
    """Say whether as many as are allowed have been counted for `name`. False where the cache cannot be asked."""
    try:
        return int(cache.get(name) or 0) >= allowed
    except (RedisError, OSError):
        return False


def is_within(name: str, *, allowed: int, seconds: int) -> bool:
    """Count one more for `name` and say whether it is among the first `allowed` within so many seconds.

    True where the cache cannot be asked.
    """
    try:
        cache.add(name, 0, seconds)
        return int(cache.incr(name)) <= allowed
    except (RedisError, OSError, ValueError):  # ValueError: the count ran out between the two calls
        return True
