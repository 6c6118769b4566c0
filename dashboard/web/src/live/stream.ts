/** Keeps the live connection open: resume after a gap, reconnect with jitter, notice silence. */
import { type Held, receive } from "./document";
import type { Message } from "./state";

/** `past`: an earlier moment is shown, and no stream is open. */
export type LinkStatus = "connecting" | "live" | "silent" | "down" | "past";

export interface Listener {
  /** A new state is held, `arrived` on the browser's own monotonic clock (ms). */
  onHeld(held: Held, arrived: number): void;
  onStatus(status: LinkStatus): void;
}

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5_000;
/** A busy stream speaks four times a second: three seconds of silence mean a dead line. */
const SILENCE_BUSY_MS = 2_500;
/** With nothing to tell, the service still ticks every 5 s. */
const SILENCE_IDLE_MS = 7_000;
const BUSY_GAP_MS = 1_500;
const GAPS = 4;
const WATCH_MS = 250;
/** Later than that the stream is asked instead. */
const FIRST_WITHIN_MS = 6_000;

export class LiveStream {
  private held: Held | null = null;
  private socket: WebSocket | null = null;
  private first = true;
  private failures = 0;
  private lastArrival = 0;
  /** The latest gaps between messages, ms: what is usual now. */
  private gaps: readonly number[] = [];
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private ended = new AbortController();

  constructor(private readonly url: string, private readonly listener: Listener) {}

  start(): void {
    if (this.watch !== undefined) return;
    this.watch = setInterval(() => this.checkSilence(), WATCH_MS);
    const signal = (this.ended = new AbortController()).signal;
    addEventListener("offline", () => this.drop(), { signal });
    addEventListener("online", () => this.connectNow(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.socket === null) this.connectNow();
    }, { signal });
    void this.begin(signal);
  }

  /**
   * Take the first document by HTTP: the page's own head has asked for it already, so that on a slow line it comes
   * together with the script; the stream goes on from there. Without it the stream gives it.
   */
  private async begin(ended: AbortSignal): Promise<void> {
    if (this.held === null) {
      const timeout = AbortSignal.timeout(FIRST_WITHIN_MS);
      const message = await fetch("/api/live", { signal: timeout }).then((answer) => answer.ok ? answer.json() as Promise<Message> : null).catch(() => null);
      if (ended.aborted || this.held !== null || this.socket !== null) return;
      const step = message === null ? null : receive(null, message, true);
      if (step?.kind === "held") {
        this.held = step.held;
        this.listener.onHeld(step.held, performance.now());
      }
    }
    this.connect();
  }

  /** Begin with a whole document again. */
  forget(): void {
    this.held = null;
  }

  /** Connect again at once, as after signing in: officials get another document on the same path. */
  restart(): void {
    this.held = null;
    if (this.watch !== undefined) this.connectNow();
  }

  stop(): void {
    this.ended.abort();
    clearInterval(this.watch);
    this.watch = undefined;
    clearTimeout(this.retry);
    this.abandon();
  }

  private connectNow(): void {
    clearTimeout(this.retry);
    this.abandon();
    this.connect();
  }

  private connect(): void {
    const since = this.held === null ? "" : `?since=${this.held.seq}`;
    const socket = new WebSocket(this.url + since);
    this.socket = socket;
    this.first = true;
    this.lastArrival = performance.now();
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket === this.socket) this.take(JSON.parse(event.data) as Message);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
  }

  private take(message: Message): void {
    const now = performance.now();
    this.gaps = [...this.gaps, now - this.lastArrival].slice(-GAPS);
    this.lastArrival = now;
    const step = receive(this.held, message, this.first);
    this.first = false;
    if (step.kind === "gap") {
      this.drop();
      return;
    }
    this.failures = 0;
    this.listener.onStatus("live");
    if (step.kind === "held") {
      this.held = step.held;
      this.listener.onHeld(step.held, now);
    }
  }

  private drop(): void {
    if (this.socket === null) return;
    this.abandon();
    this.lost();
  }

  private lost(): void {
    this.socket = null;
    this.listener.onStatus("down");
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.failures);
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), RETRY_MIN_MS + Math.random() * (ceiling - RETRY_MIN_MS));
  }

  private checkSilence(): void {
    if (this.socket === null) return;
    const busy = this.gaps.length === GAPS && Math.max(...this.gaps) < BUSY_GAP_MS;
    const limit = busy ? SILENCE_BUSY_MS : SILENCE_IDLE_MS;
    const silent = performance.now() - this.lastArrival;
    if (silent > limit) this.listener.onStatus("silent");
    if (silent > SILENCE_IDLE_MS) this.connectNow();
  }

  private abandon(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
