/** Text to copy: a command, an address, a token. The button is there where scripts run; without them it can be selected. */
export function Command({ text, label = "Command" }: { text: string; label?: string }) {
  return (
    <copy-text>
      <pre class="command" tabindex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
    </copy-text>
  );
}
