/* Keeps the page's own files, so that it opens without its server; never a question, an answer or a document. */

const CACHE = "page";
const root = new URL("./", location).pathname;
const PAGE = [
  "./",
  "manifest.webmanifest",
  ...["card.js", "chat.js", "colours.js", "evidence.js", "feedback.js", "history.js", "icon-192.png"].map(named),
  ...["icon-512.png", "icon.svg", "kept.js", "menus.js", "server.js", "style.css", "theme.js"].map(named),
];

function named(name) {
  return `web/static/${name}`;
}

const keys = new Set(PAGE.map((path) => new URL(path, location).pathname));

async function fetched(request, key) {
  try {
    const response = await fetch(request);
    if (response.ok) {
      const cache = await caches.open(CACHE);
      await cache.put(key, response.clone());
    }
    return response;
  } catch (error) {
    const kept = await caches.match(key);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(PAGE)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method === "GET" && origin === location.origin && keys.has(pathname)) {
    event.respondWith(fetched(event.request, pathname === root ? root : pathname));
  }
});
