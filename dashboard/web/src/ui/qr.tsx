/** A QR code as a drawing that prints sharp at any size, dark on white in either colour scheme. */
import encodeQR from "qr";

/** Modules of white around a code, by the standard. */
const QUIET = 4;

/** @param text what a telephone's camera reads; @param label the same for those who cannot see it. */
export function QrCode(props: { text: string; label: string }) {
  const rows = encodeQR(props.text, "raw", { ecc: "medium", border: QUIET });
  const side = rows.length;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg class="qr" role="img" aria-label={props.label} viewBox={`0 0 ${side} ${side}`} shape-rendering="crispEdges">
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
