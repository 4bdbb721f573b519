"""The connection to a Label Studio server, and what its errors mean to the user."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..project.errors import UserError

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

KEY = "LABEL_STUDIO_API_KEY"  # the name of a variable
_TOKEN_REMEDY = (
    f"Copy it again (Label Studio: Account & Settings) into {KEY}: a personal access token, or a "
    "legacy token where the organization allows these."
)


class Address(BaseSettings):
    """Where Label Studio is and who we are there: from the environment alone.

    url: `LABEL_STUDIO_URL`, or `LABEL_STUDIO_HOST` as Label Studio's own backends call it.
    api_key: `LABEL_STUDIO_API_KEY`, a personal access token or a legacy token. It is never put
        into project.yml, whose values weasel prints and keeps in project.lock.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    url: str = Field(
        "http://localhost:8080",
        validation_alias=AliasChoices("LABEL_STUDIO_URL", "LABEL_STUDIO_HOST"),
    )
    api_key: SecretStr = Field(SecretStr(""), validation_alias=KEY)


class Studio(NamedTuple):
    """A server that answers, and its address without credentials."""

    client: "LabelStudio"
    url: str


def connect(address: Address | None = None, *, timeout: float = 60.0) -> Studio:
    """A client of the server that the environment names, after a first call to it.

    The SDK takes either kind of token: for a personal access token, which is a refresh token, it
    fetches a new access token every five minutes.

    timeout: seconds for each call. Raises UserError when the server is not there or the token is
    not right.
    """
    # Imported here: the import takes over a second.
    from label_studio_sdk import LabelStudio  # noqa: PLC0415

    address = address or Address()  # type: ignore[call-arg]  # from the environment
    url = clean_url(address.url)
    with explain_errors(url):
        key = _checked(address.api_key)
        # Without the slash the SDK asks for tokens beside the address's path, not below it.
        client = LabelStudio(base_url=f"{url}/", api_key=key, timeout=timeout)
        client.users.whoami()
    return Studio(client, url)


def clean_url(text: str, name: str = "LABEL_STUDIO_URL") -> str:
    """An address with http:// and without credentials, query and slash at its end.

    name: of the setting, for the UserError when it has no host.
    """
    text = text.strip()
    parts = urlsplit(text if "://" in text else f"http://{text}")
    host = parts.netloc.rpartition("@")[2]
    if not host or parts.scheme not in ("http", "https"):
        raise UserError(f"{name} is no address of a server.", "Give one as http://localhost:8080.")
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def _checked(secret: SecretStr) -> str:
    """The token. One that no HTTP header can hold would be quoted in httpx's error."""
    key = secret.get_secret_value().strip()
    if not key:
        raise UserError(f"{KEY} is not set.", _TOKEN_REMEDY)
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UserError(f"{KEY} is no token: it has characters that none has.", _TOKEN_REMEDY)
    return key


@contextmanager
def explain_errors(url: str, what: str = "it") -> Iterator[None]:
    """Raise what the client raises in the block as a UserError; headers never stand in one.

    what: what is asked for, for the error of a server that does not have it.
    """
    from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415

    try:
        yield
    except httpx.TimeoutException as error:
        raise UserError(
            f"Label Studio at {url} did not answer in time ({type(error).__name__}).",
            "Run the same command again; if it stays so, look at the server's log.",
        ) from None
    except httpx.TransportError as error:
        raise UserError(
            f"There is no Label Studio at {url} ({type(error).__name__}: {error}).",
            "Start it, or correct LABEL_STUDIO_URL.",
        ) from None
    except ApiError as error:
        raise _explained(error, url, what) from None
    except JSONDecodeError:  # the SDK decodes the answer to a token's refresh unseen
        raise _no_label_studio(url) from None


def _explained(error: Any, url: str, what: str) -> UserError:
    status, body = error.status_code, error.body
    detail = _detail(body)
    if status == 401:
        return UserError(f"Label Studio at {url} refuses the token{detail}", _TOKEN_REMEDY)
    if status == 403:
        return UserError(
            f"Label Studio at {url} does not let you have {what}{detail}",
            "Ask for the rights, or take the token of somebody who has them.",
        )
    if status == 404 and isinstance(body, dict):
        return UserError(f"Label Studio at {url} does not have {what}{detail}", "Correct it.")
    if status is None or not isinstance(body, dict | list):
        return _no_label_studio(url, status)
    return UserError(
        f"Label Studio at {url} answered {status} to {what}{detail}",
        "Its log says more (500 and above), or the request was wrong (400).",
    )


def _detail(body: Any) -> str:
    """What an answer says of its reason, on one line, without HTML; empty for another answer."""
    if isinstance(body, dict):
        body = body.get("validation_errors") or body.get("detail") or body
    elif not isinstance(body, list):
        return ""
    text = re.sub(r"<[^>]*>", "", str(body))
    return f": {' '.join(text.split())[:400]}"


def _no_label_studio(url: str, status: int | None = None) -> UserError:
    return UserError(
        f"What answers at {url} is no Label Studio" + (f" (status {status})." if status else "."),
        "Correct LABEL_STUDIO_URL.",
    )
