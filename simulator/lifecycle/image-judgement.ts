import { COPY_TYPE } from '../../lib/custom-resource/resource-types';
import type { SentRequest } from '../cloudformation';
import type { LocatedImage, WorkspacesEndpoint } from '../workspaces-endpoint';
import { keyOf, type LiveCopy, type LiveResources } from './live-resources';
import type { Problem, StepReport } from './step-report';

/** Compares the images of all accounts with the copies that stacks declare. */
export class ImageJudgement {
  /** The copies that have left images in place, by image ID. */
  private readonly retained = new Map<string, LiveCopy>();
  private before = new Map<string, LiveCopy>();
  /** The copies that have had each image. */
  private readonly had = new Map<string, LiveCopy>();

  constructor(
    private readonly live: LiveResources,
    private readonly workspaces: WorkspacesEndpoint,
  ) {}

  /** Judges the state after an operation, given the requests that it has sent. */
  after(requests: readonly SentRequest[]): Pick<StepReport, 'images'> & { problems: Problem[] } {
    const copies = this.live.copies();
    this.recordRetained(copies, requests);
    this.before = copies;
    const images = this.workspaces.allImages();
    return {
      images: images.map(({ sourceImageId, ...image }) => ({
        ...image,
        ...(sourceImageId !== undefined && { copyOf: sourceImageId }),
        ...(this.retained.has(image.imageId) && { retained: true }),
      })),
      problems: [
        ...[...copies.values()].flatMap((copy) => copyProblems(copy, images)),
        ...this.retainedProblems(images),
        ...this.leftovers([...copies.values()], images),
      ],
    };
  }

  /** Records the images that a copy has had, and that its removal policy keeps. */
  private recordRetained(now: ReadonlyMap<string, LiveCopy>, requests: readonly SentRequest[]): void {
    const had = [
      ...[...this.before].map(([key, { imageId }]) => ({ key, imageId })),
      ...requests
        .filter(({ event, outcome }) => event.ResourceType === COPY_TYPE && outcome === 'succeeded')
        .map(({ stack, event, response }) => ({
          key: keyOf({ stack, logicalId: event.LogicalResourceId }),
          imageId: String(response?.PhysicalResourceId),
        })),
    ];
    for (const { key, imageId } of had) {
      const current = now.get(key);
      const copy = current ?? this.before.get(key);
      if (copy) {
        this.had.set(imageId, copy);
      }
      const policy = current ? current.declared.UpdateReplacePolicy : copy?.declared.DeletionPolicy;
      if (copy && current?.imageId !== imageId && policy?.startsWith('Retain')) {
        this.retained.set(imageId, copy);
      }
    }
  }

  private retainedProblems(images: readonly LocatedImage[]): Problem[] {
    return [...this.retained]
      .filter(([imageId]) => !images.some((image) => image.imageId === imageId))
      .map(([imageId, { path, stack }]) => ({
        text: `The image ${imageId} does not exist, although the removal policy of ${path} retains it.`,
        stacks: [stack],
        path,
      }));
  }

  private leftovers(copies: readonly LiveCopy[], images: readonly LocatedImage[]): Problem[] {
    return images
      .filter(
        ({ imageId, sourceImageId }) =>
          sourceImageId !== undefined &&
          !this.retained.has(imageId) &&
          !copies.some((copy) => copy.imageId === imageId),
      )
      .map(({ account, region, imageId, sourceImageId }) => {
        const copy = this.had.get(imageId);
        return {
          text: `The image ${imageId} in ${account} ${region}, a copy of ${sourceImageId}, is left over: no stack declares it.`,
          stacks: copy ? [copy.stack] : [],
          path: copy?.path,
        };
      });
  }
}

function copyProblems(copy: LiveCopy, images: readonly LocatedImage[]): Problem[] {
  const { path, stack, account, region, imageId, sourceImageId } = copy;
  const image = images.find(
    (each) => each.imageId === imageId && each.account === account && each.region === region,
  );
  const subject = `The image of ${path}, ${imageId},`;
  const texts = image
    ? [
        ...(image.state === 'AVAILABLE' ? [] : [`${subject} is ${image.state} instead of AVAILABLE.`]),
        ...(image.sourceImageId === sourceImageId
          ? []
          : [`${subject} is a copy of ${image.sourceImageId} instead of ${sourceImageId}.`]),
      ]
    : [`${subject} does not exist in ${account} ${region}.`];
  return texts.map((text) => ({ text, stacks: [stack], path }));
}
