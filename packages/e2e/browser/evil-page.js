// What a page of somebody else tries, run by a browser. Served by the suite, not by anything here.

const SIMPLE_BODIES = [
  () => '{"withdraw":true}',
  () => new URLSearchParams({ withdraw: 'true' }),
  () => new Blob(['{"withdraw":true}']),
  () => new Blob(['{"withdraw":true}'], { type: 'text/plain' }),
  () => new FormData(),
];

/** Resolves when it has opened, or failed. */
function settled(target, good) {
  return new Promise((resolve) => {
    target.addEventListener(good, () => resolve(true));
    target.addEventListener('error', () => resolve(false));
  });
}

globalThis.evil = {
  /** What a script could read; empty where nothing. */
  async read(url, init) {
    try {
      const response = await fetch(url, init);
      return response.ok ? await response.text() : '';
    } catch {
      return '';
    }
  },

  async statusOf(url, init) {
    return (await fetch(url, init)).status;
  },

  /** Everything that is sent without a preflight. */
  async sendSimple(url) {
    for (const body of SIMPLE_BODIES) {
      await fetch(url, { method: 'POST', mode: 'no-cors', body: body() }).catch(() => undefined);
      navigator.sendBeacon(url, body());
    }
    await fetch(url, { method: 'POST', mode: 'no-cors' }).catch(() => undefined);
  },

  /** A form whose text/plain is JSON. */
  submit(action, enctype) {
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, { action, enctype, method: 'post' });
    Object.assign(form.appendChild(document.createElement('input')), { name: '{"withdraw":true,"a":"', value: '"}' });
    // After this call has returned: it leaves the page.
    setTimeout(() => form.submit());
  },

  /** Which of these could be opened: a stream, a WebSocket, a script, a picture. */
  async open(base) {
    const opened = [];
    const tryIt = async (what, target, good) => {
      if (await settled(target, good)) opened.push(`${what} ${base}`);
    };
    const path = '/run-edges/v1/decisions?follow=1';
    const stream = new EventSource(base + path);
    await tryIt('stream', stream, 'open');
    stream.close();
    await tryIt('socket', new WebSocket(base.replace('http', 'ws') + path), 'open');
    for (const [tag, file] of [
      ['script', 'main.js'],
      ['img', 'icon.svg'],
    ]) {
      const element = document.createElement(tag);
      const loading = tryIt(tag, element, 'load');
      element.src = `${base}/run-edges/console/${file}`;
      document.body.append(element);
      await loading;
    }
    return opened;
  },

  frame(url) {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const loaded = settled(frame, 'load');
    frame.src = url;
    return loaded;
  },

  popup(url) {
    globalThis.opened = window.open(url);
  },

  /** The title of the page that was opened, or empty where that cannot be read. */
  titleOfPopup() {
    try {
      return globalThis.opened.document.title;
    } catch {
      return '';
    }
  },
};
