/** The head of every page: the rally, its Official Timekeeper, the rally clock and the connection. */
import { useEffect, useRef } from "preact/hooks";
import { rallySecond, silence } from "../live/clock";
import { headquarters, official, session } from "../live/session";
import { askedMoment } from "../live/moment";
import { asOf, linkStatus, notices, rally, stale } from "../live/store";
import { Dial } from "./dial";
import { EN } from "./english";
import { ageText, clockText, dayText, zoneLabel } from "./format";
import { chooseLanguage, language } from "./language";
import { type Language, LANGUAGES } from "./languages";
import { MomentBanner } from "./moment";
import { pathParts } from "./router";
import { Share } from "./share";
import { t, words } from "./text";
import { switchTheme, theme } from "./theme";
import { PRODUCT } from "./title";

function Clock() {
  const row = rally.value;
  const second = rallySecond.value;
  if (row === null || second === null) return null;
  return (
    <div class="clock">
      <Dial />
      <div>
        <time class="clock-time" dateTime={new Date(second * 1000).toISOString()}>
          {clockText(second * 1000, row.utc_offset)}
        </time>
        <div class="clock-zone" title={row.timezone}>
          {dayText(second * 1000, row.utc_offset)} {zoneLabel(row.utc_offset)}
        </div>
      </div>
    </div>
  );
}

/** How the connection is, and how long nothing was heard. */
export function Connection() {
  const status = linkStatus.value;
  const quiet = silence.value;
  return (
    <div class={`link link-${status}`} role="status">
      <span class="link-sign" aria-hidden="true" />
      {t(`link.${status}`)}
      {status === "past" || (status === "live" && quiet < 2) ? null : <span class="link-age">{ageText(quiet)}</span>}
    </div>
  );
}

function Nav() {
  const here = pathParts.value[0] ?? "";
  const links: [string, string, string][] = [
    ["", "/", t("nav.board")], ["starts", "/starts", t("nav.starts")], ["penalties", "/penalties", t("nav.penalties")],
    ["retirements", "/retirements", t("nav.retirements")], ["itinerary", "/itinerary", t("nav.itinerary")],
    ["map", "/map", t("nav.map")],
  ];
  if (official.value) links.push(["control", "/control", t("nav.control")]);
  if (headquarters.value) links.push(["desk", "/desk", t("nav.desk")]);
  const current = here === "stages" || here === "cars" || here === "why" ? "" : here;
  // On a telephone the row of pages is longer than the screen.
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    row.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current, language()]);
  return (
    <nav ref={row} class="pages" aria-label={t("nav.pages")}>
      {links.map(([key, href, label]) => (
        <a key={key} href={href} aria-current={key === current ? "page" : undefined}>{label}</a>
      ))}
    </nav>
  );
}

function ThemeSwitch() {
  const other = t(theme.value === "dark" ? "app.theme.light" : "app.theme.dark");
  const label = t("app.theme.switch", { theme: other.toLowerCase() });
  return (
    <button class="theme" type="button" onClick={switchTheme} aria-label={label} title={label}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="7.5" class="theme-ring" />
        <path d="M10 2.5a7.5 7.5 0 0 1 0 15z" class="theme-half" />
      </svg>
    </button>
  );
}

/** The two letters of the language are shown; the list names each language in its own words. */
function LanguageChoice() {
  const now = language();
  return (
    <div class="language">
      <span aria-hidden="true">{now.toUpperCase()}</span>
      <select aria-label={t("app.language")} value={now}
        onChange={(event) => void chooseLanguage(event.currentTarget.value as Language).catch(() => undefined)}>
        {Object.entries(LANGUAGES).map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
      </select>
    </div>
  );
}

function Who() {
  const who = session.value;
  if (!official.value || who === null) return null;
  const role = words(who.role);
  const named = who.name !== undefined && who.name !== "" && who.name.toLowerCase() !== role.toLowerCase();
  return <span class="who">{named ? t("control.who", { name: who.name ?? "", role }) : who.name || role}</span>;
}

/** Official or not, and whether the rally is a simulated one. */
export function State() {
  const row = rally.value;
  if (row === null) return null;
  const final = row.publication === "OFFICIAL";
  return (
    <p class="state">
      <strong class={final ? "" : "unofficial"}>{final ? words(row.publication) : t("app.unofficial")}</strong>
      {row.simulated ? <span class="simulated">{t("app.simulated", { speed: row.speed ?? 1 })}</span> : null}
      <Who />
    </p>
  );
}

/** The organizer's line under the name, in whatever language, may already say which office it is. */
function namesOffice(line: string | undefined): boolean {
  return line !== undefined && [t("app.timekeeper"), EN["app.timekeeper"]].some((office) => line.includes(office));
}

export function Header() {
  const row = rally.value;
  return (
    <header class="head">
      <div class="head-name">
        <h1>
          <a href="/">{row?.name ?? PRODUCT}</a>
          {row?.edition ? <span class="edition">{row.edition}</span> : null}
        </h1>
        {row?.timekeeper ? (
          <p class="timekeeper">
            {namesOffice(row.timekeeper.line) ? null : <span class="label">{t("app.timekeeper")}</span>}
            <b>{row.timekeeper.name}</b>
            {row.timekeeper.line ? <span class="line">{row.timekeeper.line}</span> : null}
          </p>
        ) : null}
        <State />
      </div>
      <Clock />
      <div class="head-foot">
        <Nav />
        <Connection />
        <Share />
        <LanguageChoice />
        <ThemeSwitch />
      </div>
    </header>
  );
}

export function Banner() {
  const row = rally.value;
  const at = asOf.value;
  // Rows dim by a class on the root, so that no row redraws for it.
  document.documentElement.classList.toggle("stale", stale.value);
  if (askedMoment() !== "") return <MomentBanner />;
  if (stale.value && row !== null && at !== null) {
    return (
      <div class="banner" role="alert">
        <span class="banner-sign" aria-hidden="true">!</span>
        <span>{t("link.banner", { time: clockText(at, row.utc_offset), age: ageText(silence.value) })}</span>
      </div>
    );
  }
  const warnings = Object.entries(notices.value).filter(([, notice]) => notice.level === "warn");
  if (row === null || warnings.length === 0) return null;
  return (
    <div class="notices" role="status">
      {warnings.slice(-3).map(([id, notice]) => (
        <p key={id}><time>{clockText(notice.at, row.utc_offset, false)}</time> {notice.text}</p>
      ))}
    </div>
  );
}
