/** Runs as many tasks at a time as there are slots. The others wait. */
export function semaphore(slots: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = slots;
  const waiting: (() => void)[] = [];
  return async (task) => {
    while (free === 0) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    free--;
    try {
      return await task();
    } finally {
      free++;
      waiting.shift()?.();
    }
  };
}
