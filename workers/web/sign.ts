/**
 * The sign of the product as a file, for the tab of the browser: a wherry under sail, with its cargo. The page's own drawing of it
 * (view/sign.tsx) has the same shapes, in the colours of the page.
 */
export const sign = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>.hull{fill:#0a5a68}.sail{fill:#c8431c}@media (prefers-color-scheme:dark){.hull{fill:#62c6d6}.sail{fill:#ff8d68}}</style><path class="hull" d="M2 20h28c-1 4.5-4 8-8 8H10c-4 0-7-3.5-8-8z"/><path class="sail" d="M17 3c5 4 8 9 8.5 14H17z"/><path class="hull" d="M14 3h2v14h-2z"/><path class="hull" opacity=".6" d="M5 12h7v5H5z"/></svg>
`;
