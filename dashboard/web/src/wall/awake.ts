/** Keeps the screen on while the wall display is seen, where the browser lets a page do that. */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let gone = false;
  const take = () => {
    if (document.visibilityState !== "visible") return;
    navigator.wakeLock?.request("screen").then(
      (held) => { if (gone) void held.release(); else lock = held; },
      () => undefined, // without power or a secure context the system's own setting holds
    );
  };
  take();
  document.addEventListener("visibilitychange", take);
  return () => {
    gone = true;
    document.removeEventListener("visibilitychange", take);
    void lock?.release();
  };
}
