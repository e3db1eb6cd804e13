"""No process of ours outlives us, however we went."""

import subprocess


class Guard:
    """A watcher that ends process *pid* when we are gone: our death closes its standard input."""

    def __init__(self, pid: int) -> None:
        watch = ["/bin/sh", "-c", 'read _; kill -9 "$0"', str(pid)]
        self._watcher = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)

    def dismiss(self) -> None:
        """Watch no more: the process has ended, and another may come to have its number."""
        self._watcher.kill()  # before its standard input closes, which it would take for our death
        self._watcher.wait()
        if self._watcher.stdin:
            self._watcher.stdin.close()
