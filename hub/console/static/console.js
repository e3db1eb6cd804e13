import { initAll } from "/static/govuk/govuk-frontend.min.js";

initAll();

// An open inbox says how many alerts came since it was made; nothing moves until its reader asks for them.
const link = document.querySelector("[data-live]");
if (link && "EventSource" in window) {
  const title = document.title;
  const news = new EventSource("/live");
  news.addEventListener("message", ({ data }) => {
    const more = Number(data) - Number(link.dataset.live);
    if (more <= 0) return;
    link.textContent = `${more} new ${more === 1 ? "alert" : "alerts"} – show`;
    document.title = `(${more}) ${title}`;
  });
  news.addEventListener("over", () => news.close());
}
