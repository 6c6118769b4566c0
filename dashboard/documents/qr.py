"""QR codes as SVG, for paper."""

import io

import segno


def qr_svg(text: str) -> str:
    """Return the QR code of a text; black modules on nothing, with the quiet zone of four modules."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, border=4
    )
    return out.getvalue().decode("utf-8")
