"""The gateway's own page: the state that its screen shows, for a telephone or a laptop beside it. Pure.

It stands alone: no library, no fonts, nothing from elsewhere, and a script of a few lines that asks for the
facts again every second and says so when nobody answers any more.
"""

from html import escape

from dashboard.gateway_view import clock_text, line_text
from devices.gateway_state import GatewayState, PortState
from timing.core.instant import SECOND, Instant, format_instant

_STYLE = """
:root{color-scheme:light dark;--paper:#f5f0e3;--sheet:#fcf9f0;--ink:#16181c;--soft:#645e50;--rule:#cbc1a8;
--good:#2d6a3e;--bad:#b3271e;--on-bad:#fffdf6}
@media(prefers-color-scheme:dark){:root{--paper:#0e1114;--sheet:#13171b;--ink:#efe9da;--soft:#a49c89;
--rule:#3a414a;--good:#7fc493;--bad:#ff6d4d;--on-bad:#14100d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.2rem;margin:0}h2{font-size:1rem;margin:1.4rem 0 .3rem}p{margin:.1rem 0}
.soft{color:var(--soft);font-weight:400}body,code{font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:.6rem;margin:1rem 0}
h2+dl{margin:.3rem 0 .6rem}
dl>div{border:1px solid var(--rule);border-left:.35rem solid var(--good);background:var(--sheet);
padding:.5rem .7rem}
dl>div.bad{border-color:var(--bad)}
dt{font-size:.85rem;color:var(--soft)}dd{margin:0;font-weight:600;overflow-wrap:anywhere}
dd small{display:block;font-weight:400;color:var(--soft)}.bad dd{color:var(--bad)}
ol{list-style:none;margin:0;padding:0;border:1px solid var(--rule);background:var(--sheet)}
li{display:flex;gap:.8rem;padding:.25rem .6rem;border-top:1px solid var(--rule)}li:first-child{border-top:0}
li code{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.88em}li time{color:var(--soft);font-size:.85em}
#dead{display:none;background:var(--bad);color:var(--on-bad);padding:.5rem 1rem;font-weight:600}
.dead #dead{display:block}.dead main{opacity:.45}
"""
_SCRIPT = """
let failed=0;
async function look(){
  try{const a=await fetch("/facts",{cache:"no-store",signal:AbortSignal.timeout(3000)});
    if(!a.ok)throw new Error(a.status);
    document.getElementById("facts").innerHTML=await a.text();failed=0;
  }catch(e){failed++}
  document.body.classList.toggle("dead",failed>1);setTimeout(look,1000);
}
setTimeout(look,1000);
"""


def page(state: GatewayState, *, rally: str, name: str) -> str:
    """Return the whole page as HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Gateway {escape(name)}</title><style>{_STYLE}</style></head><body>"
        '<div id="dead" role="alert">The gateway does not answer: what is below is old.</div>'
        f'<main><h1>Gateway {escape(name)}</h1><p class="soft">Rally {escape(rally)}</p>'
        f'<div id="facts">{facts(state)}</div></main><script>{_SCRIPT}</script></body></html>'
    )


def facts(state: GatewayState) -> str:
    """Return the part of the page that changes, as HTML."""
    return (
        f'<p class="soft">Own clock <time>{format_instant(state.at)[:19].replace("T", " ")}</time> UTC</p>'
        f"<dl>{_broker(state)}{_waiting(state)}{_clock(state)}{_disk(state)}</dl>"
        f"{''.join(_port(port) for port in state.ports)}"
    )


def _broker(state: GatewayState) -> str:
    broker = state.broker
    said = "connected" if broker.up else "no connection"
    more = f"since {_time(broker.since)} UTC{': ' + broker.error if broker.error else ''}"
    return _fact("Broker", said, more, good=broker.up)


def _waiting(state: GatewayState) -> str:
    said = "nothing waits" if not state.depth else f"{state.depth} lines wait for the service"
    more = f"{state.on_way} on their way; {state.acknowledged} acknowledged since the start"
    return _fact("Spool", said, more, good=state.broker.up or not state.depth)


def _clock(state: GatewayState) -> str:
    clock = state.clock
    said = clock_text(clock)
    if clock.offset is not None:
        said = f"{clock.offset / SECOND:+.3f} s from the service"
    more = "" if clock.offset is None else f"known to {(clock.unsure or 0) / SECOND:.3f} s; "
    more += "set by the network" if clock.trusted else "not set by the network"
    return _fact("Clock", said, more, good=clock.offset is not None or clock.trusted)


def _disk(state: GatewayState) -> str:
    if state.fault or state.held:
        return _fact("Disk", state.fault or "catching up", f"{state.held} lines in memory only", good=False)
    if state.dropped:
        more = f"{state.dropped} sentences of receivers dropped for want of room"
        return _fact("Disk", "the spool is full", more, good=False)
    return _fact("Disk", "takes every line", "", good=True)


def _fact(what: str, said: str, more: str, *, good: bool) -> str:
    small = f"<small>{escape(more)}</small>" if more else ""
    kind = "good" if good else "bad"
    return f'<div class="{kind}"><dt>{what}</dt><dd>{escape(said)}{small}</dd></div>'


def _port(port: PortState) -> str:
    status = "up" if port.up else f"no line: {port.error or 'not opened yet'}"
    head = f"{escape(port.device)} <small class='soft'>{escape(port.link)}</small>"
    said = _fact("Line", status, f"since {_time(port.since)} UTC; {port.count} lines read", good=port.up)
    rows = "".join(
        f"<li><time>{format_instant(at)[11:23]}</time><code>{escape(line_text(data))}</code></li>"
        for at, data in reversed(port.lines)
    )
    return f"<h2>{head}</h2><dl>{said}</dl>" + (
        f"<ol>{rows}</ol>" if rows else '<p class="soft">Nothing read yet.</p>'
    )


def _time(at: Instant) -> str:
    return format_instant(at)[11:19]
