/**
 * The icons of the pages: one file of symbols, drawn on a grid of 20 with a pen of 1.6, in the colour of the text beside them. A page names
 * one by `<Icon name="search" />`; what it says stands in words beside it, or is read from a label.
 */
const drawings = {
  search: `<circle cx="8.5" cy="8.5" r="5.5"/><path d="m13 13 4.5 4.5"/>`,
  star: `<path d="m10 2.6 2.3 4.8 5.2.7-3.8 3.6.9 5.2L10 14.4l-4.6 2.5.9-5.2L2.5 8.1l5.2-.7z"/>`,
  starred: `<path fill="currentColor" d="m10 2.6 2.3 4.8 5.2.7-3.8 3.6.9 5.2L10 14.4l-4.6 2.5.9-5.2L2.5 8.1l5.2-.7z"/>`,
  pull: `<path d="M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13"/>`,
  official: `<circle cx="10" cy="7.5" r="5"/><path d="m6.8 11.6-1.3 6 4.5-2.4 4.5 2.4-1.3-6M10 5v5M7.5 7.5h5"/>`,
  verified: `<path d="m10 1.8 2.3 1.6 2.8 0 .8 2.7 2.2 1.7-.9 2.7.9 2.6-2.2 1.7-.8 2.7-2.8 0L10 19.1l-2.3-1.6-2.8 0-.8-2.7-2.2-1.7.9-2.6-.9-2.7 2.2-1.7.8-2.7 2.8 0z"/><path d="m6.8 10.4 2.3 2.3 4.2-4.4"/>`,
  signed: `<path d="M10 2 3.5 4.5v5c0 4 2.7 6.9 6.5 8.5 3.8-1.6 6.5-4.5 6.5-8.5v-5zM7 9.8l2.2 2.2L13 8"/>`,
  lock: `<rect x="4" y="9" width="12" height="8.5" rx="2"/><path d="M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9"/>`,
  light: `<circle cx="10" cy="10" r="3.5"/><path d="M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M15.8 4.2l-1.4 1.4M5.6 14.4l-1.4 1.4"/>`,
  dark: `<path d="M16.8 11.8A7 7 0 0 1 8.2 3.2a7 7 0 1 0 8.6 8.6z"/>`,
  system: `<rect x="2.5" y="3.5" width="15" height="10" rx="1.5"/><path d="M7 17h6M10 13.5V17"/>`,
  care: `<path d="M10 2.8 18 16.8H2zM10 8v4M10 14.2v.2"/>`,
  away: `<path d="M3.5 10h12M11 5.5l4.5 4.5-4.5 4.5"/>`,
  category: `<path d="M2.5 6 10 2.5 17.5 6v8L10 17.5 2.5 14zM2.5 6 10 9.5 17.5 6M10 9.5v8"/>`,
} as const;

export type IconName = keyof typeof drawings;

const symbols = Object.entries(drawings).map(
  ([name, drawing]) =>
    `<symbol id="${name}" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`,
);

/** The file: symbols that are seen only where a page uses them. */
export const icons = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
