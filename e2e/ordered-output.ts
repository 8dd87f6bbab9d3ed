export interface Voice {
  readonly print: (line: string) => void;
  readonly end: () => void;
}

/** Lets several stories that are told at the same time be read one after the other. */
export function inTurn(count: number, print: (line: string) => void): Voice[] {
  const held: string[][] = Array.from({ length: count }, () => []);
  const over = new Set<number>();
  let turn = 0;
  const flush = () => {
    for (;;) {
      for (const line of held[turn]?.splice(0) ?? []) {
        print(line);
      }
      if (!over.has(turn)) {
        return;
      }
      turn++;
    }
  };
  return held.map((lines, n) => ({
    print: (line) => {
      lines.push(line);
      flush();
    },
    end: () => {
      over.add(n);
      flush();
    },
  }));
}
