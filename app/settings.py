"""Everything about the service that can be set, in one table, from ``THOMAS_…`` variables.

``THOMAS_PORT=9000 thomas-test serve`` sets ``port``; no settings file is read.
"""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.workers import cores
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
    workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Processes that decode and measure, one photo each at a time; "
        "0 stands for as many as there are cores.",
    )
    worker_memory_mb: int = Field(
        default=4000,
        ge=500,
        description="What each may allocate, megabytes; six photos of 60 megapixels take 3000.",
    )
    photo_seconds: float = Field(
        default=60,
        gt=0,
        description="A photo that takes longer is given up with 422, and its process replaced.",
    )
    max_pending: int = Field(
        default=16,
        ge=1,
        description="Photos held in memory, waiting ones included; beyond it the answer is 503.",
    )
    wait_seconds: float = Field(
        default=60,
        gt=0,
        description="A photo that has waited longer for a process is answered with 503.",
    )
    max_connections: int = Field(
        default=500, ge=1, description="Connections at a time; on more the answer is 503."
    )
    shutdown_seconds: int = Field(
        default=30, ge=0, description="When stopped, photos in hand are finished for so long."
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
    def worker_count(self) -> int:
        """Processes that decode and measure."""
        return self.workers or cores()

    @property
    def max_upload_bytes(self) -> int:
        """Largest photo file, bytes."""
        return int(self.max_upload_mb * 1e6)
