"""Ctrl-C once finishes what is under way and saves; twice stops now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any


class Interrupts:
    """Counts Ctrl-C instead of breaking off; the second one breaks off what may be broken off.

    Signals reach only the main thread, so elsewhere only `stop` counts.
    """

    def __init__(self, stop: Callable[[], bool] | None):
        self.stop = stop
        self.count = 0
        self.breakable = False
        self.before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _hear(self, *_: object) -> None:
        """Ctrl-C: once asks to finish and save, twice stops now."""
        self.count += 1
        if self.now and self.breakable:
            raise KeyboardInterrupt

    @property
    def asked(self) -> bool:
        """Whether to hand out no more jobs."""
        return self.count > 0 or (self.stop is not None and self.stop())

    @property
    def now(self) -> bool:
        """Whether to give up what is under way."""
        return self.count > 1
