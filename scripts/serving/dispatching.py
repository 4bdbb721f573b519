"""From Label Studio's webhook to GitHub's repository_dispatch, whose body Label Studio cannot send.

https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
"""

import logging
import threading
from typing import Self

import httpx
from fastapi import BackgroundTasks, FastAPI
from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .protocol import AT_ONCE, CHANGES, WebhookRequest
from .security import BasicAuth, BodyLimit

EVENT = "label-studio"  # what retrain.yml listens to
SECONDS = 30
MAX_BODY = 64 * 2**20  # as the ML backend's
log = logging.getLogger("dispatch")


class Dispatching(BaseSettings):
    """The settings, environment variables all of them."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=9091, ge=1, le=65535)
    github_repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    github_token: SecretStr
    github_api_url: str = "https://api.github.com"
    retrain_each_n_updates: int = Field(default=100, ge=1)
    basic_auth_user: str | None = None
    basic_auth_pass: SecretStr | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.basic_auth_user is None) != (self.basic_auth_pass is None):
            raise ValueError("BASIC_AUTH_USER and BASIC_AUTH_PASS go together: set both or none")
        return self


class Noted(BaseModel):
    """The answer. changes: since GitHub was last asked. asks: whether it is asked now."""

    changes: int
    asks: bool


class Dispatcher:
    """Counts changes of annotations, and asks GitHub to retrain after so many of them."""

    def __init__(self, settings: Dispatching) -> None:
        self._settings = settings
        self._changes = 0
        self._lock = threading.Lock()

    def note(self, action: str) -> Noted:
        """Count an event, and tell whether it is time to ask."""
        with self._lock:
            self._changes += action in CHANGES
            due = action in CHANGES and self._changes >= self._settings.retrain_each_n_updates
            return Noted(changes=self._changes, asks=due or action == AT_ONCE)

    def ask(self) -> None:
        """Ask GitHub. Where it refuses, that is logged, and the changes are counted further."""
        with self._lock:
            taken, self._changes = self._changes, 0
        told = self._post()
        if told is None:
            log.info("GitHub was asked to retrain after %d changes", taken)
            return
        log.warning("%s; %d changes wait for the next time", told, taken)
        with self._lock:
            self._changes += taken

    def _post(self) -> str | None:
        """The dispatch itself; what went wrong, if something did."""
        settings = self._settings
        url = f"{settings.github_api_url.rstrip('/')}/repos/{settings.github_repository}/dispatches"
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {settings.github_token.get_secret_value()}",
        }
        try:
            answer = httpx.post(url, json={"event_type": EVENT}, headers=headers, timeout=SECONDS)
        except httpx.HTTPError as error:
            return f"GitHub did not answer ({type(error).__name__})"
        return None if answer.is_success else f"GitHub answered HTTP {answer.status_code}"


def create_app(settings: Dispatching) -> FastAPI:
    """The application: Label Studio's webhook, and whether it runs."""
    app = FastAPI(title="From Label Studio's webhook to GitHub")
    dispatcher = Dispatcher(settings)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "UP"}

    @app.post("/webhook")
    def webhook(request: WebhookRequest, later: BackgroundTasks) -> Noted:
        """Note an event. Label Studio waits a second for the answer: GitHub is asked after it."""
        noted = dispatcher.note(request.action)
        if noted.asks:
            later.add_task(dispatcher.ask)
        return noted

    app.add_middleware(BodyLimit, limit=MAX_BODY)
    if settings.basic_auth_user is not None and settings.basic_auth_pass is not None:
        password = settings.basic_auth_pass.get_secret_value()
        app.add_middleware(BasicAuth, user=settings.basic_auth_user, password=password)
    return app
