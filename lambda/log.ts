/**
 * One JSON object a line. Written to the stream itself, because the console of the Lambda runtime puts a
 * prefix before each line.
 */
export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ message, ...fields })}\n`);
}
