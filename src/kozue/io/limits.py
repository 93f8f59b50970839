"""What the readers accept at most; every door may pass its own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MIB = 1 << 20
GIB = 1 << 30


class Limits(BaseModel):
    """Bounds that keep time and memory finite whatever the input is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_file_bytes: int = Field(
        default=64 * GIB, ge=1, description="Size of a file, also after unpacking (bytes)."
    )
    max_line_bytes: int = Field(
        default=MIB, ge=64, description="Length of a line or of a quoted record (bytes)."
    )
    max_smiles_chars: int = Field(default=2000, ge=1, description="Length of a SMILES (characters).")
    max_text_chars: int = Field(
        default=20_000_000, ge=1, description="Length of any other cell or structure (characters)."
    )
    max_columns: int = Field(default=2000, ge=1, description="Columns of a table.")
    max_members: int = Field(default=1000, ge=1, description="Files in an archive.")
    max_total_bytes: int = Field(default=2 * GIB, ge=1, description="Unpacked size of an archive (bytes).")
    max_ratio: int = Field(default=100, ge=1, description="Unpacked size over packed size.")
