import { DescribeWorkspaceImagePermissionsCommand, WorkSpacesClient } from '@aws-sdk/client-workspaces';
import type { Delivery } from '../../simulator/cloudformation';
import type { ResponseFault } from '../../simulator/response-server';
import type { Call, Fault, WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { type SimulatedServices, startServices } from '../support/simulated-services';
import { Operations } from './operations';
import { type Declared, type Side, synthesize } from './sides';

export const IMAGE = 'wsi-aaaaaaaaa';
export const NEXT_IMAGE = 'wsi-bbbbbbbbb';
export const A = '111111111111';
export const B = '222222222222';
export const C = '333333333333';

export const REFUSED: Fault = { kind: 'error', name: 'OperationNotSupportedException' };
export const DENIED: Fault = { kind: 'error', name: 'AccessDeniedException' };
export const THROTTLED: Fault = { kind: 'error', name: 'ThrottlingException' };
export const delayed = (ms: number): Fault => ({ kind: 'delay', ms });
/** The function dies before the call is carried out or, with `after`, after it. */
export type Killed = Extract<Fault, { kind: 'cut' }> & { readonly kills: true };
export const KILLED: Killed = { kind: 'cut', kills: true };
export const KILLED_AFTER: Killed = { kind: 'cut', kills: true, after: true };

/** The outcome of a scenario. */
export interface Outcome {
  /** The status of the stack after the last operation; before it, those of earlier operations that failed. */
  readonly statuses: readonly string[];
  /** The accounts that have access to the image and, after a slash, to the next image; or the copies that exist. */
  readonly result: string;
  /** How many whole minutes the longest operation took. */
  readonly minutes: number;
}

/** One of the constructs with the services, for one scenario. */
export class Stage {
  static async open(side: Side, options?: WorkspacesEndpointOptions): Promise<Stage> {
    const services = await startServices({
      code: () => side.code,
      workspaces: {
        ...options,
        images: [{ imageId: IMAGE }, { imageId: NEXT_IMAGE }],
        onCall: (call) => {
          const fault = stage.fault?.(call);
          if (fault && 'kills' in fault) {
            services.functions.kill(String(call.headers.authorization));
          }
          return fault;
        },
      },
      responses: { fault: () => stage.responseFaults.shift() },
      delivery: () => stage.deliveries.shift(),
      random: () => 0.5,
    });
    const stage = new Stage(side, services);
    return stage;
  }

  /** Injects faults into calls. */
  fault?: (call: Call) => Fault | Killed | undefined;
  /** The faults of the next attempts to send a response. */
  readonly responseFaults: ResponseFault[] = [];
  /** How Lambda delivers the next events. */
  readonly deliveries: Delivery[] = [];
  private readonly operations: Operations;
  private readAccess?: string;
  private deployments = 0;

  private constructor(
    private readonly side: Side,
    readonly services: SimulatedServices,
  ) {
    this.operations = new Operations(services);
  }

  /** Deploys a share of the image with these accounts. */
  deploy(accountIds: readonly string[], more: Partial<Declared> = {}, stack = 'Images') {
    const declared = { id: 'Share', imageId: IMAGE, accountIds, ...more, deployment: ++this.deployments };
    const { template, parameters } = synthesize(this.side, declared);
    return this.operations.run(this.services.cloudFormation.deploy(stack, template, parameters));
  }

  destroy(stack = 'Images') {
    return this.operations.run(this.services.cloudFormation.destroy(stack));
  }

  continueRollback() {
    return this.operations.run(this.services.cloudFormation.continueRollback('Images'));
  }

  /** Makes the physical IDs of the stack look as if another release had spelled them. */
  respell(): void {
    const live = this.services.cloudFormation.stacks.get('Images')?.live ?? new Map();
    for (const [logicalId, resource] of live) {
      live.set(logicalId, { ...resource, physicalId: resource.physicalId.replaceAll('/', ':') });
    }
  }

  /** Reads the permissions. The outcome has the accounts that are in them now, not those in the end. */
  async read(): Promise<void> {
    const credentials = { accessKeyId: 'READER', secretAccessKey: 'secret' };
    const client = new WorkSpacesClient({
      endpoint: this.services.workspaces.url,
      region: 'us-east-1',
      credentials,
    });
    const { ImagePermissions = [] } = await client.send(
      new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE }),
    );
    client.destroy();
    this.readAccess = letters(ImagePermissions.map(({ SharedAccountId = '' }) => SharedAccountId));
  }

  get outcome(): Outcome {
    const [access, next] = [IMAGE, NEXT_IMAGE].map((image) =>
      letters(this.services.workspaces.accounts(image)),
    );
    return {
      statuses: this.operations.statuses,
      result: this.readAccess ?? (next === NO_ACCOUNT ? access : `${access} / ${next}`),
      minutes: this.operations.minutes,
    };
  }
}

const NO_ACCOUNT = 'no account';

function letters(accountIds: readonly string[]): string {
  const having = Object.entries({ A, B, C }).filter(([, accountId]) => accountIds.includes(accountId));
  return having.map(([letter]) => letter).join(', ') || NO_ACCOUNT;
}
