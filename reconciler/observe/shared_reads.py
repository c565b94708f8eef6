"""One pass over places: what is read of a whole account or region is read once, what is read of each side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock, RLock
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

from reconciler.resources.place import Entered

Item = TypeVar("Item")
Read = TypeVar("Read")


class Reading(Generic[Read]):
    """One read, made by whoever asks first; the others wait for it. What went wrong is kept too, and is raised anew."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._value: list[Read] = []
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.error = error

    def of(self, read: Callable[[], Read]) -> Read:
        """What `read` returns or raises, or has for somebody before."""
        with self._lock:
            if self.error is not None:
                raise self.error
            if not self._value:
                with self:
                    self._value.append(read())
            return self._value[0]


class AnybodysReading(Reading[Read]):
    """The same where several read the same in accounts of their own: what goes wrong in one says nothing of others."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        pass


class Memory:
    """What has been read of one place in this pass."""

    def __init__(self, reading: type[Reading[Any]] = Reading) -> None:
        self._lock = Lock()
        self._reading = reading
        self._readings: dict[str, Reading[Any]] = {}

    def once(self, key: str, read: Callable[[], Read]) -> Read:
        """As `Place.once`."""
        with self._lock:
            reading = cast("Reading[Read]", self._readings.setdefault(key, self._reading()))
        return reading.of(read)

    def forget_failures(self) -> None:
        """What failed is read again."""
        with self._lock:
            self._readings = {key: one for key, one in self._readings.items() if one.error is None}


@dataclass(frozen=True)
class SharedPlace:
    """A `Place`: an account in a region as it was entered, with the pass's memory of it and its threads.

    common: the pass's memory of what is alike in every account of the partition
    """

    entered: Entered
    memory: Memory
    pool: Executor
    common: Memory

    @property
    def account(self) -> str:
        """The account's twelve digits."""
        return self.entered.account

    @property
    def region(self) -> str:
        """Where regional services are asked."""
        return self.entered.region

    @property
    def partition(self) -> str:
        """The partition of AWS."""
        return self.entered.partition

    def client(self, service: str, region: str = "") -> Any:
        """As `Entered.client`."""
        return self.entered.client(service, region)

    def once(self, key: str, read: Callable[[], Read]) -> Read:
        """As `Place.once`."""
        return self.memory.once(key, read)

    def once_everywhere(self, key: str, read: Callable[[], Read]) -> Read:
        """As `Place.once_everywhere`."""
        return self.common.once(f"{self.partition} {key}", read)

    def side_by_side(self, read: Callable[[Item], Read], items: Iterable[Item]) -> list[Read]:
        """As `Place.side_by_side`.

        What no thread has begun with when its turn comes is read here: so nobody ever waits for a thread to become
        free, and the pool's bound is that of all.
        """
        futures = [(item, self.pool.submit(read, item)) for item in items]
        try:
            return [read(item) if future.cancel() else future.result() for item, future in futures]
        finally:
            for _, future in futures:
                future.cancel()


@dataclass
class Memories:
    """The memory of each place, kept from its first look to its last. `left`: how many looks are to come."""

    left: Counter[tuple[str, str]]
    common: Memory = field(default_factory=lambda: Memory(AnybodysReading))
    _lock: Lock = field(default_factory=Lock)
    _of: dict[tuple[str, str], Memory] = field(default_factory=dict)

    def of(self, account: str, region: str) -> Memory:
        """The memory of a place."""
        with self._lock:
            return self._of.setdefault((account, region), Memory())

    def done(self, account: str, region: str) -> None:
        """A look is over; after the last one nothing is remembered, since answers may be large."""
        with self._lock:
            self.left[account, region] -= 1
            if not self.left[account, region]:
                self._of.pop((account, region), None)
