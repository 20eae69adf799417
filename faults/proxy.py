"""A network that fails: a way through to a server, which can be cut and can fall silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

# The name under which clients look for PostgreSQL in a folder.
_SOCKET = ".s.PGSQL.5432"
_CHUNK = 64 * 1024


class Proxy:
    """Passes bytes on between sockets in two folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._target = Path()
        self._connections: set[asyncio.Task[None]] = set()
        self._cut = False
        self._flowing = asyncio.Event()
        self._flowing.set()

    def through(self, address: str) -> str:
        """The address of a database by this way, which leads to the server of `address`."""
        (folder,) = parse_qs(urlsplit(address).query)["host"]
        self._target = Path(folder) / _SOCKET
        return address.replace(quote(folder, safe=""), quote(str(self._folder), safe=""))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take connections meanwhile."""
        self._folder.mkdir(mode=0o700, parents=True)
        server = await asyncio.start_unix_server(self._connected, self._folder / _SOCKET)
        try:
            yield
        finally:
            server.close()
            self.cut_connections()

    def cut_connections(self) -> None:
        """Break every connection, wherever it is in its talk. New ones are taken."""
        for connection in self._connections:
            connection.cancel()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Nobody gets through."""
        self._cut = True
        self.cut_connections()
        try:
            yield
        finally:
            self._cut = False

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Connections stay open, and nothing comes through any more; afterwards it does."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._pass_on(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            if self._cut:
                return
            there, back = await asyncio.open_unix_connection(self._target)
            with contextlib.closing(back):
                pumps = [asyncio.create_task(self._pump(*ways)) for ways in ((reader, back), (there, writer))]
                try:
                    await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for pump in pumps:
                        pump.cancel()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
