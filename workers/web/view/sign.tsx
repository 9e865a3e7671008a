/** The sign of the product, in the colours of the page; sign.ts is the same drawing as a file. */
export function Sign() {
  return (
    <svg class="sign" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <path class="sign-hull" d="M2 20h28c-1 4.5-4 8-8 8H10c-4 0-7-3.5-8-8z" />
      <path class="sign-sail" d="M17 3c5 4 8 9 8.5 14H17z" />
      <path class="sign-hull" d="M14 3h2v14h-2z" />
      <path class="sign-cargo" d="M5 12h7v5H5z" />
    </svg>
  );
}
