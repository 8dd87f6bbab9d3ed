import { enumerate } from '../../lib/workspaces/validation';

/** A line about a stack, an image or a bundle, and the lines below it. */
export interface Entry {
  readonly subject: string;
  /** The account and Region of a stack. */
  readonly where?: string;
  readonly text: string;
  readonly lines?: readonly Entry[];
}

/** A line about one or more that are alike. */
export interface Folded {
  readonly subjects: readonly string[];
  readonly where: string;
  readonly text: string;
  /** The text of the first one. */
  readonly first: string;
  readonly lines: readonly Entry[];
}

/** As many that are alike are shown one by one. */
const FEW = 2;
/** More different IDs than these are counted. */
const FEW_IDS = 3;
const ID = /\b(\d{12}|ws[ib]-\w+|[a-z]{2}(?:-[a-z]+)+-\d)\b/g;

/** Puts entries together that differ only in names, accounts, Regions and images. */
export function folded(entries: readonly Entry[]): Folded[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const lines = folded(entry.lines ?? []).map(({ first }) => masked(first, ''));
    const key = JSON.stringify([masked(entry.text, entry.subject), lines]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length <= FEW ? group.map((entry) => joined([entry])) : [joined(group)],
  );
}

function joined(group: readonly Entry[]): Folded {
  return {
    subjects: group.map(({ subject }) => subject),
    where: common(group.map(({ where = '' }) => where)),
    text: common(group.map(({ text }) => text)),
    first: group[0].text,
    lines: group.flatMap(({ lines = [] }) => lines),
  };
}

/** Names what a line is about, given the names of all that could be. */
export function title({ subjects, where }: Folded, all: readonly string[]): string {
  const [first] = subjects;
  if (subjects.length === 1) {
    return where ? `${first} (${where})` : first;
  }
  const start = all.indexOf(first);
  const isRange = all.slice(start, start + subjects.length).every((name, n) => name === subjects[n]);
  const details = `${subjects.length} stacks${where && `: ${where}`}`;
  return isRange
    ? `${first} to ${subjects[subjects.length - 1]} (${details})`
    : `${first} and others (${details})`;
}

/** What an ID is one of. */
export function nounOf(id: string): string {
  const start = /^(?:wsi|wsb|\d{12}$)/.exec(id)?.[0] ?? '';
  return { wsi: 'images', wsb: 'bundles', '': 'Regions' }[start] ?? 'accounts';
}

/** A text without IDs and the names of the stack and its constructs. */
function masked(text: string, subject: string): string {
  const [stack] = subject.split('/');
  return text.replaceAll(stack || '\0', '…').replace(ID, '…');
}

/** The words of texts that are equal, and where they differ, the IDs or how many there are. */
function common(texts: readonly string[]): string {
  const words = texts.map((text) => text.split(' '));
  return words[0]
    .map((word, n) => {
      const found = [...new Set(words.map((each) => each[n]))];
      const [, start, first, end] = /^([(+-]*)(.*?)([),:.]*)$/.exec(word) as unknown as string[];
      if (found.length === 1) {
        return word;
      }
      const ids = found.map((each) => each.slice(0, each.length - end.length)).sort();
      return ids.length > FEW_IDS ? `${start}${ids.length} ${nounOf(first)}${end}` : enumerate(ids) + end;
    })
    .join(' ');
}
