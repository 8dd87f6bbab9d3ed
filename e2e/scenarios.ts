/**
 * What happens to shares, as data. `run.ts` plays it with the CDK CLI, a CloudFormation emulator and moto; a test
 * plays it with the simulator.
 */

export type Image = 'golden' | 'next';
export const IMAGES: readonly Image[] = ['golden', 'next'];

export type ImageIds = Readonly<Record<Image, string>>;

export type Account = 'sales' | 'research' | 'support';
export const ACCOUNTS: Readonly<Record<Account, string>> = {
  sales: '111122223333',
  research: '444455556666',
  support: '777788889999',
};

/** Where stacks are deployed. */
export interface Location {
  readonly account: string;
  readonly region: string;
}

/** The owner of the images. */
export const OWNER: Location = { account: '123456789012', region: 'us-east-1' };

/** A stack with one share, as an app declares it. */
export interface DeclaredStack {
  readonly stack: string;
  /** How the app names the image and the accounts. */
  readonly values: 'parameters' | 'literals';
  readonly construct?: string;
  readonly image: Image;
  readonly accounts: readonly Account[];
  readonly adoptExisting?: boolean;
  readonly retain?: boolean;
  readonly revision?: string;
  /** Another resource, which depends on the share, fails. */
  readonly withFailure?: boolean;
}

export type Access = Readonly<Record<Image, readonly Account[]>>;

export type Action =
  | { readonly deploy: DeclaredStack }
  | { readonly destroy: DeclaredStack }
  /** The image is shared without CloudFormation. */
  | { readonly grantByHand: { readonly image: Image; readonly account: Account } };

export type FinalStatus =
  | 'CREATE_COMPLETE'
  | 'UPDATE_COMPLETE'
  | 'DELETE_COMPLETE'
  | 'ROLLBACK_COMPLETE'
  | 'UPDATE_ROLLBACK_COMPLETE';

export type RequestType = 'Create' | 'Update' | 'Delete';

export interface Step {
  readonly name: string;
  readonly action: Action;
  /** The status of the stack after the step. */
  readonly status?: FinalStatus;
  /** What AWS CloudFormation sends to the share, in order. */
  readonly events: readonly RequestType[];
  /** How many calls the events take to change permissions. */
  readonly grants?: number;
  readonly revokes?: number;
  /** The message of the failure. */
  readonly message?: RegExp;
  /** Whether `cdk diff` finds a difference before the step. */
  readonly differs?: boolean;
  readonly access: Access;
  readonly emulator?: Deviation;
}

/** What the emulator does differently from AWS. */
export interface Deviation {
  readonly note: string;
  readonly events?: readonly RequestType[];
  readonly grants?: number;
  readonly revokes?: number;
}

/** Steps that follow each other. */
export interface Scenario<S = Step> {
  readonly title: string;
  readonly steps: readonly S[];
}

const app: DeclaredStack = {
  stack: 'Parameters',
  values: 'parameters',
  image: 'golden',
  accounts: ['sales', 'research'],
};
const withSupport: DeclaredStack = { ...app, accounts: ['sales', 'research', 'support'] };
const withoutSales: DeclaredStack = { ...app, accounts: ['research', 'support'] };
const withNextImage: DeclaredStack = { ...withoutSales, image: 'next' };

const desktops: DeclaredStack = {
  stack: 'Desktops',
  values: 'literals',
  construct: 'GoldenImage',
  image: 'golden',
  accounts: ['sales', 'research'],
};
const renamed: DeclaredStack = { ...desktops, construct: 'ImageOfTheYear' };
const desktopsNext: DeclaredStack = { ...renamed, image: 'next' };

const laboratory: DeclaredStack = { ...desktops, stack: 'Laboratory', accounts: ['support'] };

const headquarters: DeclaredStack = { ...desktops, stack: 'Headquarters' };
const branch: DeclaredStack = { ...desktops, stack: 'Branch', accounts: ['sales'] };
const branchOwn: DeclaredStack = { ...branch, accounts: ['support'] };
const branchBoth: DeclaredStack = { ...branch, accounts: ['support', 'sales'] };

const former: DeclaredStack = { ...desktops, stack: 'Former' };
const formerRetained: DeclaredStack = { ...former, retain: true };
const successor: DeclaredStack = { ...desktops, stack: 'Successor' };

const NO_ACCESS: Access = { golden: [], next: [] };

const REFUSED_CREATE_NOTE =
  'AWS sends a Delete after the failed Create, with a physical ID which says that there is nothing to revoke. The emulator sends none.';

const parameters: Scenario = {
  title: 'A stack with image and accounts as parameters',
  steps: [
    {
      name: 'deploy',
      action: { deploy: app },
      status: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'add an account',
      action: { deploy: withSupport },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      grants: 1,
      access: { golden: ['sales', 'research', 'support'], next: [] },
    },
    {
      name: 'remove an account',
      action: { deploy: withoutSales },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      revokes: 1,
      access: { golden: ['research', 'support'], next: [] },
    },
    {
      name: 'deploy again without changes',
      action: { deploy: withoutSales },
      status: 'UPDATE_COMPLETE',
      differs: false,
      events: [],
      access: { golden: ['research', 'support'], next: [] },
    },
    {
      name: 'a new image',
      action: { deploy: withNextImage },
      status: 'UPDATE_COMPLETE',
      events: ['Update', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: [], next: ['research', 'support'] },
    },
    {
      name: 'back to the old image, in an update that fails elsewhere',
      action: { deploy: { ...withoutSales, withFailure: true } },
      status: 'UPDATE_ROLLBACK_COMPLETE',
      events: ['Update', 'Update', 'Delete'],
      grants: 4,
      revokes: 2,
      access: { golden: [], next: ['research', 'support'] },
      emulator: {
        note: 'AWS rolls a replacement back with an Update that swaps the properties, and a Delete for the new physical ID. The emulator sends the Delete only.',
        events: ['Update', 'Delete'],
        grants: 2,
      },
    },
    {
      name: 'destroy',
      action: { destroy: withNextImage },
      status: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: NO_ACCESS,
    },
  ],
};

const literals: Scenario = {
  title: 'A stack with literal image and account IDs',
  steps: [
    {
      name: 'deploy',
      action: { deploy: desktops },
      status: 'CREATE_COMPLETE',
      differs: true,
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'rename the construct',
      action: { deploy: renamed },
      status: 'UPDATE_COMPLETE',
      differs: false,
      events: [],
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'other accounts, in an update that fails elsewhere',
      action: { deploy: { ...renamed, accounts: ['research', 'support'], withFailure: true } },
      status: 'UPDATE_ROLLBACK_COMPLETE',
      differs: true,
      events: ['Update', 'Update'],
      grants: 2,
      revokes: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'a new image, in an update that fails elsewhere',
      action: { deploy: { ...desktopsNext, withFailure: true } },
      status: 'UPDATE_ROLLBACK_COMPLETE',
      events: ['Create', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'a new image',
      action: { deploy: desktopsNext },
      status: 'UPDATE_COMPLETE',
      differs: true,
      events: ['Create', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: [], next: ['sales', 'research'] },
    },
    {
      name: 'destroy',
      action: { destroy: desktopsNext },
      status: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: NO_ACCESS,
    },
  ],
};

const byHand: Scenario = {
  title: 'A permission granted by hand',
  steps: [
    {
      name: 'share the golden image with support by hand',
      action: { grantByHand: { image: 'golden', account: 'support' } },
      events: [],
      access: { golden: ['support'], next: [] },
    },
    {
      name: 'a new stack declares the same, and is refused',
      action: { deploy: laboratory },
      status: 'ROLLBACK_COMPLETE',
      message: /777788889999.*adoptExisting/s,
      events: ['Create', 'Delete'],
      access: { golden: ['support'], next: [] },
      emulator: { note: REFUSED_CREATE_NOTE, events: ['Create'] },
    },
    {
      name: 'adopt it',
      action: { deploy: { ...laboratory, adoptExisting: true } },
      status: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 1,
      access: { golden: ['support'], next: [] },
    },
    {
      name: 'remove adoptExisting',
      action: { deploy: laboratory },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: ['support'], next: [] },
    },
    {
      name: 'destroy: the adopted permission is revoked',
      action: { destroy: laboratory },
      status: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 1,
      access: NO_ACCESS,
    },
  ],
};

const twoClaims: Scenario = {
  title: 'Two stacks share with the same account',
  steps: [
    {
      name: 'deploy the first stack',
      action: { deploy: headquarters },
      status: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'a second stack shares with sales too, and is refused',
      action: { deploy: branch },
      status: 'ROLLBACK_COMPLETE',
      message: /111122223333.*adoptExisting/s,
      events: ['Create', 'Delete'],
      access: { golden: ['sales', 'research'], next: [] },
      emulator: { note: REFUSED_CREATE_NOTE, events: ['Create'] },
    },
    {
      name: 'it shares with another account',
      action: { deploy: branchOwn },
      status: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 1,
      access: { golden: ['sales', 'research', 'support'], next: [] },
    },
    {
      name: 'it adds sales: an Update cannot refuse, because a rollback looks the same',
      action: { deploy: branchBoth },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      grants: 1,
      access: { golden: ['sales', 'research', 'support'], next: [] },
    },
    {
      name: 'destroy it: sales loses permission',
      action: { destroy: branchBoth },
      status: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: { golden: ['research'], next: [] },
    },
    {
      name: 'a new revision of the first stack grants it again',
      action: { deploy: { ...headquarters, revision: '2' } },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      grants: 1,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'destroy the first stack',
      action: { destroy: headquarters },
      status: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: NO_ACCESS,
    },
  ],
};

const move: Scenario = {
  title: 'A share moves to another stack',
  steps: [
    {
      name: 'deploy',
      action: { deploy: former },
      status: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'set the removal policy to RETAIN',
      action: { deploy: formerRetained },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'another stack adopts',
      action: { deploy: { ...successor, adoptExisting: true } },
      status: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'destroy the former stack: no account loses permission',
      action: { destroy: formerRetained },
      status: 'DELETE_COMPLETE',
      events: [],
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'remove adoptExisting',
      action: { deploy: successor },
      status: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'destroy',
      action: { destroy: successor },
      status: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: NO_ACCESS,
    },
  ],
};

/** Each has stacks and images of its own, so that they can be played at the same time. */
export const scenarios: readonly Scenario[] = [parameters, literals, byHand, twoClaims, move];
