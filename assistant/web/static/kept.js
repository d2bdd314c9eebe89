/* The conversation as this browser keeps it: nothing of it stays on the server. */

const KEY = "conversation";

export function kept() {
  try {
    const turns = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(turns) ? turns.filter((turn) => turn?.answer) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

export function keep(turns) {
  try {
    localStorage.setItem(KEY, JSON.stringify(turns.filter((turn) => turn.answer).map(({ answer }) => ({ answer }))));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
  }
}

export function forget() {
  localStorage.removeItem(KEY);
}
