/** The map page; the map itself is fetched when first wanted. */
import { useEffect, useRef, useState } from "preact/hooks";
import { cars, rally, stale } from "../live/store";
import { StageStrip } from "../strip/strip";
import { CarAge, Plate } from "../ui/pieces";
import { kmText } from "../ui/format";
import { address, go, withQuery } from "../ui/router";
import { t } from "../ui/text";
import type { RallyMap } from "./draw";

export function MapPage() {
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<RallyMap | null>(null);
  const [failed, setFailed] = useState(false);
  const followed = address.value.query.get("car") ?? "";

  useEffect(() => {
    let drawn: RallyMap | null = null;
    let left = false;
    import("../later")
      .then(({ drawMap }) => drawMap(box.current as HTMLDivElement))
      .then((ready) => {
        drawn = ready;
        if (left) ready.remove();
        else setMap(ready);
      })
      .catch((reason: unknown) => {
        console.warn("map not drawn:", reason); // the page goes on with the strip
        setFailed(true);
      });
    return () => {
      left = true;
      drawn?.remove();
    };
  }, []);
  useEffect(() => map?.follow(followed), [map, followed]);

  const leg = cars.value[followed]?.leg ?? rally.value?.leg ?? 1;
  return (
    <div class="map-page">
      <div class="map-frame">
        {failed ? <p class="nothing" role="status">{t("map.none")}</p> : (
          <div ref={box} class={stale.value ? "map-box is-stale" : "map-box"} role="region" aria-label={t("map.label")}>
            {map === null ? <p class="map-wait" role="status">{t("map.loading")}</p> : null}
          </div>
        )}
        {map === null || map.credit === "" ? null : <p class="map-credit">{map.credit}</p>}
        <div class="map-tools">
          <label>
            {t("map.follow")}{" "}
            <select value={followed} onChange={(event) => go(withQuery("car", event.currentTarget.value), true)}>
              <option value="">{t("map.followNone")}</option>
              {placed().map(([id, car]) => <option key={id} value={id}>{id} {car.driver}</option>)}
            </select>
          </label>
          <button type="button" onClick={() => { go(withQuery("car", ""), true); map?.whole(); }}>{t("map.whole")}</button>
        </div>
      </div>
      <StageStrip leg={leg} highlight={followed} />
      <OnRoad followed={followed} />
    </div>
  );
}

function placed() {
  return Object.entries(cars.value)
    .filter(([, car]) => car.lat !== undefined)
    .sort(([, a], [, b]) => a.order - b.order);
}

function OnRoad(props: { followed: string }) {
  return (
    <section class="on-road" aria-label={t("map.cars")}>
      <ol>
        {placed().map(([id, car]) => (
          <li key={id} class={id === props.followed ? "chosen" : ""}>
            <Plate car={id} href={withQuery("car", id)} />
            <span class="driver">{car.driver}</span>
            <span class="km">{car.km === undefined ? "" : `${kmText(car.km)} km`}</span>
            <CarAge car={id} />
          </li>
        ))}
      </ol>
    </section>
  );
}
