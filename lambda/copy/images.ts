import {
  CopyWorkspaceImageCommand,
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceImagesCommand,
  type DescribeWorkspaceImagesCommandInput,
  type DescribeWorkspaceImagesCommandOutput,
  type WorkSpacesClient,
  type WorkspaceImage,
} from '@aws-sdk/client-workspaces';
import { call, newClient } from '../api/client';
import { Patience } from '../api/patience';
import { IAM_PROPAGATION, isGone, isThrottled, patienceFor, ServiceError } from '../api/service-errors';
import type { Delivery, Location } from '../event/delivery';
import { log } from '../event/log';
import { notDeleted, notRead, timedOut } from './failures';
import type { DeclaredCopy, Source } from './request';

const clients = new Map<string, WorkSpacesClient>();

/** The refusals that a copy by another delivery of the event causes. */
const BY_ANOTHER_COPY = ['ResourceAlreadyExistsException', 'ResourceLimitExceededException'];

/** What to do before and after the calls that make or delete an image. */
interface Calls {
  /** Called before each attempt, which it prevents by throwing. */
  confirm(): Promise<unknown>;
  /** Called when a copy may have been made by a call without a response, or by another delivery of the event. */
  uncertain(): void;
}

/** The images of the account, and those that are shared with it. Repeats what fails temporarily, until the deadline. */
export class Images {
  public readonly location: Location;
  /** Whether Lambda repeats the event if it is unfinished. */
  public readonly isRepeated: boolean;
  private readonly patience: Patience;

  public constructor(
    { location, deadline, isLast }: Delivery,
    private readonly calls: Calls,
  ) {
    this.location = location;
    this.isRepeated = !isLast;
    this.patience = new Patience(deadline, (last) => timedOut(location, this.isRepeated, last));
  }

  /** How many milliseconds are left. */
  public get timeLeft(): number {
    return this.patience.timeLeft;
  }

  /** @throws Failure */
  public readonly pause = (milliseconds: number): Promise<void> => this.patience.pause(milliseconds);

  /**
   * Returns an image of the Region, or undefined if there is none with this ID.
   *
   * @throws Failure
   */
  public async withId(imageId: string, region = this.location.region): Promise<WorkspaceImage | undefined> {
    const { Images = [] } = await this.describe(region, { ImageIds: [imageId] });
    return Images.find((image) => image.ImageId === imageId);
  }

  /**
   * Returns the image of the account and Region whose name ends with a mark, if there is one.
   *
   * @throws Failure
   */
  public async withMark(mark: string): Promise<WorkspaceImage | undefined> {
    const [image] = await this.named((name) => name.endsWith(`-${mark}`), 1);
    return image;
  }

  /**
   * Returns the images of the account and Region whose names match.
   *
   * @throws Failure
   */
  public async named(
    matches: (name: string) => boolean,
    most = Number.POSITIVE_INFINITY,
  ): Promise<WorkspaceImage[]> {
    const found: WorkspaceImage[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.describe(this.location.region, { ImageType: 'OWNED', NextToken });
      found.push(...(page.Images ?? []).filter(({ Name = '' }) => matches(Name)));
      NextToken = page.NextToken;
    } while (NextToken && found.length < most);
    return found;
  }

  /**
   * Returns the image to copy, whether the account owns it or it is shared with the account.
   *
   * @throws Failure
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
   * @throws ServiceError, Failure
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   */
  public async copy({ source, mark, namePrefix, description, tags }: DeclaredCopy): Promise<string> {
    const input = {
      Name: `${namePrefix}-${mark}`,
      Description: description,
      SourceImageId: source.imageId,
      SourceRegion: source.region,
      Tags: tags,
    };
    const entry = { source: source.imageId, sourceRegion: source.region, name: input.Name };
    const attempts = { beforeEach: this.beforeEach, uncertain: this.calls.uncertain };
    const { ImageId } = await this.patience
      .repeat(
        'copy failed',
        entry,
        () => call(this.client(), new CopyWorkspaceImageCommand(input), attempts),
        // Like a new policy, a new share can take a moment to reach every host of the service.
        (error) => (isGone(error) ? IAM_PROPAGATION : patienceFor(error)),
      )
      .catch((error) => {
        if (BY_ANOTHER_COPY.includes(error.code)) {
          this.calls.uncertain();
        }
        throw error;
      });
    log.info('copying', { imageId: ImageId, ...entry });
    return ImageId as string;
  }

  /**
   * Deletes an image.
   *
   * @returns the error if the service refuses that, which only reads can explain
   * @throws Failure
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DeleteWorkspaceImage.html
   */
  public async delete(imageId: string): Promise<ServiceError | undefined> {
    const isRefused = (error: ServiceError) => error.isRefusal && !isThrottled(error);
    try {
      await this.patience.repeat(
        'delete failed',
        { imageId },
        () =>
          call(this.client(), new DeleteWorkspaceImageCommand({ ImageId: imageId }), {
            beforeEach: this.beforeEach,
          }),
        (error) => (isRefused(error) ? 0 : patienceFor(error)),
      );
      log.info('deleted', { imageId });
      return undefined;
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      if (isRefused(error)) {
        return error;
      }
      throw notDeleted(imageId, this.location, error);
    }
  }

  private readonly beforeEach = async () => void (await this.calls.confirm());

  /** @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImages.html */
  private async describe(
    region: string,
    input: DescribeWorkspaceImagesCommandInput,
  ): Promise<Partial<DescribeWorkspaceImagesCommandOutput>> {
    try {
      return await this.patience.repeat('read failed', { region }, () =>
        call(this.client(region), new DescribeWorkspaceImagesCommand(input)),
      );
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      // It is not documented whether an unknown ID is an error.
      if (isGone(error)) {
        return {};
      }
      throw notRead(region, error, this.location);
    }
  }

  private client(region = this.location.region): WorkSpacesClient {
    const client = clients.get(region) ?? newClient({ region });
    clients.set(region, client);
    return client;
  }
}

/** Whether the service has ended the copy. Any other state passes, also one that is not documented. */
export function isFinal({ State }: WorkspaceImage): boolean {
  return State === 'AVAILABLE' || State === 'ERROR';
}
