import {
  type Compute,
  CreateWorkspaceBundleCommand,
  DeleteWorkspaceBundleCommand,
  DescribeWorkspaceBundlesCommand,
  UpdateWorkspaceBundleCommand,
  type WorkspaceBundle,
} from '@aws-sdk/client-workspaces';
import { type Attempts, call, newClient } from '../api/client';
import { asServiceError, type ServiceError } from '../api/service-errors';
import { log } from '../event/log';
import { type Item, Items, type Page } from '../named/items';
import { BUNDLE } from './failures';
import type { DeclaredBundle, Hardware } from './request';

const client = newClient();

export interface Bundle extends Item {
  readonly imageId?: string;
  readonly hardware: Hardware;
}

/** The bundles of the account. */
export class Bundles extends Items<Bundle> {
  public readonly words = BUNDLE;

  public async withId(id: string): Promise<Bundle | undefined> {
    const { items } = await this.describe({ BundleIds: [id] });
    return items.find((bundle) => bundle.id === id);
  }

  /**
   * Creates a bundle, and returns its ID.
   *
   * @throws ServiceError, Failure
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CreateWorkspaceBundle.html
   */
  public async create(
    { imageId, hardware, namePrefix, description, tags }: DeclaredBundle,
    mark: string,
  ): Promise<string> {
    const { computeType, userVolume, rootVolume } = hardware;
    const input = {
      BundleName: `${namePrefix}-${mark}`,
      BundleDescription: description,
      ImageId: imageId,
      ComputeType: { Name: computeType as Compute },
      UserStorage: { Capacity: userVolume },
      RootStorage: rootVolume === undefined ? undefined : { Capacity: rootVolume },
      Tags: tags,
    };
    const entry = { imageId, name: input.BundleName };
    const { WorkspaceBundle: bundle } = await this.write('create failed', entry, (attempts) =>
      call(client, new CreateWorkspaceBundleCommand(input), attempts),
    );
    log.info('created', { id: bundle?.BundleId, ...entry });
    return bundle?.BundleId as string;
  }

  /**
   * Changes the image of a bundle.
   *
   * @returns the error if that fails, which only reads can explain
   * @throws Failure
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceBundle.html
   */
  public async update(id: string, imageId: string): Promise<ServiceError | undefined> {
    const input = { BundleId: id, ImageId: imageId };
    try {
      await this.write('update failed', { id, imageId }, (attempts) =>
        call(client, new UpdateWorkspaceBundleCommand(input), attempts),
      );
      log.info('updated', { id, imageId });
      return undefined;
    } catch (error) {
      return asServiceError(error);
    }
  }

  protected page(NextToken?: string): Promise<Page<Bundle>> {
    return this.describe({ NextToken });
  }

  /** @see https://docs.aws.amazon.com/workspaces/latest/api/API_DeleteWorkspaceBundle.html */
  protected callDelete(BundleId: string, attempts: Attempts): Promise<unknown> {
    return call(client, new DeleteWorkspaceBundleCommand({ BundleId }), attempts);
  }

  protected override isMissing(error: ServiceError): boolean {
    // The service documents no other error for an unknown ID.
    return super.isMissing(error) || error.code === 'InvalidParameterValuesException';
  }

  /**
   * Without an owner, the service lists only the bundles of the account.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceBundles.html
   */
  private async describe(input: { BundleIds?: string[]; NextToken?: string }): Promise<Page<Bundle>> {
    const { Bundles = [], NextToken: next } = await this.read(this.location.region, () =>
      call(client, new DescribeWorkspaceBundlesCommand(input)),
    );
    return { items: Bundles.map(bundleOf), next };
  }
}

function bundleOf({ BundleId = '', Name, State, CreationTime, ImageId, ...bundle }: WorkspaceBundle): Bundle {
  const { ComputeType, UserStorage, RootStorage } = bundle;
  return {
    id: BundleId,
    name: Name,
    // Emulators can leave it out.
    state: State ?? 'AVAILABLE',
    created: CreationTime,
    imageId: ImageId,
    hardware: {
      computeType: ComputeType?.Name,
      userVolume: UserStorage?.Capacity,
      rootVolume: RootStorage?.Capacity,
    },
  };
}
