"""The settings of `serve`: environment variables, named as in Label Studio's own examples."""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..project.errors import UserError

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Settings = TypeVar("Settings", bound=BaseSettings)
QUEUES = ("redis://", "rediss://", "unix://", "postgresql://", "postgres://")


def _check_queue(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and not url.get_secret_value().startswith(QUEUES):
        raise ValueError(f"begins with none of {', '.join(QUEUES)}")
    return url


class Environment(BaseSettings):
    """All settings of `serve`, checked; a variable that is set to nothing counts as not set."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, protected_namespaces=()
    )

    host: str = "127.0.0.1"
    port: int = Field(default=9090, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=256)
    threads: int = Field(default=8, ge=1, le=1024)
    scores: bool = False
    spacy_model: str | None = None
    baseline_model_name: str | None = None
    finetuned_model_name: str = "finetuned_model"
    model_dir: Path = Path("models")
    basic_auth_user: str | None = None
    basic_auth_pass: SecretStr | None = None
    log_level: Annotated[Level, BeforeValidator(str.upper)] = "INFO"
    label_studio_host: str | None = Field(
        default=None, validation_alias=AliasChoices("label_studio_url", "label_studio_host")
    )
    label_studio_api_key: SecretStr | None = None
    start_training_each_n_updates: int = Field(default=10, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    num_train_epochs: int | None = Field(default=None, ge=1)
    weight_decay: float | None = Field(default=None, ge=0)
    debounce_seconds: float = Field(default=10, ge=0)
    max_wait_seconds: float = Field(default=300, ge=0)
    queue_url: Annotated[SecretStr, AfterValidator(_check_queue)] = SecretStr("")
    max_body_mb: int = Field(default=64, ge=1)

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.basic_auth_user is None) != (self.basic_auth_pass is None):
            raise ValueError("BASIC_AUTH_USER and BASIC_AUTH_PASS go together: set both or none")
        return self

    @property
    def password(self) -> str:
        """The password of basic auth, empty without one."""
        return self.basic_auth_pass.get_secret_value() if self.basic_auth_pass else ""

    @property
    def api_key(self) -> str:
        """Label Studio's API key, empty without one."""
        return self.label_studio_api_key.get_secret_value() if self.label_studio_api_key else ""


def read_environment() -> Environment:
    """The settings of this process. Raises UserError for a value that is impossible."""
    return read_settings(Environment, "README.md")


def read_settings(kind: type[Settings], page: str) -> Settings:
    """Settings from the environment. page: where they are listed.

    Raises UserError for a value that is impossible or missing.
    """
    try:
        return kind()
    except ValidationError as error:
        # The values stay out of the message: one of them may be a secret.
        faults = [
            f"{'/'.join(map(str, fault['loc'])).upper() or 'Settings'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise UserError(
            "; ".join(faults) + ".",
            f"Correct the environment variable. {page} has the table of settings.",
        ) from None
