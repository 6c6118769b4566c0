/** Reads QR codes off the camera: by the browser's own detector where it has one, else by a small library. */

/** ms between two looks: a code is shown longer than that. */
const LOOK_MS = 70;
/** px; a wider picture only costs time. */
const WIDEST = 960;

type Read = (frame: CanvasRenderingContext2D, width: number, height: number) => Promise<string | null>;

interface Detector { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

/** Whether this page may use a camera at all: browsers let secure pages only. */
export function cameraAllowed(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined;
}

/**
 * Show the camera in `video` and call `seen` with the text of each code, until the returned function is called.
 * Rejects where there is no camera or its use was not allowed.
 */
export async function scan(video: HTMLVideoElement, seen: (text: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  let over = false;
  const stop = () => {
    over = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    const read = await reader();
    video.srcObject = stream;
    await video.play();
    void look(video, read, seen, () => over);
  } catch (reason) {
    stop();
    throw reason;
  }
  return stop;
}

async function look(video: HTMLVideoElement, read: Read, seen: (text: string) => void, over: () => boolean): Promise<void> {
  const canvas = document.createElement("canvas");
  const frame = canvas.getContext("2d", { willReadFrequently: true });
  while (!over() && frame !== null) {
    if (video.videoWidth > 0) {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      frame.drawImage(video, 0, 0, canvas.width, canvas.height);
      const text = await read(frame, canvas.width, canvas.height).catch(() => null);
      if (text !== null && !over()) seen(text);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function reader(): Promise<Read> {
  const own = (globalThis as unknown as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (own !== undefined && (await own.getSupportedFormats()).includes("qr_code")) {
    const detector = new own({ formats: ["qr_code"] });
    return async (frame) => (await detector.detect(frame.canvas))[0]?.rawValue ?? null;
  }
  const { decodeQR } = await import("qr/decode.js");
  return async (frame, width, height) => decodeQR({ data: frame.getImageData(0, 0, width, height).data, width, height });
}
