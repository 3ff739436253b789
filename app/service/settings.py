"""All settings of the service, in one table.

``THOMAS_PORT=9000 thomas-test serve`` sets ``port``. A TOML file, named by ``--config`` or
``THOMAS_CONFIG``, sets the rest: ``port = 9000``.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from limits import parse
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from app.processes import cores
from app.service.keys import read_key_file, read_keys
from app.service.logging import LogFormat
from vision.backends.engines import Backend, chosen_engine
from vision.errors import InvalidOption
from vision.photo import MAX_BYTES

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
"""Loopback addresses and host names."""
PREFIX: Final = "THOMAS_"
UNLIMITED: Final = "off"
NEEDS_KEYS: Final = (
    "Others can reach the service, so it needs keys: make one by `thomas-test keys new NAME`, put "
    "the line into a file and name that by --keys-file. If really everybody who reaches it may "
    "use it, say --without-keys."
)

Words = Annotated[tuple[str, ...], NoDecode]
"""Several words; in the environment, separated by commas or spaces."""


class Settings(BaseSettings):
    """Settings of the HTTP service; each is documented by its description."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    config: Path | None = Field(
        default=None,
        description="TOML file of settings, with the names in this table. The command line and the "
        "environment take precedence.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. The default can be reached from this machine only.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one."
    )
    keys_file: Path | None = Field(
        default=None,
        description="Key file, one NAME:sha256:… per line. It is reloaded when it changes.",
    )
    keys: Words = Field(
        default=(), description="Keys in the same form, separated by commas or spaces."
    )
    without_keys: bool = Field(
        default=False,
        description="Admit everybody who can reach the service, even if other machines can reach "
        "it.",
    )
    rate_limit: str = Field(
        default="600/minute",
        description="Requests accepted for each key, and for each address without a key; more "
        "get 429. Static files and health checks do not count. `off` means no limit.",
    )
    allowed_hosts: Words = Field(
        default=(),
        description="Host names of the service, without port; those of the loopback address are "
        "added. Setting it means that others can reach the service. By default, only the loopback "
        "names are accepted on the loopback address, and any name on other addresses.",
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses or networks of the proxies in front, whose X-Forwarded-For and "
        "X-Forwarded-Proto are trusted. Setting it means that others can reach the service.",
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[^/?#\s]+)*$",
        description="Prefix under which the proxy serves it, such as /thomas; the proxy strips it "
        "before forwarding.",
    )
    cors_origins: Words = Field(
        default=(),
        description="Origins of other sites whose pages may use the API, such as "
        "https://records.example.",
    )
    log_format: LogFormat = Field(
        default="auto",
        description="`json`, `text`, or `auto`: text on a terminal, otherwise one JSON object per line.",
    )
    max_upload_mb: float = Field(
        default=MAX_BYTES / 1e6,
        gt=0,
        le=MAX_BYTES / 1e6,
        description="Largest photo file, megabytes. Larger ones get 413.",
    )
    workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Processes that decode and measure, one photo at a time each; "
        "0 means one per core.",
    )
    worker_memory_mb: int = Field(
        default=4000,
        ge=500,
        description="Memory limit of each worker, megabytes; six photos of 60 megapixels take 3000.",
    )
    backend: Backend = Field(
        default="auto",
        description="Engine that runs the pose model: `mediapipe`, `litert`, or `auto`: MediaPipe where "
        "it is installed, otherwise LiteRT.",
    )
    photo_seconds: float = Field(
        default=60,
        gt=0,
        description="Time limit per photo, seconds; a photo that takes longer gets 422, and its "
        "process is replaced.",
    )
    max_pending: int = Field(
        default=16,
        ge=1,
        description="Photos held in memory, including waiting ones; further ones get 503.",
    )
    wait_seconds: float = Field(
        default=60,
        gt=0,
        description="Longest wait for a process, seconds; then the photo gets 503.",
    )
    max_connections: int = Field(
        default=500, ge=1, description="Simultaneous connections; further ones get 503."
    )
    shutdown_seconds: int = Field(
        default=30, ge=0, description="Time to finish photos in hand after a stop, seconds."
    )

    rules: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Custom rule-sets: TOML files, separated by semicolons; except on Windows, also by colons.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic's own hook
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use arguments first, then the environment, then the file that one of them names."""
        assert isinstance(init_settings, InitSettingsSource)
        file = init_settings.init_kwargs.get("config") or os.environ.get(f"{PREFIX}CONFIG")
        if not file:
            return init_settings, env_settings
        path = Path(str(file))
        # A mistyped name must not silently select the defaults.
        if not path.is_file():
            raise FileNotFoundError(f"There is no file of settings {str(file)!r}.")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)

    @field_validator("rules", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        # On Windows, a path begins with the letter of a drive and a colon.
        between = ";" if sys.platform == "win32" else "[;:]"
        return list(filter(None, re.split(between, value))) if isinstance(value, str) else value

    @field_validator("keys", "allowed_hosts", "trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("keys")
    @classmethod
    def _are_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        read_keys("\n".join(value))
        return value

    @field_validator("keys_file")
    @classmethod
    def _holds_keys(cls, value: Path | None) -> Path | None:
        try:
            if value is not None:
                read_key_file(value)
        except OSError as error:
            raise ValueError(f"The file of keys cannot be read: {error.strerror}.") from error
        return value

    @field_validator("backend")
    @classmethod
    def _is_installed(cls, value: Backend) -> Backend:
        try:
            chosen_engine(value)
        except InvalidOption as error:
            raise ValueError(error.message) from error
        return value

    @field_validator("rate_limit")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        if value != UNLIMITED:
            parse(value)
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> "Settings":
        """Reject settings that would admit strangers by mistake."""
        if self.needs_keys and self.without_keys:
            raise ValueError("There are keys, and without_keys: one of them must go.")
        if self.reachable and not self.needs_keys and not self.without_keys:
            raise ValueError(NEEDS_KEYS)
        return self

    @property
    def worker_count(self) -> int:
        """Number of processes that decode and measure."""
        return self.workers or cores()

    @property
    def max_upload_bytes(self) -> int:
        """Largest photo file, bytes."""
        return int(self.max_upload_mb * 1e6)

    @property
    def needs_keys(self) -> bool:
        """Whether a key is required."""
        return bool(self.keys or self.keys_file)

    @property
    def reachable(self) -> bool:
        """Whether other machines may reach the service, directly or through a proxy."""
        named = {name.lower() for name in self.allowed_hosts}
        return bool(self.host not in LOOPBACK or self.trusted_proxies or named - {*LOOPBACK})

    @property
    def hosts(self) -> frozenset[str]:
        """Accepted host names; empty means any."""
        # Another site can resolve its own name to 127.0.0.1 (DNS rebinding), and
        # would then be this service's own page for the browser.
        own = LOOPBACK if self.host in LOOPBACK or self.allowed_hosts else ()
        return frozenset(name.lower() for name in (*own, *self.allowed_hosts))


def what_is_wrong(error: ValidationError) -> str:
    """Describe faults of settings without their values, which may include a key."""
    found = []
    for one in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in one["loc"])
        text = one["msg"].removeprefix("Value error, ")
        found.append(f"The setting {name}: {text}" if name else text)
    return " ".join(found)


def describe_settings() -> Iterator[tuple[str, str, str, str]]:
    """Yield name, environment variable, default and description of every setting."""
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        if isinstance(default, float):
            default = f"{default:g}"
        said = "" if default in (None, (), "") else str(default)
        yield name, f"{PREFIX}{name.upper()}", said, field.description or ""


def settings_document() -> str:
    """Return ``docs/settings.md``, generated from the settings."""
    lines = [
        "# Settings",
        "",
        "Generated by `thomas-test settings --markdown`; do not edit.",
        "",
        "Settings come from the command line of `thomas-test serve` (if it has the option), from environment",
        "variables, or from a TOML file named by `--config` or `THOMAS_CONFIG`, in this order of precedence.",
        "Unknown names in the file are rejected. In TOML, several values are a list:",
        '`allowed_hosts = ["thomas.clinic.example"]`.',
        "",
        "| name | environment | default | meaning |",
        "|---|---|---|---|",
    ]
    for name, variable, default, text in describe_settings():
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{name}` | `{variable}` | {shown} | {text} |")
    return "\n".join(lines) + "\n"
