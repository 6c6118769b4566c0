"""QR codes: as SVG for paper, as text for a terminal."""

import io

import segno


def qr_svg(text: str) -> str:
    """Return the QR code of a text; black modules on nothing, with the quiet zone of four modules."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, border=4
    )
    return out.getvalue().decode("utf-8")


def qr_text(text: str) -> str:
    """Return the QR code of a text in half blocks, for a terminal."""
    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()
