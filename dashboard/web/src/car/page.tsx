/** One car: who drives it, where it is, its times everywhere, and where it has been. */
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../live/api";
import { cars, controls, rally, stages, standings } from "../live/store";
import type { Amount, CarRow, StandingRow } from "../live/state";
import { legs } from "../board/choose";
import { CarGap } from "../gaps/panel";
import { askedMoment } from "../live/moment";
import { StageStrip } from "../strip/strip";
import { Star } from "../ui/star";
import { CarAge, Marks, Panel, PenaltyReason } from "../ui/pieces";
import { clockText, kmText } from "../ui/format";
import { t, words } from "../ui/text";
import { ControlTimes, type ControlTime } from "./controls";
import { TestTimes } from "./tests";
import { Trace } from "./trace";

/** The car's own document: what the live state does not hold. */
interface CarDocument {
  readonly penalties?: readonly PenaltyRow[];
  readonly controls?: Readonly<Record<string, ControlTime>>;
}

interface PenaltyRow {
  readonly rule: string;
  readonly amount?: Amount;
  readonly control?: string;
  readonly stage?: string;
  readonly text?: string;
  readonly undecided?: boolean;
}

const REFRESH_MS = 10_000;

/** Read a document again while the page is open, at once when `news` changes. */
function useDocument<T>(path: string, news: unknown): T | undefined {
  const [document, setDocument] = useState<T>();
  useEffect(() => {
    let gone = false;
    const read = () =>
      getJson<T>(path).then((got) => { if (!gone) setDocument(got); }, () => undefined); // the last one stays
    void read();
    const timer = setInterval(() => void read(), REFRESH_MS);
    return () => { gone = true; clearInterval(timer); };
  }, [path, news]);
  return document;
}

export function CarPage(props: { car: string }) {
  const row = cars.value[props.car];
  const asked = askedMoment();
  const path = `/api/cars/${encodeURIComponent(props.car)}${asked === "" ? "" : `?as_of=${encodeURIComponent(asked)}`}`;
  const document = useDocument<CarDocument>(path, standings.value["overall"]?.[props.car]);
  if (row === undefined) return <p class="nothing">{t("car.notFound", { car: props.car })}</p>;
  const leg = row.leg ?? rally.value?.leg ?? 1;
  return (
    <article class="car-page">
      <CarHead car={props.car} row={row} />
      <Places car={props.car} row={row} />
      {asked === "" ? <CarGap car={props.car} /> : null}
      <StageStrip leg={leg} highlight={props.car} />
      <div class="car-columns">
        <div class="car-legs">
          {legs(stages.value, Object.keys(standings.value)).map((number) => (
            <Leg key={number} leg={number} open={number <= leg} car={props.car} row={row} times={document?.controls ?? {}} />
          ))}
        </div>
        <div>
          <Penalties rows={document?.penalties ?? []} />
          {asked === "" ? <Trace car={props.car} leg={leg} /> : null}
        </div>
      </div>
    </article>
  );
}

function CarHead(props: { car: string; row: CarRow }) {
  const { row } = props;
  const facts = [row.car, row.year, row.class && `${t("board.class")} ${row.class}`, row.category, row.nationality];
  return (
    <header class="car-head">
      <div class="big-plate">{props.car}<Star car={props.car} /></div>
      <div>
        <h2>{row.driver}{row.codriver ? <span class="codriver">{row.codriver}</span> : null}</h2>
        <p class="facts">{facts.filter(Boolean).join(" · ")}</p>
      </div>
      <p class="car-status">
        <b>{words(row.status)}</b> {row.off_route ? <span class="age">{t("car.offRoute")}</span> : null}
        <CarAge car={props.car} />
      </p>
    </header>
  );
}

function Fact(props: { label: string; class?: string; children: preact.ComponentChildren }) {
  return <div class={`fact ${props.class ?? ""}`}><dt>{props.label}</dt><dd>{props.children}</dd></div>;
}

function Places(props: { car: string; row: CarRow }) {
  const { car, row } = props;
  const overall = standings.value["overall"]?.[car];
  const inClass = row.class === undefined ? undefined : standings.value[`class-${row.class}`]?.[car];
  const next = row.next === undefined ? undefined : controls.value[row.next];
  const offset = rally.value?.utc_offset ?? "+00:00";
  return (
    <dl class="fact-row">
      <Fact label={t("car.overall")}>{place(overall)}</Fact>
      {row.class === undefined ? null : <Fact label={t("car.inClass", { class: row.class })}>{place(inClass)}</Fact>}
      <Fact label={t("car.total")}>{overall?.total?.text ?? "–"}<Marks marks={overall?.marks} /></Fact>
      <Fact label={t("col.gap")}>{overall?.gap?.text ?? "–"}</Fact>
      {row.km === undefined ? null : <Fact label={t("car.at")}>{kmText(row.km)}</Fact>}
      {row.next === undefined ? null : (
        <Fact label={t("car.next")} class="next-fact">
          {row.next} <small>{next?.name === row.next ? "" : next?.name}</small>{" "}
          {row.next_due === undefined ? null
            : <small>{t("car.due", { time: clockText(row.next_due, offset, false) })}</small>}{" "}
          {row.eta === undefined ? null : <small>{t("car.eta", { time: clockText(row.eta, offset, false) })}</small>}
        </Fact>
      )}
    </dl>
  );
}

function Leg(props: {
  leg: number; open: boolean; car: string; row: CarRow; times: Readonly<Record<string, ControlTime>>;
}) {
  const { leg } = props;
  const standing = standings.value[`leg-${leg}`]?.[props.car];
  return (
    <details class="car-leg" open={props.open}>
      <summary>
        <h2>{t("board.leg", { leg })}</h2>
        <span class="note">
          {standing?.rank === undefined ? "" : `${t("col.rank")} ${standing.rank}`}
          {standing?.total === undefined ? "" : <b>{standing.total.text}</b>}
        </span>
      </summary>
      <div class="car-leg-columns">
        <div><TestTimes car={props.car} leg={leg} /></div>
        <div><ControlTimes leg={leg} row={props.row} times={props.times} /></div>
      </div>
    </details>
  );
}

function place(row: StandingRow | undefined): string {
  if (row === undefined) return "–";
  return row.rank === undefined ? words(row.status) || "–" : String(row.rank);
}

function Penalties(props: { rows: readonly PenaltyRow[] }) {
  return (
    <Panel title={t("car.penalties")}>
      {props.rows.length === 0 ? <p class="nothing">{t("car.noPenalties")}</p> : (
        <table class="small">
          <tbody>
            {props.rows.map((row, i) => (
              <tr key={i}>
                <th scope="row"><span class="test-id">{row.control ?? row.stage ?? ""}</span></th>
                <td class="penalty-rule"><PenaltyReason rule={row.rule} text={row.text} /></td>
                <td class="num strong">{row.amount?.text ?? ""}<Marks marks={row.undecided ? "?" : ""} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
