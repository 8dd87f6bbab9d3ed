import { BUNDLE_TYPE, COPY_TYPE, READY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import { enumerate } from '../../lib/workspaces/validation';
import type { EventReport, StackStep, StepReport } from '../lifecycle/step-report';
import type { Entry } from './fold';
import { counted, seconds } from './text';

/** More accounts than these are counted. */
const FEW_ACCOUNTS = 3;

/** What a step has done with a stack, with the images that it shares and copies, and with its bundles. */
export function stackEntry({ stack, result, isExpected, events, shared, copied, bundles }: StackStep): Entry {
  const details = events.length > 0 ? ` (${eventsText(events)})` : '';
  const expected = result === 'rolled back' && isExpected ? ', as expected' : '';
  return {
    subject: stack,
    text: `${result}${expected}${details}`,
    lines: [
      ...shared.map(({ imageId, before, accounts }) => ({
        subject: imageId,
        text: accountsText(accounts, before),
      })),
      ...copied.map(({ imageId, copyOf }) => ({ subject: imageId, text: `copy of ${copyOf}` })),
      ...bundles.map(({ bundleId, imageId }) => ({ subject: bundleId, text: `bundle with ${imageId}` })),
    ],
  };
}

const NOUNS: Record<string, string> = {
  [SHARE_TYPE]: 'share',
  [COPY_TYPE]: 'copy',
  [READY_TYPE]: 'copy',
  [BUNDLE_TYPE]: 'bundle',
};

/** The kinds of events of each construct, each kind once. */
function eventsText(events: readonly EventReport[]): string {
  const byConstruct = new Map<string, { noun: string; texts: string[] }>();
  let isRollback = false;
  for (const { requestType, resourceType, outcome, path } of events) {
    const construct = byConstruct.get(path) ?? { noun: NOUNS[resourceType], texts: [] };
    byConstruct.set(path, construct);
    const { texts } = construct;
    const isLink = resourceType === READY_TYPE;
    if (isLink && requestType === 'Delete' && outcome === 'succeeded') {
      // The Delete of a resource that only waits does nothing.
      continue;
    }
    const isSecond = texts.some((text) => text.startsWith('Update')) && requestType === 'Update';
    isRollback = isLink ? isRollback : isSecond;
    const what = isLink ? 'wait' : isRollback ? 'rollback' : requestType;
    const text = outcome === 'succeeded' ? what : `${what} ${outcome}`;
    if (texts[texts.length - 1] !== text) {
      texts.push(text);
    }
  }
  const constructs = [...byConstruct.values()];
  const isMixed = constructs.some(({ noun }) => noun !== constructs[0].noun);
  const kinds = new Map<string, number>();
  for (const { noun, texts } of constructs) {
    const kind = `${isMixed ? `${noun}: ` : ''}${texts.join(', ')}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const isCounted = isMixed ? [...kinds.values()].some((times) => times > 1) : constructs.length > 1;
  return [...kinds]
    .map(([kind, times]) => (isCounted ? `${times} × ${kind}` : kind))
    .join(isMixed ? '; ' : ', ');
}

function accountsText(accounts: readonly string[], before: readonly string[]): string {
  if (accounts.length === 0) {
    return before.length > 0 ? 'no account any more' : 'no account';
  }
  if (accounts.length <= FEW_ACCOUNTS) {
    return enumerate([...accounts]);
  }
  const changes = [
    ...accounts.filter((each) => !before.includes(each)).map((each) => `+${each}`),
    ...before.filter((each) => !accounts.includes(each)).map((each) => `-${each}`),
  ];
  const isShort = before.length > 0 && changes.length > 0 && changes.length <= FEW_ACCOUNTS;
  return `${counted(accounts.length, 'account')}${isShort ? ` (${changes.join(', ')})` : ''}`;
}

/** The result of a step, its time and its calls. */
export function outcomeText(
  { ok, isRollback, stacks, calls, milliseconds }: StepReport,
  copySeconds: number,
): string {
  const isIdle = stacks.every(({ result }) => result === 'skipped');
  const outcome = isIdle ? 'Nothing has changed' : isRollback ? 'Rolled back, as expected' : 'Succeeded';
  const counts: [count: number, noun: string, plural?: string][] = [
    [calls.reads, 'read'],
    [calls.grants, 'grant'],
    [calls.revokes, 'revoke'],
    [calls.copies, 'copy', 'copies'],
    [calls.bundles, 'bundle'],
    [calls.bundleUpdates, 'bundle update'],
    [calls.imagesDeleted + calls.bundlesDeleted, 'deletion'],
    [calls.refused, 'failed call'],
  ];
  const assumed = calls.copies > 0 ? ` (copy: ${copySeconds} s assumed)` : '';
  return `${ok ? outcome : 'FAILED'}: ${[
    `${seconds(milliseconds)}${assumed}`,
    ...counts.filter(([count]) => count > 0).map((args) => counted(...args)),
  ].join(', ')}`;
}

/** What is left when all stacks are deleted, given the images that the first step has had. */
export function remainders(
  { stacks, images, bundles, access, retained }: StepReport,
  first: StepReport,
): Entry[] {
  if (!stacks.some(({ result }) => result === 'deleted')) {
    return [];
  }
  const free = images.filter(({ copyOf, imageId }) => !copyOf && access[imageId].length === 0);
  return [
    ...free
      .filter(({ imageId }) => first.images.some((image) => image.imageId === imageId))
      .map(({ imageId }) => ({ subject: imageId, text: 'can be deleted now' })),
    ...Object.entries(retained)
      .filter(([, accounts]) => accounts.length > 0)
      .map(([imageId, accounts]) => ({
        subject: imageId,
        text: `still shared with ${enumerate([...accounts])}, retained`,
      })),
    ...images
      .filter((image) => image.retained)
      .map(({ imageId, copyOf }) => ({ subject: imageId, text: `copy of ${copyOf}, retained` })),
    ...bundles
      .filter((bundle) => bundle.retained)
      .map(({ bundleId, imageId }) => ({ subject: bundleId, text: `bundle with ${imageId}, retained` })),
  ];
}
