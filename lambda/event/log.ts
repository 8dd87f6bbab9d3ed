type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes one JSON object per line, directly to the stream, because the console of the Lambda runtime puts a prefix before
 * each line.
 */
export const log = {
  info: (message: string, fields?: Fields) => write('INFO', message, fields),
  warn: (message: string, fields?: Fields) => write('WARN', message, fields),
  error: (message: string, fields?: Fields) => write('ERROR', message, fields),
};

function write(level: string, message: string, fields: Fields = {}): void {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}
