import { setFlagsFromString } from 'node:v8';

/**
 * A function that runs out of memory dies without an answer. How far Node lets garbage pile up follows from how much
 * memory it believes to have; with thousands of accounts that took up to 218 of the 256 MiB. Here it clears up earlier,
 * and spends no memory on speed that waiting for the service hides. Figures: docs/decisions/0007-the-bundled-client.md.
 */
export function keepHeapSmall(): void {
  // Elsewhere memory is not bounded, and Node has other things to run.
  if (process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) {
    setFlagsFromString('--semi-space-growth-factor=1 --no-opt --no-maglev');
  }
}
