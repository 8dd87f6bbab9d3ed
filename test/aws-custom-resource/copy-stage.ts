import type { OperationResult, ResourceRequest } from '../../simulator/cloudformation';
import type { Call, Fault, WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { type SimulatedServices, startServices } from '../support/simulated-services';
import { type CopySide, type DeclaredCopy, LOCATION, OWNER, templateWithCopy } from './copy-sides';
import { Operations } from './operations';
import type { Killed, Outcome } from './stage';

export const A = 'wsi-aaaaaaaaa';
export const B = 'wsi-bbbbbbbbb';
/** An image that somebody else shares. */
export const C = 'wsi-ccccccccc';

const COPY_TIME = 20 * 60_000;

/** One of the constructs with the services, for one scenario. */
export class CopyStage {
  static async open(side: CopySide, options?: WorkspacesEndpointOptions): Promise<CopyStage> {
    const sharedWith = [LOCATION.account];
    const use = (request: ResourceRequest) => stage.use(request);
    const services = await startServices({
      code: () => side.code,
      resourceTypes: { 'Test::Dependent': { create: use, update: use } },
      workspaces: {
        images: [
          { imageId: A, ...OWNER, sharedWith },
          { imageId: B, ...OWNER, sharedWith },
          { imageId: C, account: '999999999999', region: OWNER.region, sharedWith },
        ],
        copyTime: COPY_TIME,
        ...options,
        onCall: (call) => {
          const fault = stage.fault?.(call);
          if (fault && 'kills' in fault) {
            services.functions.kill(String(call.headers.authorization));
          }
          return fault;
        },
      },
      random: () => 0.5,
    });
    const stage = new CopyStage(side, services);
    return stage;
  }

  /** Injects faults into calls. */
  fault?: (call: Call) => Fault | Killed | undefined;
  private readonly operations: Operations;
  private deployments = 0;
  private isUsedTooEarly = false;
  private images: readonly string[] = [];

  private constructor(
    private readonly side: CopySide,
    readonly services: SimulatedServices,
  ) {
    this.operations = new Operations(services);
  }

  /** Deploys a copy of an image. */
  deploy(sourceImageId: string, more: Partial<DeclaredCopy> = {}) {
    const declared = { id: 'Copy', sourceImageId, ...more, deployment: ++this.deployments };
    const template = templateWithCopy(this.side, declared);
    return this.operation(this.services.cloudFormation.deploy('Images', template, {}, LOCATION));
  }

  destroy() {
    return this.operation(this.services.cloudFormation.destroy('Images'));
  }

  /** The copies that exist. */
  get copies() {
    return this.services.workspaces.imagesOf(LOCATION.account, LOCATION.region);
  }

  get outcome(): Outcome {
    const copies = this.images.length > 0 ? this.images.join(', ') : 'no copy';
    return {
      statuses: this.operations.statuses,
      result: this.isUsedTooEarly ? `${copies}, used while PENDING` : copies,
      minutes: this.operations.minutes,
    };
  }

  private operation(operation: Promise<OperationResult>) {
    this.isUsedTooEarly = false;
    return this.operations.run(operation, () => this.look());
  }

  private look(): void {
    this.images = this.copies.map(({ sourceImageId, state }) => {
      const of = Object.entries({ A, B, C }).find(([, imageId]) => imageId === sourceImageId)?.[0];
      return state === 'AVAILABLE' ? `${of}` : `${of} (${state})`;
    });
  }

  /** A resource that uses the copy is created or updated. */
  private use({ properties }: ResourceRequest): undefined {
    const image = this.copies.find(({ imageId }) => imageId === properties.ImageId);
    this.isUsedTooEarly ||= image?.state !== 'AVAILABLE';
  }
}
