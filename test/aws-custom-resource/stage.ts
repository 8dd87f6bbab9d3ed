import { request } from 'node:http';
import { CloudFormation, type OperationResult, type SentRequest } from '../../simulator/cloudformation';
import { CloudFormationEndpoint } from '../../simulator/cloudformation-endpoint';
import { type ResponseFault, ResponseServer } from '../../simulator/response-server';
import {
  type Call,
  type Fault,
  WorkspacesEndpoint,
  type WorkspacesEndpointOptions,
} from '../../simulator/workspaces-endpoint';
import { WarmFunctions } from '../model/warm-functions';
import { VirtualClock } from '../support/virtual-clock';
import { type Declared, parametersOf, type Side, templateOf } from './shares';

export const IMAGE = 'wsi-aaaaaaaaa';
export const NEXT_IMAGE = 'wsi-bbbbbbbbb';
export const A = '111111111111';
export const B = '222222222222';
export const C = '333333333333';
/** Shared with by hand, and listed by no resource. */
const BYSTANDER = '900000000001';

const LETTERS: Record<string, string> = { [A]: 'A', [B]: 'B', [C]: 'C' };

type Becomes = Fault | 'killed' | 'killed after the change' | undefined;

/** How a scenario ended. */
export interface Outcome {
  /** What became of the stack that was at work last; before it, what failed for good and had to be done again. */
  readonly stack: string;
  /** Who has access in the end: to the image and, after a slash, to the one that took its place. */
  readonly access: string;
  /** Whole minutes that the longest operation took. */
  readonly minutes: number;
}

export type StageOptions = Omit<WorkspacesEndpointOptions, 'clock' | 'images' | 'onCall'>;

/** One side of the comparison with all it talks to: the two services, the response URL, and time. */
export class Stage {
  static async open(side: Side, client: string, options: StageOptions = {}): Promise<Stage> {
    const clock = new VirtualClock();
    const endpoint = await WorkspacesEndpoint.start({
      ...options,
      clock: clock.serverSide,
      images: [IMAGE, NEXT_IMAGE].map((imageId) => ({ imageId, sharedWith: [BYSTANDER] })),
    });
    const responseFaults: ResponseFault[] = [];
    const responses = await ResponseServer.start({ fault: () => responseFaults.shift() });
    const asked = await CloudFormationEndpoint.start({
      clock: clock.serverSide,
      events: (name) => stage.cloudFormation.eventsOf(name),
    });
    const stage = new Stage(side, client, clock, endpoint, asked, responses, responseFaults);
    return stage;
  }

  /** What becomes of a call, while a scenario says so. */
  fault?: (call: Call) => Becomes | Promise<Becomes>;
  /** How Lambda delivers an event, while a scenario says so: a delay for each time. */
  delivery?: (sent: SentRequest) => readonly number[] | undefined;
  readonly cloudFormation: CloudFormation;
  private readonly functions: WarmFunctions;
  private readonly failed: string[] = [];
  private last = '';
  private longest = 0;
  private turn = 0;

  private constructor(
    private readonly side: Side,
    client: string,
    readonly clock: VirtualClock,
    readonly endpoint: WorkspacesEndpoint,
    private readonly asked: CloudFormationEndpoint,
    private readonly responses: ResponseServer,
    /** What goes wrong with the next attempts to answer, one after the other. */
    readonly responseFaults: ResponseFault[],
  ) {
    this.functions = new WarmFunctions(clock, endpoint.url, side.code(client), asked.url);
    endpoint.onCall = async (call) => {
      const fault = await this.fault?.(call);
      if (typeof fault !== 'string') {
        return fault;
      }
      this.functions.kill(String(call.headers.authorization));
      return { kind: 'cut', after: fault === 'killed after the change' };
    };
    this.cloudFormation = new CloudFormation({
      clock,
      functions: this.functions,
      responses,
      random: () => 0.5,
      hooks: {
        delivery: ({ RequestId }) => {
          const sent = this.cloudFormation.requests.find(({ event }) => event.RequestId === RequestId);
          const delays = sent && this.delivery?.(sent);
          return delays && { delays };
        },
        resource: async (_action, { type, properties }) => {
          if (type === 'Test::Failing' && properties.Fails !== 'never') {
            await clock.sleep(Number(properties.Fails) || 1);
            throw new Error('The other resource fails.');
          }
        },
      },
    });
  }

  async close(): Promise<void> {
    await this.endpoint.close();
    await this.asked.close();
    await this.responses.close();
  }

  /** Deploys a share of the image with some accounts. */
  deploy(
    accountIds: readonly string[],
    more: Partial<Declared> = {},
    stack = 'Images',
  ): Promise<OperationResult> {
    const declared = { imageId: IMAGE, accountIds, ...more, turn: ++this.turn };
    return this.operation(() =>
      this.cloudFormation.deploy(stack, templateOf(this.side, declared), parametersOf(declared)),
    );
  }

  destroy(stack = 'Images'): Promise<OperationResult> {
    return this.operation(() => this.cloudFormation.destroy(stack));
  }

  continueRollback(): Promise<OperationResult> {
    return this.operation(() => this.cloudFormation.continueRollback('Images'));
  }

  /** Makes the physical ids of shares look as if another release had spelled them. */
  respell(): void {
    for (const { live } of this.cloudFormation.stacks.values()) {
      for (const [logicalId, resource] of live) {
        if (resource.custom) {
          live.set(logicalId, { ...resource, physicalId: resource.physicalId.replaceAll('/', ':') });
        }
      }
    }
  }

  /** Shares by hand. */
  share(...accounts: readonly string[]): void {
    for (const account of accounts) {
      this.endpoint.share(IMAGE, account);
    }
  }

  /** Unshares by hand. */
  unshare(account: string): void {
    this.endpoint.unshare(IMAGE, account);
  }

  /** Whom a read shows at this moment, in letters. */
  read(): Promise<string> {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'WorkspacesService.DescribeWorkspaceImagePermissions',
      authorization: 'AWS4-HMAC-SHA256 Credential=READER/',
    };
    return new Promise((resolve, reject) => {
      request(this.endpoint.url, { method: 'POST', headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) {
          chunks.push(chunk as Buffer);
        }
        const { ImagePermissions } = JSON.parse(Buffer.concat(chunks).toString());
        resolve(
          letters(ImagePermissions.map(({ SharedAccountId }: Record<string, string>) => SharedAccountId)),
        );
      })
        .on('error', reject)
        .end(JSON.stringify({ ImageId: IMAGE }));
    });
  }

  /** Faults only calls that change who has access. */
  set writeFault(fault: (write: Call, nth: number) => ReturnType<NonNullable<Stage['fault']>>) {
    let writes = 0;
    this.fault = (call) =>
      call.operation === 'UpdateWorkspaceImagePermission' ? fault(call, ++writes) : undefined;
  }

  /** Refuses a call after all concurrent calls have ended. */
  async refusedLater(): Promise<Fault> {
    await this.clock.serverSide.sleep(1_000);
    return REFUSED;
  }

  get outcome(): Outcome {
    const next = letters(this.endpoint.accounts(NEXT_IMAGE));
    const access = letters(this.endpoint.accounts(IMAGE)) + (next === NOBODY ? '' : ` / ${next}`);
    return {
      stack: [...this.failed, this.last].join(', '),
      access,
      minutes: Math.floor(this.longest / 60_000),
    };
  }

  private async operation(work: () => Promise<OperationResult>): Promise<OperationResult> {
    const startedAt = this.clock.now();
    const result = await work();
    this.longest = Math.max(this.longest, this.clock.now() - startedAt);
    if (/FAILED$/.test(this.last)) {
      this.failed.push(this.last);
    }
    this.last = result.status;
    await this.cloudFormation.quiet();
    return result;
  }
}

const NOBODY = 'nobody';

function letters(accounts: readonly string[]): string {
  const named = accounts.filter((account) => account !== BYSTANDER).map((account) => LETTERS[account]);
  return named.sort().join(', ') || NOBODY;
}

export const REFUSED: Fault = {
  kind: 'error',
  name: 'OperationNotSupportedException',
  message: 'Not with this account.',
};
export const UNKNOWN_TO_IAM: Fault = {
  kind: 'error',
  name: 'AccessDeniedException',
  message: 'No policy allows it.',
};
export const THROTTLED: Fault = { kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' };
/** A call that is carried out after its client has given up. */
export const HELD_UP: Fault = { kind: 'delay', ms: 7_000 };
