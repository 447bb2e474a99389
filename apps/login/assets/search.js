// Finds people while one types. Without this script the same form and links lead to the same pages.

const PAUSE_MS = 150;
const FAILED = 'The directory cannot be reached. Try again in a moment.';

const form = document.querySelector('form.search');
const box = form.elements.q;
const summary = document.getElementById('summary');
const results = document.getElementById('results');

let timer;
let asking = new AbortController();
let shown = box.value.trim();

box.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE_MS);
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(timer);
  find();
});

results.addEventListener('click', async (event) => {
  const more = event.target.closest('#more');
  if (!more || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const page = await fetchPage(more.href);
  if (!page) return;
  const added = [...page.querySelectorAll('#results .people > li')];
  results.querySelector('.people').append(...added);
  more.closest('p').replaceWith(page.querySelector('#results .actions') ?? '');
  summary.textContent = page.getElementById('summary').textContent;
  // Whoever walks by keyboard goes on with the first of those that came.
  added[0]?.querySelector('a').focus();
});

async function find() {
  const text = box.value.trim();
  if (text === shown) return;
  const url = new URL('/people', location.href);
  if (text !== '') url.searchParams.set('q', text);
  const page = await fetchPage(url);
  if (!page) return;
  shown = text;
  history.replaceState(null, '', url);
  document.title = page.title;
  results.replaceChildren(...page.getElementById('results').childNodes);
  summary.textContent = page.getElementById('summary').textContent;
}

/** A page of this site as a document, or undefined: when a newer question overtook it, or when it failed. */
async function fetchPage(url) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  results.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(url, { signal });
    // The session has ended: the sign-in page is to be seen, not to be taken apart.
    if (response.redirected) return void location.assign(response.url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  } catch {
    if (signal.aborted) return undefined;
    shown = undefined;
    results.replaceChildren();
    summary.textContent = FAILED;
    return undefined;
  } finally {
    if (!signal.aborted) results.removeAttribute('aria-busy');
  }
}
