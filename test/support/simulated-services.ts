import type { CloudFormationOptions, LambdaFunction } from '../../simulator/cloudformation';
import type { CloudFormationEndpointOptions } from '../../simulator/cloudformation-endpoint';
import type { ResponseServerOptions } from '../../simulator/response-server';
import { startServices as start } from '../../simulator/services';
import type { WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { VirtualClock } from './virtual-clock';
import { type Code, WarmFunctions } from './warm-functions';

export interface ServicesOptions {
  readonly workspaces: WorkspacesEndpointOptions;
  readonly stackEvents?: Pick<CloudFormationEndpointOptions, 'lag' | 'latency' | 'fault'>;
  readonly responses?: ResponseServerOptions;
  /** How Lambda delivers an event. @default - once, at once */
  readonly delivery?: NonNullable<CloudFormationOptions['hooks']>['delivery'];
  readonly resourceTypes?: CloudFormationOptions['resourceTypes'];
  readonly random?: () => number;
  /** What a function runs. @default - the handler that `npm run build` bundles for it */
  readonly code?: (lambda: LambdaFunction) => Code;
  /** Whether every invocation gets a new execution environment. */
  readonly cold?: boolean;
}

export type SimulatedServices = Awaited<ReturnType<typeof startServices>>;

/** Starts CloudFormation, Lambda and the WorkSpaces API in virtual time. */
export async function startServices(options: ServicesOptions) {
  const { delivery, random, resourceTypes, code, cold } = options;
  const clock = new VirtualClock();
  const { workspaces, functions, cloudFormation, close } = await start({
    ...options,
    clock,
    serverClock: clock.serverSide,
    functions: (workspacesUrl, cloudFormationUrl) =>
      new WarmFunctions(clock, workspacesUrl, code, cloudFormationUrl, cold),
    cloudFormation: () => ({
      random,
      resourceTypes,
      hooks: {
        delivery,
        // A resource of the type Test::Failing cannot be created or updated. It fails at once or after a number of milliseconds.
        resource: async (action, { type, properties }) => {
          if (type === 'Test::Failing' && properties.Fails !== 'never' && action !== 'Delete') {
            await clock.sleep(Number(properties.Fails) || 1);
            throw new Error('The other resource fails.');
          }
        },
      },
    }),
  });
  return { clock, workspaces, functions, cloudFormation, close };
}
