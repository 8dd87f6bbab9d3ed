/**
 * What shares live through, as data. `run.ts` plays it with the CDK CLI, a CloudFormation emulator and moto; the
 * tests play it with the stand-ins in `simulator/`.
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

/** One stack with one share, as an app declares it. */
export interface DeclaredStack {
  readonly stack: string;
  /** The app in `bin/`, or one made of this declaration. */
  readonly app: 'bin' | 'made';
  /** How image and accounts are given. The app in `bin/` has parameters. */
  readonly given: 'by parameters' | 'literally';
  /** What the construct is called, where the app is made. */
  readonly construct?: string;
  readonly image: Image;
  readonly accounts: readonly Account[];
  readonly adoptExisting?: boolean;
  readonly retain?: boolean;
  readonly revision?: string;
  /** Another resource, made after the share, fails. */
  readonly withFailure?: boolean;
}

export type Access = Readonly<Record<Image, readonly Account[]>>;

export type Act =
  | { readonly deploy: DeclaredStack }
  | { readonly destroy: DeclaredStack }
  /** Somebody shares the image without CloudFormation. */
  | { readonly grantByHand: { readonly image: Image; readonly account: Account } };

export type StackEnd =
  | 'CREATE_COMPLETE'
  | 'UPDATE_COMPLETE'
  | 'DELETE_COMPLETE'
  | 'ROLLBACK_COMPLETE'
  | 'UPDATE_ROLLBACK_COMPLETE';

export type Sent = 'Create' | 'Update' | 'Delete';

export interface Step {
  readonly name: string;
  readonly act: Act;
  /** How the stack ends; absent where no stack is involved. */
  readonly ends?: StackEnd;
  /** What AWS CloudFormation sends to the share, in order. */
  readonly events: readonly Sent[];
  /** How many calls the events take to change permissions. */
  readonly grants?: number;
  readonly revokes?: number;
  /** What the refusal has to say. */
  readonly says?: RegExp;
  /** What `cdk diff` finds before the step. */
  readonly differs?: boolean;
  readonly access: Access;
  readonly emulator?: Deviation;
}

/** Where the emulator does otherwise than AWS. What is not named here is as in the step. */
export interface Deviation {
  readonly note: string;
  readonly events?: readonly Sent[];
  readonly grants?: number;
  readonly revokes?: number;
  readonly access?: Access;
}

export interface Chapter {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** Chapters that build on each other. */
export type Life = readonly Chapter[];

const app: DeclaredStack = {
  stack: 'WorkspaceImageShare',
  app: 'bin',
  given: 'by parameters',
  image: 'golden',
  accounts: ['sales', 'research'],
};
const withSupport: DeclaredStack = { ...app, accounts: ['sales', 'research', 'support'] };
const withoutSales: DeclaredStack = { ...app, accounts: ['research', 'support'] };
const withNextImage: DeclaredStack = { ...withoutSales, image: 'next' };

const desktops: DeclaredStack = {
  stack: 'Desktops',
  app: 'made',
  given: 'literally',
  construct: 'GoldenImage',
  image: 'golden',
  accounts: ['sales', 'research'],
};
const renamed: DeclaredStack = { ...desktops, construct: 'ImageOfTheYear' };
const desktopsNext: DeclaredStack = { ...renamed, image: 'next' };
const desktopsRetained: DeclaredStack = { ...desktopsNext, retain: true };

const laboratory: DeclaredStack = {
  ...desktops,
  stack: 'Laboratory',
  accounts: ['support'],
};

const branch: DeclaredStack = { ...desktops, stack: 'Branch', image: 'next', accounts: ['sales'] };
const branchOwn: DeclaredStack = { ...branch, accounts: ['support'] };
const branchBoth: DeclaredStack = { ...branch, accounts: ['support', 'sales'] };

const successor: DeclaredStack = { ...desktopsNext, stack: 'Successor' };

const NOBODY: Access = { golden: [], next: [] };

const REFUSED_CREATE_NOTE =
  'AWS sends a Delete after the failed Create, with the physical id of its answer, which says that nothing is left to undo. The emulator sends none. Both leave the permissions as they were.';

const parameters: Chapter = {
  title: 'The app in bin/, image and accounts by parameters',
  steps: [
    {
      name: 'deploy',
      act: { deploy: app },
      ends: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'add an account',
      act: { deploy: withSupport },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      grants: 1,
      access: { golden: ['sales', 'research', 'support'], next: [] },
    },
    {
      name: 'remove an account',
      act: { deploy: withoutSales },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      revokes: 1,
      access: { golden: ['research', 'support'], next: [] },
    },
    {
      name: 'deploy again, nothing changed',
      act: { deploy: withoutSales },
      ends: 'UPDATE_COMPLETE',
      differs: false,
      events: [],
      access: { golden: ['research', 'support'], next: [] },
    },
    {
      name: 'a new image',
      act: { deploy: withNextImage },
      ends: 'UPDATE_COMPLETE',
      events: ['Update', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: [], next: ['research', 'support'] },
    },
    {
      name: 'back to the old image, in an update that fails elsewhere',
      act: { deploy: { ...withoutSales, app: 'made', construct: 'Share', withFailure: true } },
      ends: 'UPDATE_ROLLBACK_COMPLETE',
      events: ['Update', 'Update', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: [], next: ['research', 'support'] },
      emulator: {
        note: 'AWS rolls a replacement back with an Update that swaps the properties, then a Delete for the new physical id. The emulator sends the Delete alone. The old permissions were never touched, so both end alike.',
        events: ['Update', 'Delete'],
      },
    },
    {
      name: 'destroy',
      act: { destroy: withNextImage },
      ends: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: NOBODY,
    },
  ],
};

const literals: Chapter = {
  title: 'A stack with literal ids',
  steps: [
    {
      name: 'deploy',
      act: { deploy: desktops },
      ends: 'CREATE_COMPLETE',
      differs: true,
      events: ['Create'],
      grants: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'the construct gets another name',
      act: { deploy: renamed },
      ends: 'UPDATE_COMPLETE',
      differs: false,
      events: [],
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'other accounts, in an update that fails elsewhere',
      act: { deploy: { ...renamed, accounts: ['research', 'support'], withFailure: true } },
      ends: 'UPDATE_ROLLBACK_COMPLETE',
      differs: true,
      events: ['Update', 'Update'],
      grants: 2,
      revokes: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'a new image, in an update that fails elsewhere',
      act: { deploy: { ...desktopsNext, withFailure: true } },
      ends: 'UPDATE_ROLLBACK_COMPLETE',
      events: ['Create', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: ['sales', 'research'], next: [] },
    },
    {
      name: 'a new image',
      act: { deploy: desktopsNext },
      ends: 'UPDATE_COMPLETE',
      differs: true,
      events: ['Create', 'Delete'],
      grants: 2,
      revokes: 2,
      access: { golden: [], next: ['sales', 'research'] },
    },
  ],
};

const byHand: Chapter = {
  title: 'What somebody granted by hand',
  steps: [
    {
      name: 'somebody shares the golden image with support',
      act: { grantByHand: { image: 'golden', account: 'support' } },
      events: [],
      access: { golden: ['support'], next: [] },
    },
    {
      name: 'a new stack declares the same, and is refused',
      act: { deploy: laboratory },
      ends: 'ROLLBACK_COMPLETE',
      says: /777788889999.*adoptExisting/s,
      events: ['Create', 'Delete'],
      access: { golden: ['support'], next: [] },
      emulator: { note: REFUSED_CREATE_NOTE, events: ['Create'] },
    },
    {
      name: 'with adoptExisting it takes over',
      act: { deploy: { ...laboratory, adoptExisting: true } },
      ends: 'CREATE_COMPLETE',
      events: ['Create'],
      access: { golden: ['support'], next: [] },
    },
    {
      name: 'adoptExisting goes again',
      act: { deploy: laboratory },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: ['support'], next: [] },
    },
    {
      name: 'destroy: what was adopted is revoked',
      act: { destroy: laboratory },
      ends: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 1,
      access: { golden: [], next: [] },
    },
  ],
};

const twoClaims: Chapter = {
  title: 'Two stacks claim one account',
  steps: [
    {
      name: 'a second stack shares the image with sales too, and is refused',
      act: { deploy: branch },
      ends: 'ROLLBACK_COMPLETE',
      says: /111122223333.*adoptExisting/s,
      events: ['Create', 'Delete'],
      access: { golden: [], next: ['sales', 'research'] },
      emulator: { note: REFUSED_CREATE_NOTE, events: ['Create'] },
    },
    {
      name: 'with another account it is welcome',
      act: { deploy: branchOwn },
      ends: 'CREATE_COMPLETE',
      events: ['Create'],
      grants: 1,
      access: { golden: [], next: ['sales', 'research', 'support'] },
    },
    {
      name: 'it adds sales later: an Update cannot refuse, because a rollback looks the same',
      act: { deploy: branchBoth },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: [], next: ['sales', 'research', 'support'] },
    },
    {
      name: 'it goes, and takes sales with it',
      act: { destroy: branchBoth },
      ends: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: { golden: [], next: ['research'] },
    },
    {
      name: 'a new revision of the first stack repairs it',
      act: { deploy: { ...desktopsNext, revision: '2' } },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      grants: 1,
      access: { golden: [], next: ['sales', 'research'] },
    },
  ],
};

const move: Chapter = {
  title: 'A share moves to another stack',
  steps: [
    {
      name: 'the old share retains',
      act: { deploy: desktopsRetained },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: [], next: ['sales', 'research'] },
    },
    {
      name: 'the new share adopts',
      act: { deploy: { ...successor, adoptExisting: true } },
      ends: 'CREATE_COMPLETE',
      events: ['Create'],
      access: { golden: [], next: ['sales', 'research'] },
    },
    {
      name: 'the old stack goes, and nobody loses access',
      act: { destroy: desktopsRetained },
      ends: 'DELETE_COMPLETE',
      events: [],
      access: { golden: [], next: ['sales', 'research'] },
    },
    {
      name: 'adoptExisting goes again',
      act: { deploy: successor },
      ends: 'UPDATE_COMPLETE',
      events: ['Update'],
      access: { golden: [], next: ['sales', 'research'] },
    },
    {
      name: 'destroy',
      act: { destroy: successor },
      ends: 'DELETE_COMPLETE',
      events: ['Delete'],
      revokes: 2,
      access: NOBODY,
    },
  ],
};

/** Each has images of its own, so that they can be played at the same time. */
export const lives: readonly Life[] = [
  [parameters, byHand],
  [literals, twoClaims, move],
];
