"""Work side by side, of which no lane (an account in a region) can take all threads: AWS throttles each by itself."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Lane = Hashable
Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(
    items: Iterable[Item],
    lane: Callable[[Item], Lane],
    work: Callable[[Item], Result],
    most: int,
    pool: Executor | None = None,
) -> Iterator[Result]:
    """What `work` returns of each item, as it comes in; `most`: so many at once; `pool`: threads that others use too.

    Lanes take turns, and each has but its even share of the threads, of all lanes that have something left to begin: a
    lane whose calls wait holds up no other, and the last one may have all. Nothing is begun after what an item raises.
    """
    left: dict[Lane, deque[Item]] = {}
    for item in items:
        left.setdefault(lane(item), deque()).append(item)
    turns, busy, running = deque(left), Counter[Lane](), dict[Future[Result], Lane]()
    threads = pool or ThreadPoolExecutor(most)

    def begin() -> None:
        while len(running) < most and _turn(turns, busy, most):
            mine = turns[-1]
            busy[mine] += 1
            running[threads.submit(work, left[mine].popleft())] = mine
            if not left[mine]:
                turns.pop()

    try:
        begin()
        while running:
            done = wait(running, return_when=FIRST_COMPLETED).done
            busy.subtract(running.pop(future) for future in done)
            begin()
            for future in done:
                yield future.result()
    finally:
        _end(running, None if pool else threads)


def _end(running: Iterable[Future[Result]], threads: Executor | None) -> None:
    """Begin nothing more, and wait for what has begun, if the threads are nobody else's."""
    for future in running:
        future.cancel()
    if threads:
        threads.shutdown()


def _turn(turns: deque[Lane], busy: Counter[Lane], most: int) -> bool:
    """Bring to the end a lane that may begin one more; whether there is any. No more than `most` are busy."""
    for _ in range(len(turns)):
        turns.rotate(-1)
        if busy[turns[-1]] < -(-most // len(turns)):
            return True
    return False
