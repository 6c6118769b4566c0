"""The typesetter, in a process of its own: a layout's data on stdin, a PDF on stdout.

The one file that knows Typst. It comes as one wheel without system libraries, sets Unicode with embedded
fonts and repeats the heads of tables. It keeps hundreds of megabytes of what it has set; here that ends
with the sheet, and nothing that befalls it reaches the process that times a rally.

Run as a program, not imported: only the standard library and Typst are at hand.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

import typst


def main() -> None:
    """Set one sheet: {"inputs": {name: text}, "fonts": [folder], "timestamp": seconds}."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)  # a sheet can wait; a stamp cannot
    asked = json.load(sys.stdin.buffer)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=asked["fonts"])
    made = typst.compile(
        Path(__file__).with_name("sheet.typ").read_bytes(),
        font_paths=fonts,
        format="pdf",
        sys_inputs=asked["inputs"],
        timestamp=asked["timestamp"],
    )
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
