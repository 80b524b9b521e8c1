"""A session that is asked every now and then whether it is still there."""

import signal
import threading
from typing import Any

import psycopg

#: A job works on for so long at most after its lock is gone.
BEAT_SECONDS = 2.0
# A server that does not answer is not waited for when the job ends.
_JOIN_SECONDS = 1.0
# SIGINT is ignored by what a shell runs in the background.
_SIGNAL = getattr(signal, "SIGUSR1", signal.SIGINT)


class Heartbeat:
    """Asks a session from a thread of its own; when it is gone, the job is interrupted.

    A job that runs in another thread than the main one cannot be interrupted: there
    `is_lost` alone tells.
    """

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        """Begin to ask; the current thread is the job's."""
        self._session = session
        self._guard = threading.Lock()
        self._is_over = threading.Event()
        self._is_main = threading.current_thread() is threading.main_thread()
        self._handler_before: Any = None
        if self._is_main:
            self._handler_before = signal.signal(_SIGNAL, signal.default_int_handler)
        self.is_lost = False
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; from here on nothing is interrupted."""
        with self._guard:
            self._is_over.set()
        if self._is_main:
            signal.signal(_SIGNAL, self._handler_before)
        self._thread.join(_JOIN_SECONDS)

    def _beat(self) -> None:
        while not self._is_over.wait(BEAT_SECONDS):
            try:
                self._session.execute("select 1")
            except psycopg.Error:
                with self._guard:
                    if not self._is_over.is_set():
                        self._interrupt()
                return

    def _interrupt(self) -> None:
        self.is_lost = True
        main = threading.main_thread().ident
        if self._is_main and main is not None:
            signal.pthread_kill(main, _SIGNAL)
