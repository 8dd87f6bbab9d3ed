import {
  CopyWorkspaceImageCommand,
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceImagesCommand,
  type DescribeWorkspaceImagesCommandInput,
  type DescribeWorkspaceImagesCommandOutput,
  type WorkSpacesClient,
  type WorkspaceImage,
} from '@aws-sdk/client-workspaces';
import { log } from '../custom-resource/log';
import { IAM_PROPAGATION } from '../custom-resource/timing';
import { call, newClient } from '../workspaces/client';
import { Patience } from '../workspaces/patience';
import { isGone, isThrottled, patienceFor, ServiceError } from '../workspaces/service-errors';
import { notRead } from './failures';
import type { Source } from './request';

const clients = new Map<string, WorkSpacesClient>();

/** The images of the account, and those that are shared with it. Repeats what fails temporarily, until the deadline. */
export class Images {
  private readonly reads: Patience;
  private readonly copies: Patience;
  private readonly deletions: Patience;

  /** @param confirm called before each attempt to copy or delete an image, which it prevents by throwing */
  public constructor(
    private readonly region: string,
    private readonly deadline: number,
    private readonly confirm: () => Promise<unknown>,
  ) {
    this.reads = new Patience(deadline);
    // Like a new policy, a new share can take a moment to reach every host of the service.
    this.copies = new Patience(deadline, (error) => (isGone(error) ? IAM_PROPAGATION : patienceFor(error)));
    // Only a read shows what a refusal to delete means.
    this.deletions = new Patience(deadline, (error) => (isRefused(error) ? 0 : patienceFor(error)));
  }

  /** Whether there is too little time left for a pause. */
  public isTooLateFor(milliseconds: number): boolean {
    return Date.now() + milliseconds > this.deadline;
  }

  /** @throws OutOfTime */
  public pause(milliseconds: number): Promise<void> {
    return this.reads.pause(milliseconds);
  }

  /**
   * Returns an image of the Region, or undefined if there is none with this ID.
   *
   * @throws Failure, OutOfTime
   */
  public async withId(imageId: string, region = this.region): Promise<WorkspaceImage | undefined> {
    const { Images = [] } = await this.describe(region, { ImageIds: [imageId] });
    return Images.find((image) => image.ImageId === imageId);
  }

  /**
   * Returns the image of the account and Region whose name ends with a mark, if there is one.
   *
   * @throws Failure, OutOfTime
   */
  public async withMark(mark: string): Promise<WorkspaceImage | undefined> {
    let found: WorkspaceImage | undefined;
    let NextToken: string | undefined;
    do {
      const page = await this.describe(this.region, { ImageType: 'OWNED', NextToken });
      found = page.Images?.find(({ Name }) => Name?.endsWith(`-${mark}`));
      NextToken = page.NextToken;
    } while (NextToken && !found);
    return found;
  }

  /**
   * Returns the image to copy, whether the account owns it or it is shared with the account.
   *
   * @throws Failure, OutOfTime
   */
  public async source({ imageId, region }: Source): Promise<WorkspaceImage | undefined> {
    const shown = await this.withId(imageId, region);
    if (shown) {
      return shown;
    }
    // It is not documented whether images of others are shown if they are not asked for.
    const { Images = [] } = await this.describe(region, { ImageIds: [imageId], ImageType: 'SHARED' });
    return Images.find((image) => image.ImageId === imageId);
  }

  /**
   * Starts to copy an image, and returns the ID of the copy.
   *
   * @throws ServiceError, OutOfTime, and what `confirm` throws
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   */
  public async copy(name: string, { imageId, region }: Source): Promise<string> {
    const entry = { source: imageId, sourceRegion: region, name };
    const input = {
      Name: name,
      Description: `Copy of ${imageId} in ${region}`,
      SourceImageId: imageId,
      SourceRegion: region,
    };
    const { ImageId } = await this.copies.repeat('copy failed', entry, () =>
      call(clientIn(this.region), new CopyWorkspaceImageCommand(input), this.attempts),
    );
    log.info('copying', { imageId: ImageId, ...entry });
    return ImageId as string;
  }

  /**
   * Deletes an image.
   *
   * @throws ServiceError, OutOfTime, and what `confirm` throws
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DeleteWorkspaceImage.html
   */
  public async delete(imageId: string): Promise<void> {
    await this.deletions.repeat('delete failed', { imageId }, () =>
      call(clientIn(this.region), new DeleteWorkspaceImageCommand({ ImageId: imageId }), this.attempts),
    );
    log.info('deleted', { imageId });
  }

  private readonly attempts = { beforeEach: async () => void (await this.confirm()) };

  /** @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImages.html */
  private async describe(
    region: string,
    input: DescribeWorkspaceImagesCommandInput,
  ): Promise<Partial<DescribeWorkspaceImagesCommandOutput>> {
    try {
      return await this.reads.repeat('read failed', { region }, () =>
        call(clientIn(region), new DescribeWorkspaceImagesCommand(input)),
      );
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      // It is not documented whether an unknown ID is an error.
      if (isGone(error)) {
        return {};
      }
      throw notRead(region, error);
    }
  }
}

function isRefused(error: ServiceError): boolean {
  return error.isRefusal && !isThrottled(error);
}

function clientIn(region: string): WorkSpacesClient {
  const client = clients.get(region) ?? newClient({ region });
  clients.set(region, client);
  return client;
}
