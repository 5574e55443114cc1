// Text from the server as nodes. This is the only place that makes HTML of text.
const plain = { createHTML: (text) => text, createScriptURL: (url) => url };
const policy = window.trustedTypes?.createPolicy("daybook", plain) ?? plain;

export const parse = (text) => new DOMParser().parseFromString(policy.createHTML(text), "text/html");

export const scriptUrl = (url) => policy.createScriptURL(url);

// A new element with attributes and children; texts stay texts.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function icon(lines) {
  const svg = parse(`<svg class="i" viewBox="0 0 24 24" aria-hidden="true">${lines}</svg>`);
  return document.adoptNode(svg.body.firstChild);
}

export const WARNING = '<path d="M12 4 2.8 20h18.4z"/><path d="M12 10v4.5M12 17.4v.1"/>';
export const CHECK = '<path d="m5 12.5 4.5 4.5L19 7.5"/>';
export const CLOUD = '<path d="M7 18a4 4 0 0 1-.5-8A6 6 0 0 1 18 9.5a4.3 4.3 0 0 1-.5 8.5z"/>';
