// Elements. Text always goes in as text: names and notes are the strategy's and not to be trusted.

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes | null = null, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
  return element;
}

export function section(id: string, title: string, hint: string, ...children: Child[]): HTMLElement {
  return el("section", { id, "aria-labelledby": id + "-title" },
    el("header", null, el("h2", { id: id + "-title" }, title), hint ? el("p", { class: "hint" }, hint) : null), ...children);
}

/** What may be wider than the page: its ends fade where there is more to scroll to, and keys move it then. */
export function scroll(...children: Child[]): HTMLElement {
  const box = el("div", { class: "scroll" }, ...children);
  const look = () => {
    const hidden = box.scrollWidth - box.clientWidth;
    box.classList.toggle("more-left", hidden > 1 && box.scrollLeft > 1);
    box.classList.toggle("more-right", hidden > 1 && box.scrollLeft < hidden - 1);
    if (hidden > 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  box.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(box);
  new MutationObserver(look).observe(box, { childList: true, subtree: true });
  return box;
}

export function select(label: string, options: [string, string][], changed: (value: string) => void, value?: string) {
  const box = el("select", { "aria-label": label },
    ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  box.addEventListener("change", () => changed(box.value));
  return el("label", { class: "select" }, el("span", null, label), box);
}

/** Buttons of which one is pressed. */
export function choice(label: string, options: [string, string][], chosen: string, changed: (value: string) => void) {
  const buttons = options.map(([key, text]) => {
    const button = el("button", { type: "button", "aria-pressed": String(key === chosen), "data-key": key }, text);
    button.addEventListener("click", () => {
      mark(key);
      changed(key);
    });
    return button;
  });
  const mark = (key: string | null) => {
    for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.key === key));
  };
  return { element: el("div", { class: "choice", role: "group", "aria-label": label }, ...buttons), mark };
}

/** "good", "bad" or nothing, for colours. */
export const mood = (value: number | null | undefined) => (!value ? "" : value > 0 ? "good" : "bad");
