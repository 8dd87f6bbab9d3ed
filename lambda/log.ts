/**
 * Writes one JSON object per line, directly to the stream, because the console of the Lambda runtime puts a prefix before
 * each line.
 */
export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ message, ...fields })}\n`);
}
