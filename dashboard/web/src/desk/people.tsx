/** Who has a personal link: their roles, when they were seen last; new links with their QR code, and the end of one. */
import { useEffect, useState } from "preact/hooks";
import { getJson, postJson } from "../live/api";
import { inRoadOrder } from "../live/road";
import { controls, rally, stale } from "../live/store";
import { ageText } from "../ui/format";
import { QrCode } from "../ui/qr";
import { words } from "../ui/text";
import { d } from "./words";

interface Somebody {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly controls: readonly string[];
  readonly revoked: boolean;
  readonly changes: boolean;
  readonly you: boolean;
  readonly screens: number;
  readonly seen?: string;
}

interface Everybody { readonly at: string; readonly appoints: readonly string[]; readonly people: readonly Somebody[] }
interface Given { readonly id: string; readonly name: string; readonly roles: readonly string[]; readonly controls: readonly string[]; readonly link: string }

const REFRESH_MS = 20_000;
/** An open page asks the service all the time, and is noted once a minute. */
const HERE_MIN = 2;

export function People() {
  const [found, setFound] = useState<Everybody | string>();
  const [open, setOpen] = useState<string | null>(null);
  const [given, setGiven] = useState<Given | null>(null);
  const read = () => getJson<Everybody>("/api/access").then(setFound, (reason: Error) => setFound((held) => (typeof held === "object" ? held : reason.message)));
  useEffect(() => {
    void read();
    const timer = setInterval(() => { if (!stale.peek()) void read(); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (found === undefined) return <p class="waiting" role="status">…</p>;
  if (typeof found === "string") return <p class="nothing" role="alert">{found}</p>;
  const chosen = found.people.find((one) => one.id === open);
  const rows = [...found.people].sort((a, b) => Number(a.revoked) - Number(b.revoked));
  const told = (link: Given | null) => {
    setGiven(link);
    void read();
  };
  return (
    <div class="desk-columns people">
      <section class="desk-queue" aria-label={d("people")}>
        <ol>
          {rows.map((one) => (
            <Row key={one.id} one={one} at={found.at} open={one.id === open} choose={() => { setOpen(one.id); setGiven(null); }} />
          ))}
        </ol>
      </section>
      <section class="desk-work">
        {chosen === undefined ? null : <Chosen key={chosen.id} one={chosen} at={found.at} told={told} />}
        {given === null ? null : <LinkCard key={given.link} given={given} />}
        <NewPerson appoints={found.appoints} told={(link) => { setOpen(link.id); told(link); }} />
      </section>
    </div>
  );
}

/** When somebody was seen last, by the service's own wall time; to the minute, because it is kept so. */
function seenText(one: Somebody, at: string): string {
  if (one.revoked) return d("ended");
  if (one.seen === undefined) return d("neverSeen");
  const minutes = Math.max(0, Math.round((Date.parse(at) - Date.parse(one.seen)) / 60_000));
  return minutes < HERE_MIN ? d("here") : d("seen", { age: ageText(minutes * 60) });
}

function Row(props: { one: Somebody; at: string; open: boolean; choose: () => void }) {
  const { one } = props;
  return (
    <li class={`person ${props.open ? "open" : ""} ${one.revoked ? "taken-back" : ""}`} data-person={one.id}>
      <button type="button" aria-current={props.open} onClick={props.choose}>
        <b>{one.name}</b>
        <span class="matter-time">{seenText(one, props.at)}</span>
        <span class="soft">{one.roles.map(words).join(", ")}{one.controls.length === 0 ? "" : ` · ${postsText(one.controls)}`}</span>
      </button>
    </li>
  );
}

const POSTS_SHOWN = 6;

function postsText(posts: readonly string[]): string {
  const more = posts.length - POSTS_SHOWN;
  return posts.slice(0, POSTS_SHOWN).join(", ") + (more > 0 ? ` +${more}` : "");
}

function Chosen(props: { one: Somebody; at: string; told: (link: Given | null) => void }) {
  const { one } = props;
  const [sure, setSure] = useState(false);
  const [fault, setFault] = useState("");
  const change = (what: "renew" | "revoke") => {
    setSure(false);
    postJson<Given>("/api/access", { [what]: one.id }).then(
      (answer) => props.told(what === "renew" ? answer : null), (reason: Error) => setFault(reason.message),
    );
  };
  return (
    <div class="checklist" data-chosen={one.id}>
      <header class="matter-head">
        <p class="matter-kind">{one.roles.map(words).join(", ")}</p>
        <h2>{one.name}</h2>
        <p>{[one.you ? d("yourself") : "", one.controls.join(", "), seenText(one, props.at), one.screens === 0 ? "" : d("screens", { n: one.screens })].filter(Boolean).join(" · ")}</p>
      </header>
      {!one.changes ? <p class="facts">{d("notYours")}</p> : (
        <div class="paper-acts">
          <button type="button" data-act="renew" onClick={() => change("renew")}><kbd>1</kbd> {d("renew")}</button>
          {one.revoked ? null : (
            <button type="button" data-act="revoke" class={sure ? "primary" : ""} onClick={() => (sure ? change("revoke") : setSure(true))}>
              <kbd>2</kbd> {sure ? d("endSure", { name: one.name }) : d("end")}
            </button>
          )}
        </div>
      )}
      {fault === "" ? null : <p class="draft-fault" role="alert">{fault}</p>}
    </div>
  );
}

function LinkCard(props: { given: Given }) {
  const { given } = props;
  const local = /^(localhost|127\.|\[?::1)/.test(new URL(given.link).hostname);
  return (
    <section class="link-card" aria-label={d("linkOf", { name: given.name })}>
      <QrCode text={given.link} label={d("linkOf", { name: given.name })} />
      <div>
        <p class="link-rally">{rally.value?.name} {rally.value?.edition ?? ""}</p>
        <h3>{given.name}</h3>
        <p class="soft">{[given.roles.map(words).join(", "), given.controls.join(", ")].filter(Boolean).join(" · ")}</p>
        <p class="link-text"><code>{given.link}</code></p>
        <p class="facts">{d("linkOnce", { name: given.name })}</p>
        {local ? <p class="draft-fault">{d("linkLocal")}</p> : null}
        <button type="button" onClick={() => print()}>{d("printLink")}</button>
      </div>
    </section>
  );
}

function NewPerson(props: { appoints: readonly string[]; told: (link: Given) => void }) {
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<readonly string[]>([]);
  const [posts, setPosts] = useState<readonly string[]>([]);
  const [fault, setFault] = useState("");
  const switched = (list: readonly string[], value: string) => (list.includes(value) ? list.filter((one) => one !== value) : [...list, value]);
  const submit = (event: Event) => {
    event.preventDefault();
    postJson<Given>("/api/access", { name: name.trim() || null, roles, controls: roles.includes("marshal") ? posts : [] }).then((given) => {
      setName("");
      setRoles([]);
      setPosts([]);
      setFault("");
      props.told(given);
    }, (reason: Error) => setFault(reason.message));
  };
  return (
    <form class="act-form person-form" onSubmit={submit}>
      <h3 class="desk-label">{d("newPerson")}</h3>
      <label><span>{d("personName")}</span>
        <input name="name" value={name} maxLength={100} autocomplete="off" onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <fieldset>
        <legend>{d("personRoles")}</legend>
        {props.appoints.map((role) => (
          <label key={role} class="tick">
            <input type="checkbox" name="role" value={role} checked={roles.includes(role)} onChange={() => setRoles(switched(roles, role))} /> {words(role)}
          </label>
        ))}
      </fieldset>
      {!roles.includes("marshal") ? null : (
        <fieldset class="posts">
          <legend>{d("personControls")}</legend>
          {inRoadOrder(controls.value).map(([id]) => (
            <label key={id} class="tick">
              <input type="checkbox" name="control" value={id} checked={posts.includes(id)} onChange={() => setPosts(switched(posts, id))} /> {id}
            </label>
          ))}
        </fieldset>
      )}
      <button type="submit">{d("giveLink")}</button>
      {fault === "" ? null : <p class="draft-fault" role="alert">{fault}</p>}
    </form>
  );
}
