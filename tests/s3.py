"""A real S3 server of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

WANTED = "needs pip install moto flask-cors"


@contextmanager
def s3_server() -> Iterator[None]:
    """Run one on a free port; the environment says where it is, and with which keys."""
    server = pytest.importorskip("moto.server", reason=WANTED).ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        yield
    server.stop()
