/**
 * Why a result is what it is, on one page that prints: for everybody the line, the sum and the sources, for
 * officials every byte that it rests on.
 */
import { useEffect, useState } from "preact/hooks";
import { getJson, Refused } from "../live/api";
import { holds, session } from "../live/session";
import { cars, results, stages } from "../live/store";
import { Why } from "../car/why";
import { Legend, Marks, Panel } from "../ui/pieces";
import { t, words } from "../ui/text";
import { Arithmetic } from "./arithmetic";
import { Lines } from "./lines";
import { Outcome } from "./outcome";
import { Rulings } from "./rulings";
import type { WhyDocument } from "./types";
import { w } from "./words";

/** The kind and the name of the stage at the head of the line: the page has them above it. */
const NAMED = /^(?:REG_TEST|AVG_TRIAL|SS) \S+: /;

export function WhyPage(props: { stage: string; car: string }) {
  const { stage, car } = props;
  const row = results.value[stage]?.[car];
  const [why, setWhy] = useState<WhyDocument | string>();
  useEffect(() => {
    let gone = false;
    getJson<WhyDocument>(`/api/why/${encodeURIComponent(stage)}/${encodeURIComponent(car)}`).then(
      (found) => { if (!gone) setWhy(found); },
      (reason: Error) => { if (!gone) setWhy(reason instanceof Refused ? reason.message : w("none", { why: reason.message })); },
    );
    return () => { gone = true; };
    // The result is another object when it moves; who asks decides what is told.
  }, [stage, car, row, session.value]);
  return (
    <article class="why-page">
      <Head stage={stage} car={car} />
      {why === undefined ? <p class="waiting" role="status">{t("app.waiting")}</p>
        : typeof why === "string" ? <p class="nothing" role="alert">{why}</p> : <Body why={why} />}
    </article>
  );
}

function Head(props: { stage: string; car: string }) {
  const { stage, car } = props;
  const [crew, found, row] = [cars.value[car], stages.value[stage], results.value[stage]?.[car]];
  return (
    <header class="why-head">
      <a class="big-plate" href={`/cars/${encodeURIComponent(car)}`}>{car}</a>
      <div class="why-who">
        <h2><span class="test-id">{stage}</span> {found?.name === stage ? "" : found?.name}</h2>
        <p>{crew?.driver}{crew?.codriver ? <span class="soft"> / {crew.codriver}</span> : null}</p>
        <p class="facts">{[crew?.car, crew?.year, crew?.class && `${t("board.class")} ${crew.class}`].filter(Boolean).join(" · ")}</p>
      </div>
      {row === undefined ? null : (
        <dl class="why-result">
          {row.time === undefined ? null : <div><dt>{t("col.time")}</dt><dd>{row.time.text}</dd></div>}
          {row.deviation === undefined ? null : <div><dt>{t("col.deviation")}</dt><dd>{row.deviation.text}</dd></div>}
          {row.points === undefined ? null : <div><dt>{t("col.points")}</dt><dd>{row.points.text}<Marks marks={row.marks} /></dd></div>}
          <div>
            <dt>{t("col.rank")}</dt>
            <dd>{row.rank ?? (words(row.status) || "–")}{row.points === undefined ? <Marks marks={row.marks} /> : null}</dd>
          </div>
        </dl>
      )}
      <nav class="why-nav" aria-label={w("title")}>
        <a href={`/stages/${encodeURIComponent(stage)}`}>{w("sheet", { stage })}</a>
        <button type="button" class="link-like" onClick={() => print()}>{w("print")}</button>
        {!holds("timekeeper") || found?.finish === undefined ? null : (
          <a href={`/desk?act=CorrectTime&control=${encodeURIComponent(found.finish)}&car=${encodeURIComponent(car)}`}>{w("correct")}</a>
        )}
      </nav>
    </header>
  );
}

function Body(props: { why: WhyDocument }) {
  const { why } = props;
  const { evidence } = why;
  return (
    <>
      {why.line ? <p class="why-line">{why.line.replace(NAMED, "")}</p> : null}
      {evidence === undefined ? (
        <Panel title={w("saidShort")} class="short"><Why tree={{ steps: why.steps.filter((step) => step.records !== undefined && step.what !== "worked out") }} /></Panel>
      ) : (
        <>
          <Lines lines={evidence.controls} />
          <Rulings decisions={evidence.decisions} />
        </>
      )}
      {why.derivation === undefined ? null : <Arithmetic derivation={why.derivation} />}
      {evidence === undefined ? null : <Outcome evidence={evidence} car={why.car} stage={why.stage} />}
      <Legend />
    </>
  );
}
