"""Everything about the service that can be set, in one table, from ``THOMAS_…`` variables.

``THOMAS_PORT=9000 thomas-test serve`` sets ``port``; no settings file is read.
"""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vision.photo import MAX_BYTES


class Settings(BaseSettings):
    """Settings of the HTTP service; each is documented by its description."""

    model_config = SettingsConfigDict(env_prefix="THOMAS_", frozen=True, extra="ignore")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. The default is reached from this machine only.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one."
    )
    max_upload_mb: float = Field(
        default=MAX_BYTES / 1e6,
        gt=0,
        le=MAX_BYTES / 1e6,
        description="Largest photo file, megabytes. Larger ones are answered with 413.",
    )
    parallel: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Photos decoded and measured at the same time; others wait.",
    )
    max_pending: int = Field(
        default=16,
        ge=1,
        description="Photos held in memory, waiting ones included; beyond it the answer is 503.",
    )

    rules: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Own rule-sets: TOML files, separated by colons (on Windows semicolons).",
    )

    @field_validator("rules", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value
        )

    @property
    def max_upload_bytes(self) -> int:
        """Largest photo file, bytes."""
        return int(self.max_upload_mb * 1e6)
