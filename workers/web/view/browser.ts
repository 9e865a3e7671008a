const browsers = [
  ["Edge", /\bEdg\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\bFirefox\//],
  ["Chromium", /Chrom(?:e|ium)\//],
  ["Safari", /\bSafari\//],
] as const;

const systems = [
  ["Android", /\bAndroid\b/],
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
] as const;

/** A User-Agent in two words, such as "Firefox on Linux"; what is unknown by its beginning. For people only: anybody can say anything. */
export function describeBrowser(agent: string): string {
  const [browser] = browsers.find(([, sign]) => sign.test(agent)) ?? [];
  const [system] = systems.find(([, sign]) => sign.test(agent)) ?? [];
  if (!browser) return agent.slice(0, 40) || "unknown";
  return system ? `${browser} on ${system}` : browser;
}
