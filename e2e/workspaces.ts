import { existsSync, readFileSync } from 'node:fs';
import {
  DescribeWorkspaceImagePermissionsCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import type { Emulators } from './emulators';
import { ACCOUNTS, type Access, type Account, IMAGES, type Image, type ImageIds, OWNER } from './scenarios';

export interface Calls {
  readonly reads: number;
  readonly grants: number;
  readonly revokes: number;
}

interface Recorded {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The WorkSpaces API, through the official SDK. */
export class Workspaces {
  private readonly client: WorkSpacesClient;

  constructor(
    private readonly emulators: Emulators,
    private readonly imageIds: ImageIds,
  ) {
    this.client = new WorkSpacesClient({
      endpoint: emulators.workspacesUrl,
      region: OWNER.region,
      credentials: { accessKeyId: 'e2e', secretAccessKey: 'e2e' },
    });
  }

  async access(): Promise<Access> {
    const entries = await Promise.all(
      IMAGES.map(async (image) => [image, await this.accounts(image)] as const),
    );
    return Object.fromEntries(entries) as Record<Image, Account[]>;
  }

  async grant(image: Image, account: Account): Promise<void> {
    await this.client.send(
      new UpdateWorkspaceImagePermissionCommand({
        ImageId: this.imageIds[image],
        AllowCopyImage: true,
        SharedAccountId: ACCOUNTS[account],
      }),
    );
  }

  /** The calls for the images so far. */
  calls(): Calls {
    const kinds = this.recorded().map((request) => this.kindOf(request));
    const times = (kind: keyof Calls) => kinds.filter((each) => each === kind).length;
    return { reads: times('reads'), grants: times('grants'), revokes: times('revokes') };
  }

  private async accounts(image: Image): Promise<Account[]> {
    const names: Account[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.client.send(
        new DescribeWorkspaceImagePermissionsCommand({ ImageId: this.imageIds[image], NextToken }),
      );
      names.push(...(page.ImagePermissions ?? []).map(({ SharedAccountId }) => nameOf(SharedAccountId)));
      NextToken = page.NextToken;
    } while (NextToken);
    return names.sort();
  }

  private recorded(): Recorded[] {
    const { recording } = this.emulators;
    const text = existsSync(recording) ? readFileSync(recording, 'utf8') : '';
    // The last line may be incomplete.
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  private kindOf({ headers, body }: Recorded): keyof Calls | undefined {
    const target = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];
    if (!target?.endsWith('WorkspaceImagePermissions') && !target?.endsWith('WorkspaceImagePermission')) {
      return undefined;
    }
    const { ImageId, AllowCopyImage } = JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
    if (!Object.values(this.imageIds).includes(ImageId)) {
      return undefined;
    }
    return AllowCopyImage === undefined ? 'reads' : AllowCopyImage ? 'grants' : 'revokes';
  }
}

function nameOf(accountId: string | undefined): Account {
  const name = (Object.keys(ACCOUNTS) as Account[]).find((account) => ACCOUNTS[account] === accountId);
  if (name === undefined) {
    throw new Error(`${accountId} has access, but is not part of the scenario.`);
  }
  return name;
}
