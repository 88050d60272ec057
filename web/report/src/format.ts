// Numbers and times as people read them. Thousands are set apart by a thin space, times are UTC.

const THIN = "\u202f";
const MINUS = "\u2212";

export function fixed(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "n/a";
  const text = Math.abs(value).toFixed(digits);
  const [whole, rest] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? MINUS : "") + apart + (rest ? "." + rest : "");
}

export function signed(value: number | null | undefined, digits: number): string {
  const text = fixed(value, digits);
  return value !== null && value !== undefined && Number(value.toFixed(digits)) > 0 ? "+" + text : text;
}

export const percent = (value: number | null | undefined, digits = 2) =>
  fixed(value, digits) + (Number.isFinite(value) ? THIN + "%" : "");
export const signedPercent = (value: number | null | undefined, digits = 2) =>
  signed(value, digits) + (Number.isFinite(value) ? THIN + "%" : "");
export const count = (value: number) => fixed(value, 0);
/** "1 trade", "12 trades". */
export const counted = (value: number, thing: string) => `${count(value)} ${thing}${value === 1 ? "" : "s"}`;

/** A price: as many digits as make sense for its size. */
export function price(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  const size = Math.abs(value);
  const digits = size === 0 ? 2 : Math.min(8, Math.max(2, 5 - Math.ceil(Math.log10(size))));
  return fixed(value, digits);
}

const two = (n: number) => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
export const monthName = (month: number) => MONTHS[month];

export function date(ms: number): string {
  const d = new Date(ms);
  return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}
export function moment(ms: number): string {
  const d = new Date(ms);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

export function duration(minutes: number): string {
  if (!Number.isFinite(minutes)) return "n/a";
  const whole = Math.round(minutes);
  if (whole < 60) return `${whole} min`;
  const hours = Math.floor(whole / 60);
  if (hours < 48) return `${hours} h ${two(whole % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "take_profit" as "take profit". */
export const words = (name: string) => name.replace(/_/g, " ");
