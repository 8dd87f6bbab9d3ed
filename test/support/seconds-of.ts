import type { VirtualClock } from './virtual-clock';

/** How many seconds of virtual time some work takes. */
export async function secondsOf({ clock }: { clock: VirtualClock }, work: Promise<unknown>): Promise<number> {
  const from = clock.now();
  await work;
  return (clock.now() - from) / 1_000;
}
