import { enumerate } from '../../lib/workspaces/validation';
import type { EventReport, StepReport } from '../lifecycle/step-report';
import { counted } from './text';

/** The part of a step that is about one share. */
export interface ShareLines {
  readonly title: string;
  readonly asExpected: boolean;
  readonly access: readonly string[];
}

export function shareLines({ events, access, retained, shares }: StepReport): ShareLines[] {
  const paths = new Set([...events.map(({ share }) => share), ...Object.values(shares).flat()]);
  return [...paths].map((path) => {
    const own = events.filter(({ share }) => share === path);
    const images = Object.keys(access).filter((image) => shares[image]?.includes(path));
    return {
      title: own.length > 0 ? `${path}: ${own.map(eventText).join(', ')}` : path,
      asExpected: own.every(({ outcome }) => outcome === 'succeeded'),
      access:
        images.length > 0 ? images.flatMap((image) => accessLines(image, access, retained)) : ['no image'],
    };
  });
}

function eventText({ requestType, outcome }: EventReport): string {
  return outcome === 'succeeded' ? requestType : `${requestType} ${outcome}`;
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

export function callTexts(calls: StepReport['calls']): string[] {
  const counts: [number, string][] = [
    [calls.reads, 'read'],
    [calls.grants, 'grant'],
    [calls.revokes, 'revoke'],
    [calls.imagesDeleted, 'deletion'],
  ];
  const texts = counts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun));
  return calls.refused > 0 ? [...texts, `(${calls.refused} failed)`] : texts;
}
