"""A proxy in front of a server whose connections break."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

BLOCK = 4096


class CuttingProxy:
    """Forwards connections to a server, and spoils some of them.

    cuts: how many connections are closed when `limit` bytes of answers have gone through them;
    later ones are left alone. stall: these stay open instead, and nothing comes any more.
    """

    def __init__(self, server: str, *, cuts: int, limit: int, stall: bool = False) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "", parts.port or 80)
        self.cuts, self.limit, self.stall = cuts, limit, stall
        self.asked = bytearray()  # all that clients sent
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        with suppress(OSError):  # close alone would leave the thread in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._open):
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                for target in (self._forward, self._answer):
                    threading.Thread(target=target, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while block := client.recv(BLOCK):
                self.asked += block
                server.sendall(block)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        sent = 0
        with suppress(OSError):
            while block := server.recv(BLOCK):
                if self.cuts and sent + len(block) > self.limit:
                    self.cuts -= 1
                    client.sendall(block[: max(self.limit - sent, 0)])
                    if self.stall:
                        return
                    break
                client.sendall(block)
                sent += len(block)
            for one in (client, server):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(server: str, *, cuts: int, limit: int, stall: bool = False) -> Iterator[CuttingProxy]:
    """Such a proxy, for a while."""
    proxy = CuttingProxy(server, cuts=cuts, limit=limit, stall=stall)
    try:
        yield proxy
    finally:
        proxy.close()
