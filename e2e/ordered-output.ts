export interface Output {
  readonly print: (line: string) => void;
  readonly end: () => void;
}

/** Prints what runs concurrently as if it ran one after the other: an output prints when those before it have ended. */
export function orderedOutputs(count: number, print: (line: string) => void): Output[] {
  const held: string[][] = Array.from({ length: count }, () => []);
  const ended = new Set<number>();
  let current = 0;
  const flush = () => {
    for (;;) {
      for (const line of held[current]?.splice(0) ?? []) {
        print(line);
      }
      if (!ended.has(current)) {
        return;
      }
      current++;
    }
  };
  return held.map((lines, n) => ({
    print: (line) => {
      lines.push(line);
      flush();
    },
    end: () => {
      ended.add(n);
      flush();
    },
  }));
}
