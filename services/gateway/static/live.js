// Keeps lists and timelines fresh. Without this file every page works; one reloads by hand then.
"use strict";

const stampOf = (place) => (place.dataset.stamp === undefined ? "" : `?stamp=${place.dataset.stamp}`);

/** Put in what is new of an ordered list, in its place; nothing that is read or open is touched. */
function grow(list, fresh) {
  let added = 0;
  let after = null;
  for (const item of [...fresh.children]) {
    const known = document.getElementById(item.id);
    if (known === null) {
      list.insertBefore(item, after === null ? list.firstChild : after.nextSibling);
      item.classList.add("fresh");
      added += 1;
      after = item;
    } else {
      after = known;
    }
  }
  return added;
}

function takeIn(place, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const parts = fresh.querySelectorAll("[data-part]");
  if (parts.length === 0) {
    if (!place.contains(document.activeElement)) place.replaceChildren(...fresh.body.childNodes);
    return;
  }
  for (const part of parts) {
    const here = place.querySelector(`[data-part="${part.dataset.part}"]`);
    if (here === null) continue;
    if (part.matches("ol")) {
      const announce = place.querySelector("[data-announce]");
      if (grow(here, part) > 0 && announce !== null) announce.textContent = announce.dataset.announce;
    } else if (!here.contains(document.activeElement)) {
      here.replaceWith(part);
    }
  }
  place.dataset.stamp = fresh.querySelector("[data-stamp]").dataset.stamp;
}

async function look(place) {
  if (document.hidden) return;
  const answer = await fetch(place.dataset.live + stampOf(place), { headers: { Accept: "text/html" } });
  if (answer.redirected) window.location.reload();
  else if (answer.status === 200) takeIn(place, await answer.text());
}

for (const place of document.querySelectorAll("[data-live]")) {
  const next = () => window.setTimeout(() => look(place).catch(() => {}).finally(next), 1000 * place.dataset.every);
  next();
}

// One press is one sending; the server would do it once anyway.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A canned answer goes in where the cursor stands; without this the server puts it in.
for (const button of document.querySelectorAll("[data-insert]")) {
  button.addEventListener("click", (event) => {
    const text = button.form.querySelector("[data-text]:checked")?.dataset.text;
    const box = document.getElementById(button.dataset.insert);
    event.preventDefault();
    if (text === undefined) return;
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    box.focus();
  });
}

// One more row of inputs, in place; without this the server shows the form again with more of them.
for (const button of document.querySelectorAll("[data-add-row]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const rows = button.closest("section, fieldset").querySelector("tbody");
    const row = rows.lastElementChild.cloneNode(true);
    const place = rows.children.length;
    for (const field of row.querySelectorAll("input, select")) {
      field.name = field.name.replace(/-\d+-/, `-${place}-`);
      if (field.id !== "") field.id = field.name;
      field.value = "";
      field.setAttribute("aria-label", (field.getAttribute("aria-label") ?? "").replace(/\d+$/, place + 1));
    }
    for (const known of row.querySelectorAll("input[type=hidden]")) known.remove();
    rows.append(row);
    row.querySelector("input, select").focus();
  });
}
