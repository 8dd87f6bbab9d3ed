import { READY_TYPE } from '../../lib/custom-resource/resource-types';
import { enumerate } from '../../lib/workspaces/validation';
import type { EventReport, ImageReport, StepReport } from '../lifecycle/step-report';
import { counted } from './text';

/** The part of a step that is about one share or copy. */
export interface ConstructLines {
  readonly title: string;
  readonly asExpected: boolean;
  /** The accounts with access to the images of a share. */
  readonly access: readonly string[];
}

/** The shares and copies in the order of their first events, which is numbered if it is about more than one. */
export function constructLines({ events, access, retained, shares }: StepReport): ConstructLines[] {
  const withEvents = new Set(events.map(pathOf));
  const paths = new Set([...withEvents, ...Object.values(shares).flat()]);
  return [...paths].map((path, n) => {
    const own = events.filter((event) => pathOf(event) === path);
    const number = withEvents.size > 1 && own.length > 0 ? `${n + 1}. ` : '';
    const texts = eventTexts(own);
    const images = Object.keys(access).filter((image) => shares[image]?.includes(path));
    const hasNone = images.length === 0 && own.some(({ share }) => share !== undefined);
    return {
      title: `${number}${path}${texts.length > 0 ? `: ${texts.join(', ')}` : ''}`,
      asExpected: own.every(({ outcome }) => outcome === 'succeeded'),
      access: hasNone ? ['no image'] : images.flatMap((image) => accessLines(image, access, retained)),
    };
  });
}

function pathOf({ share, copy }: EventReport): string {
  return String(copy ?? share);
}

function eventTexts(events: readonly EventReport[]): string[] {
  const texts: string[] = [];
  for (const { requestType, resourceType, outcome } of events) {
    const succeeded = outcome === 'succeeded';
    const isLink = resourceType === READY_TYPE;
    if (isLink && requestType === 'Delete' && succeeded) {
      // The Delete of a resource that only waits does nothing.
      continue;
    }
    const what = isLink ? 'wait' : requestType;
    if (isLink && texts[texts.length - 1] === what) {
      texts.pop();
    }
    texts.push(succeeded ? what : `${what} ${outcome}`);
  }
  return texts;
}

function accessLines(
  image: string,
  { [image]: accounts }: StepReport['access'],
  { [image]: retained }: StepReport['retained'],
): string[] {
  const others = accounts.filter((account) => !retained.includes(account));
  return [
    ...(others.length > 0 ? [`${image}: ${enumerate(others)}`] : []),
    ...(retained.length > 0 ? [`${image}: ${enumerate(retained)} (retained)`] : []),
    ...(accounts.length === 0 ? [`${image}: no account`] : []),
  ];
}

/** The images of each account and Region, such as `111122223333 eu-west-1`. */
export function imagesByLocation({ images }: StepReport): Map<string, string[]> {
  const byLocation = new Map<string, string[]>();
  for (const image of images) {
    const location = `${image.account} ${image.region}`;
    byLocation.set(location, [...(byLocation.get(location) ?? []), imageText(image)]);
  }
  return byLocation;
}

function imageText({ imageId, copyOf, state, retained }: ImageReport): string {
  const notes = [
    ...(copyOf === undefined ? [] : [`copy of ${copyOf}`]),
    ...(state === 'AVAILABLE' ? [] : [state]),
    ...(retained ? ['retained'] : []),
  ];
  return notes.length > 0 ? `${imageId} (${notes.join(', ')})` : imageId;
}

export function callTexts(calls: StepReport['calls']): string[] {
  const counts: [count: number, noun: string, plural?: string][] = [
    [calls.reads, 'read'],
    [calls.grants, 'grant'],
    [calls.revokes, 'revoke'],
    [calls.copies, 'copy', 'copies'],
    [calls.imagesDeleted, 'deletion'],
  ];
  const texts = counts.filter(([count]) => count > 0).map((args) => counted(...args));
  return calls.refused > 0 ? [...texts, `(${calls.refused} failed)`] : texts;
}
