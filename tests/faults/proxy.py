"""A TCP proxy between workers and a broker, which can cut a response in the middle or fall silent."""

import asyncio
import threading
from contextlib import suppress

LEAST = 200  # bytes in a response worth cutting


class Proxy:
    """Listens on loopback *port* and passes everything to and from *target*, until told otherwise."""

    def __init__(self, port: int, target: int) -> None:
        self._port, self._target = port, target
        self._cuts = 0
        self.cut = 0  # how many responses were
        self._loop = asyncio.new_event_loop()
        self._loud = asyncio.Event()
        self._loud.set()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def cut_next(self, count: int) -> None:
        """Of the next *count* responses only the first half arrives; then their connections are gone."""
        self._loop.call_soon_threadsafe(self._arm, count)

    def _arm(self, count: int) -> None:
        self._cuts = count

    def silence(self, silent: bool) -> None:
        """Keep every connection open and pass nothing on, or go on with what was kept back."""
        self._loop.call_soon_threadsafe(self._loud.clear if silent else self._loud.set)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", self._port))
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _connected(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            broker, there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            back.close()
            return
        ways = [asyncio.ensure_future(self._pass(client, there)), asyncio.ensure_future(self._pass(broker, back, True))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for writer in (there, back):
            writer.close()
        for way in ways:
            way.cancel()

    async def _pass(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, answers: bool = False) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                await self._loud.wait()
                if answers and self._cuts and len(data) >= LEAST:
                    self._cuts, self.cut = self._cuts - 1, self.cut + 1
                    to.write(data[: len(data) // 2])
                    await to.drain()
                    return
                to.write(data)
                await to.drain()
