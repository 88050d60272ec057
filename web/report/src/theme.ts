// Colours of the charts, as the styles have them for the system's light or dark look.

export interface Theme {
  ink: string; muted: string; line: string; card: string; good: string; bad: string; accent: string;
  goodSoft: string; badSoft: string;
}

let known: Theme | null = null;

export function theme(): Theme {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const get = (name: string) => style.getPropertyValue("--" + name).trim();
  known = {
    ink: get("ink"), muted: get("muted"), line: get("line"), card: get("card"), good: get("good"), bad: get("bad"),
    accent: get("accent"), goodSoft: get("good-soft"), badSoft: get("bad-soft"),
  };
  return known;
}

/** Calls back when the look changes, until the page is left. */
export function onThemeChange(call: () => void) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    known = null;
    call();
  });
}

export const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Background and text of a cell on a scale from -1 (bad) over 0 to 1 (good). */
export function heatStyle(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return "";
  const strength = Math.round(Math.min(1, Math.abs(share)) * 62 + (share === 0 ? 0 : 6));
  return `background: color-mix(in srgb, var(${share >= 0 ? "--good" : "--bad"}) ${strength}%, var(--card))`;
}
