import {
  CopyWorkspaceImageCommand,
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceImagesCommand,
  type DescribeWorkspaceImagesCommandInput,
  type WorkSpacesClient,
  type WorkspaceImage,
} from '@aws-sdk/client-workspaces';
import { type Attempts, call, newClient } from '../api/client';
import { log } from '../event/log';
import { type Item, Items, type Page } from '../named/items';
import { IMAGE } from './failures';
import type { DeclaredCopy, Source } from './request';

const clients = new Map<string, WorkSpacesClient>();

export interface Image extends Item {
  readonly ownerId?: string;
  /** Why it is in the state ERROR. */
  readonly errors: readonly string[];
}

/** The images of the account, and those that are shared with it. */
export class Images extends Items<Image> {
  public readonly words = IMAGE;

  public async withId(id: string, region = this.location.region): Promise<Image | undefined> {
    const { items } = await this.describe(region, { ImageIds: [id] });
    return items.find((image) => image.id === id);
  }

  /**
   * Returns the image to copy, whether the account owns it or it is shared with the account.
   *
   * @throws Failure
   */
  public async source({ imageId, region }: Source): Promise<Image | undefined> {
    const shown = await this.withId(imageId, region);
    if (shown) {
      return shown;
    }
    // It is not documented whether images of others are shown if they are not asked for.
    const { items } = await this.describe(region, { ImageIds: [imageId], ImageType: 'SHARED' });
    return items.find((image) => image.id === imageId);
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
    const { ImageId: id } = await this.write('copy failed', entry, (attempts) =>
      call(this.client(), new CopyWorkspaceImageCommand(input), attempts),
    );
    log.info('copying', { id, ...entry });
    return id as string;
  }

  protected page(NextToken?: string): Promise<Page<Image>> {
    return this.describe(this.location.region, { ImageType: 'OWNED', NextToken });
  }

  /** @see https://docs.aws.amazon.com/workspaces/latest/api/API_DeleteWorkspaceImage.html */
  protected callDelete(ImageId: string, attempts: Attempts): Promise<unknown> {
    return call(this.client(), new DeleteWorkspaceImageCommand({ ImageId }), attempts);
  }

  /** @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImages.html */
  private async describe(region: string, input: DescribeWorkspaceImagesCommandInput): Promise<Page<Image>> {
    const { Images = [], NextToken: next } = await this.read(region, () =>
      call(this.client(region), new DescribeWorkspaceImagesCommand(input)),
    );
    return { items: Images.map(imageOf), next };
  }

  private client(region = this.location.region): WorkSpacesClient {
    const client = clients.get(region) ?? newClient({ region });
    clients.set(region, client);
    return client;
  }
}

function imageOf({ ImageId = '', Name, State, Created, OwnerAccountId, ...image }: WorkspaceImage): Image {
  const { ErrorCode, ErrorMessage, ErrorDetails = [] } = image;
  const details = ErrorDetails.map((detail) => [detail.ErrorCode, detail.ErrorMessage]);
  const errors = [[ErrorCode, ErrorMessage], ...details]
    .map((parts) => parts.filter(Boolean).join(': '))
    .filter(Boolean);
  return { id: ImageId, name: Name, state: State, created: Created, ownerId: OwnerAccountId, errors };
}
