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
    `lost_by` alone tells.

    Attributes:
        lost_by: The error by which the session was found to be gone; None: it is there.
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
        self.lost_by: psycopg.Error | None = None
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """Ask no more; from here on nothing is interrupted.

        Returns:
            Whether the session is free: not when the server never answered, and then
            whoever uses it waits for as long.
        """
        with self._guard:
            self._is_over.set()
        if self._is_main:
            signal.signal(_SIGNAL, self._handler_before)
        self._thread.join(_JOIN_SECONDS)
        return not self._thread.is_alive()

    def _beat(self) -> None:
        while not self._is_over.wait(BEAT_SECONDS):
            try:
                self._session.execute("select 1")
            except psycopg.Error as error:
                with self._guard:
                    if not self._is_over.is_set():
                        self.lost_by = error
                        self._interrupt()
                return

    def _interrupt(self) -> None:
        main = threading.main_thread().ident
        if self._is_main and main is not None:
            signal.pthread_kill(main, _SIGNAL)
