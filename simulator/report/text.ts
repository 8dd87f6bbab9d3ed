import { styleText } from 'node:util';

export interface ReportOptions {
  /** The number of columns of the terminal. */
  readonly width: number;
  readonly colored: boolean;
  /** Shows a text below the report for a moment. */
  readonly progress?: (text: string) => void;
}

export type Style = Parameters<typeof styleText>[0];

export function paint(text: string, style: Style | undefined, { colored }: ReportOptions): string {
  // The caller has decided about colors, not the standard output of this process.
  return colored && style !== undefined && text !== ''
    ? styleText(style, text, { validateStream: false })
    : text;
}

/** Breaks a text at spaces, after the slashes of a path, and inside of words that are wider than a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  const words = text.split(/(?<=[ /])/).flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
  for (const word of words) {
    const last = lines.length - 1;
    if (lines[last] === '' || (lines[last] + word.trimEnd()).length <= width) {
      lines[last] += word;
    } else {
      lines.push(word);
    }
  }
  return lines.map((line) => line.trimEnd());
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
