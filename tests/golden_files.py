"""Whole texts that people read, in tests/golden: what is rendered is compared with them byte for byte.

After a change of the wording: KRAMPUS_GOLDEN=write pytest tests/test_render_*.py, and look at the difference in git.
"""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def same(name: str, text: str) -> None:
    """Whether the text is the golden file's."""
    path = GOLDEN / name
    if os.environ.get("KRAMPUS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8", newline="")
    assert text.encode() == path.read_bytes()
