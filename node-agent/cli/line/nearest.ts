/** The name that somebody probably meant, or undefined when none is near. */
export function nearest(typed: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 0.5;
  for (const name of names) {
    const away = name.startsWith(typed) && typed.length > 1 ? 0.5 : distance(typed, name);
    if (away < least) [best, least] = [name, away];
  }
  return best;
}

/** How many letters have to be put in, taken out, replaced, or swapped with their neighbour. */
function distance(from: string, to: string): number {
  let older: number[] = [];
  let before = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (before[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (before[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (older[column - 2] ?? 0) + 1);
      now.push(cost);
    }
    [older, before] = [before, now];
  }
  return before[to.length] ?? 0;
}
