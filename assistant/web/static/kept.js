/* The conversations as this browser keeps them, the latest first: nothing of them stays on the server. */

const KEY = "conversations";
const TAB = "conversation";
const MOST = 100;

export function conversations() {
  try {
    const all = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(all) ? all.filter((one) => one?.id && Array.isArray(one.turns) && one.turns.every((turn) => turn?.answer)) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function store(all) {
  for (let most = Math.min(MOST, all.length); ; most = Math.floor(most / 2)) {
    try {
      localStorage.setItem(KEY, JSON.stringify(all.slice(0, most)));
      return;
    } catch (error) {
      if (error.name !== "QuotaExceededError" || most === 0) throw error;
    }
  }
}

/* The conversation of this tab: the one it had before, else the latest; null for a new one. */
export function current() {
  const id = sessionStorage.getItem(TAB);
  const all = conversations();
  return (id === null ? all[0] : all.find((one) => one.id === id)) ?? null;
}

/* Not crypto.randomUUID: browsers hide that from pages of other machines without TLS. */
export function newId() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

export function choose(id) {
  sessionStorage.setItem(TAB, id);
}

export function keep(id, turns) {
  const own = turns.filter((turn) => turn.answer).map(({ answer, documents }) => ({ answer, documents }));
  const others = conversations().filter((one) => one.id !== id);
  store(own.length ? [{ id, at: new Date().toISOString(), turns: own }, ...others] : others);
}

export function forget(id) {
  store(conversations().filter((one) => one.id !== id));
}

export function forgetAll() {
  localStorage.removeItem(KEY);
}
